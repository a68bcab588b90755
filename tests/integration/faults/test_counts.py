"""Round trips and statements, counted by the servers."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from satchel.clock import clock_ms
from satchel.embedded import PostgresServer, ValkeyServer
from satchel.errors import InsufficientFunds
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet, Drop, Grant, UpdateCharacter
from satchel.runtime.app import Satchel
from satchel.runtime.config import Settings
from satchel.session.redis import Address, RedisNode
from tests.builders import Play, item_id
from tests.integration.faults.conftest import Realm
from tests.integration.faults.flushing import SOON_MS
from tests.integration.faults.rows import fetch

STATEMENT = re.compile(rb"LOG:  (?:statement|execute [^:]+): (.*)")


class Counts:
    """Listens to both servers: Redis by MONITOR, PostgreSQL by its log."""

    def __init__(self, postgres: PostgresServer) -> None:
        self.commands: Counter[str] = Counter()
        self._postgres = postgres
        self._redis: RedisNode | None = None
        self._log_bytes = 0

    async def open(self, url: str) -> None:
        self._redis = RedisNode(Address.parse(url))
        link = await self._redis.link()
        link.on_message = self._heard
        await link.send("MONITOR")

    def close(self) -> None:
        if self._redis is not None:
            self._redis.close()

    def _heard(self, message: bytes) -> None:
        # 1700000000.1 [0 unix:/path] "EVALSHA" "..."; what a script calls is marked "lua" instead.
        where, _, command = message.decode(errors="replace").partition("] ")
        if not where.endswith(" lua"):
            self.commands[command.split('"')[1].upper()] += 1

    async def begin(self, satchel: Satchel) -> None:
        """Forget what was counted so far."""
        await self.settled(satchel)
        self.commands.clear()
        self._log_bytes = self._postgres.log.stat().st_size

    @property
    def statements(self) -> int:
        """How many statements PostgreSQL was sent."""
        with self._postgres.log.open("rb") as log:
            log.seek(self._log_bytes)
            return len(STATEMENT.findall(log.read()))

    async def settled(self, satchel: Satchel) -> None:
        """Wait until all that was sent has been heard of."""
        await satchel.redis.execute("ECHO", "end")
        while not self.commands["ECHO"]:
            await _turn(satchel)
        del self.commands["ECHO"]


async def _turn(satchel: Satchel) -> None:
    """Let the loop turn, and the server too."""
    await satchel.redis.execute("TYPE", "nothing")


@pytest.fixture
async def counts(postgres: PostgresServer, valkey: ValkeyServer) -> AsyncIterator[Counts]:
    heard = Counts(postgres)
    await heard.open(valkey.url)
    yield heard
    heard.close()


@pytest.fixture
async def counted(settings: Settings, postgres: PostgresServer, valkey: ValkeyServer, stack: AsyncExitStack) -> Realm:
    return Realm(settings, postgres.dsn, valkey.url, stack)


async def _scripts(counts: Counts, satchel: Satchel) -> dict[str, int]:
    await counts.settled(satchel)
    counted = dict(counts.commands)
    counted.pop("TYPE", None)
    return counted


async def _warm(play: Play, counts: Counts) -> None:
    await play.act(AdjustWallet(resource="gold", amount=1))
    await counts.settled(play.satchel)


async def test_an_action_on_an_attached_session_is_one_script_call_and_no_statement(
    counted: Realm, counts: Counts
) -> None:
    play = await counted.play()
    await _warm(play, counts)  # attaches, loads the script, makes the session dirty
    await counts.begin(play.satchel)
    for number in range(20):
        await play.act(AdjustWallet(resource="gold", amount=1), key=f"k{number}")
        await play.act(Grant(definition="healing_potion"), AdjustWallet(resource="timber", amount=1))

    assert await _scripts(counts, play.satchel) == {"EVALSHA": 40}
    assert counts.statements == 0


async def test_the_first_action_on_a_clean_session_is_one_script_call_and_a_hint(
    counted: Realm, counts: Counts
) -> None:
    play = await counted.play()
    await play.act(AdjustWallet(resource="gold", amount=1))
    await play.satchel.orchestrator.flush_session(HolderId(1))
    await counts.begin(play.satchel)
    await play.act(AdjustWallet(resource="gold", amount=1))

    assert await _scripts(counts, play.satchel) == {"EVALSHA": 1, "PUBLISH": 1}
    assert counts.statements == 0


async def test_a_read_of_an_attached_session_is_one_script_call_and_no_statement(
    counted: Realm, counts: Counts
) -> None:
    play = await counted.play()
    await play.session()
    await counts.begin(play.satchel)
    await play.session()

    assert await _scripts(counts, play.satchel) == {"EVALSHA": 1}
    assert counts.statements == 0


async def test_a_replay_is_one_script_call_and_no_statement(counted: Realm, counts: Counts) -> None:
    play = await counted.play()
    await play.act(AdjustWallet(resource="gold", amount=1), key="k")
    await _warm(play, counts)
    await counts.begin(play.satchel)
    assert (await play.act(AdjustWallet(resource="gold", amount=1), key="k")).replayed

    assert await _scripts(counts, play.satchel) == {"EVALSHA": 1}
    assert counts.statements == 0


async def test_a_refusal_is_told_after_one_look_at_the_present_state(counted: Realm, counts: Counts) -> None:
    play = await counted.play()
    await _warm(play, counts)
    await counts.begin(play.satchel)
    with pytest.raises(InsufficientFunds):
        await play.act(AdjustWallet(resource="gold", amount=-1_000))

    assert await _scripts(counts, play.satchel) == {"EVALSHA": 1}
    assert counts.statements == 0


@pytest.mark.parametrize("items", [0, 20, 2_000])
async def test_opening_a_cold_session_costs_the_same_however_many_items_it_has(
    counted: Realm, counts: Counts, items: int
) -> None:
    play = await counted.play()
    await fetch(
        counted.dsn,
        "INSERT INTO satchel.item (uid, char_id, definition, quantity, container, position)"
        " SELECT uid::uuid, 1, 'healing_potion', 1, 'bag', ordinality - 1"
        " FROM unnest($1::text[]) WITH ORDINALITY AS n (uid, ordinality)",
        [str(item_id(number)) for number in range(items)],
    )
    warm = Play(play.satchel, clock_ms, HolderId(2))
    await warm.satchel.vault.create_character(HolderId(2), (await play.session()).character)
    await play.satchel.sessions.close_session(HolderId(1))
    await warm.session()  # the scripts are loaded, and the pool has its connection
    await counts.begin(play.satchel)
    session = await play.session()

    # look, lock, who the server is and floor (in one trip), adopt, confirm, unlock; begin, epoch, items, balances,
    # records, commit, epoch again, and the reset of the connection that the driver does after each of both uses
    assert len(session.items) == items
    assert await _scripts(counts, play.satchel) == {"EVALSHA": 4, "SET": 1, "INFO": 1, "HGET": 1}
    assert counts.statements == 9


@pytest.mark.parametrize("sessions", [1, 10, 200])
async def test_a_flush_of_many_sessions_is_a_constant_number_of_statements(
    counted: Realm, counts: Counts, sessions: int
) -> None:
    first = await counted.play(1)
    plays = [
        first,
        *[await Play.begin(first.satchel, clock_ms, HolderId(char_id)) for char_id in range(2, sessions + 1)],
    ]
    await first.act(AdjustWallet(resource="gold", amount=2), Grant(definition="healing_potion"))
    await first.satchel.orchestrator.flush_session(HolderId(1))  # the driver has asked for the types that it needs
    for play in plays:
        await play.act(AdjustWallet(resource="gold", amount=2), Grant(definition="healing_potion"))
        await play.act(AdjustWallet(resource="gold", amount=-1))
    await counts.begin(first.satchel)
    assert await first.satchel.worker.flush_due(SOON_MS) == sessions

    # begin, fence, items, balances, heads, ledger, commit, reset
    assert counts.statements == 8
    assert await _scripts(counts, first.satchel) == {"EVALSHA": 256 + sessions}
    assert await fetch(counted.dsn, "SELECT count(*) FROM satchel.ledger") == [(2 * sessions + 1,)]


async def test_a_flush_that_uses_every_statement_has_eleven(counted: Realm, counts: Counts) -> None:
    play = await counted.play()
    potion = await play.grant("healing_potion", 1)
    await play.act(AdjustWallet(resource="gold", amount=1))
    await play.satchel.orchestrator.flush_session(HolderId(1))
    await play.act(Drop(item_id=potion))
    await play.grant("iron_sword", 1)
    await play.act(AdjustWallet(resource="gold", amount=-1), AdjustWallet(resource="timber", amount=1))
    await play.act(UpdateCharacter(level=21))
    await counts.begin(play.satchel)
    await play.satchel.orchestrator.flush_session(HolderId(1))

    assert counts.statements == 11


async def test_an_idle_worker_asks_postgresql_nothing(counted: Realm, counts: Counts) -> None:
    satchel = await counted.process()
    await counts.begin(satchel)
    for _ in range(3):
        await satchel.worker.flush_due()

    assert counts.statements == 0
