"""A primary that was demoted and is promoted again: the same process, another history."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from satchel.clock import clock_ms
from satchel.embedded import ValkeyServer
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet
from satchel.session.redis import Address, RedisNode
from tests.builders import HERO, Play
from tests.integration.faults.conftest import Realm, private_valkey
from tests.patience import eventually

GOLD = AdjustWallet(resource="gold", amount=5)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Pair:
    """Two servers that can follow each other."""

    def __init__(self, engine_room: Path) -> None:
        self.ports = (_free_port(), _free_port())
        self.servers: tuple[ValkeyServer, ...] = tuple(
            private_valkey(engine_room, port=str(port), bind="127.0.0.1", repl_diskless_sync_delay="0")
            for port in self.ports
        )

    async def follow(self, number: int, primary: int | None) -> None:
        """Let a server follow another one until it has everything; or be a primary."""
        redis = RedisNode(Address.parse(self.servers[number].url))
        if primary is None:
            await redis.execute("REPLICAOF", "NO", "ONE")
        else:
            await redis.execute("REPLICAOF", "127.0.0.1", self.ports[primary])
            await eventually(
                lambda: redis.execute("INFO", "replication"), lambda info: b"master_link_status:up" in info
            )
        redis.close()


@pytest.fixture
def pair(engine_room: Path) -> Iterator[Pair]:
    """Two servers of our own."""
    made = Pair(engine_room)
    for server in made.servers:
        server.start()
    yield made
    for server in made.servers:
        server.stop()


async def test_a_primary_that_comes_back_with_an_older_history_is_attached_anew(pair: Pair, realm: Realm) -> None:
    first = pair.servers[0].url
    play = Play(await realm.process(url=first), clock_ms, HolderId(1))
    await play.satchel.vault.create_character(HolderId(1), HERO)
    await play.act(GOLD)
    await pair.follow(1, 0)
    await pair.follow(1, None)
    # The replica never hears of this, and the vault does; then the old primary copies the replica, and comes back.
    await play.act(GOLD, durability="durable")
    await pair.follow(0, 1)
    await pair.follow(0, None)

    later = Play(await realm.process(url=first), clock_ms, HolderId(1))
    session = await later.session()
    seen = (session.version, dict(session.wallet))
    reply = await later.act(GOLD, durability="durable")

    assert seen == (2, {"gold": 10})
    assert reply.version == 3


async def test_a_primary_that_got_its_first_replica_is_not_attached_over_and_over(pair: Pair, realm: Realm) -> None:
    first = pair.servers[0].url
    older = Play(await realm.process(url=first), clock_ms, HolderId(1))
    await older.satchel.vault.create_character(HolderId(1), HERO)
    await older.act(GOLD)
    await pair.follow(1, 0)
    newer = Play(await realm.process(url=first), clock_ms, HolderId(1))

    replies = [await play.act(GOLD) for play in (newer, older, newer, older)]

    assert [reply.version for reply in replies] == [2, 3, 4, 5]
    assert replies[-1].epoch == replies[1].epoch
