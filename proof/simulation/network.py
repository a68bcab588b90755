"""The ways between simulated processes and servers: who may go on next is decided elsewhere, one step at a time."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from random import Random
from typing import Any, Protocol

from proof.simulation.loop import Crashed, Owner
from satchel.errors import SessionUnavailable, VaultUnavailable
from satchel.ids import HolderId
from satchel.inventory.character import Character, CharacterEntry
from satchel.inventory.record import SealedRecord
from satchel.ports import LedgerEntry, PushOutcome, Snapshot, VaultState
from satchel.session.redis import Address, Argument, RedisNode, Reply
from satchel.testing import FakeServer, FakeVault
from satchel.testing.keyspace import Command, Keyspace
from satchel.testing.redis import FakeLink, pack

__all__ = ["Channel", "SimulatedLink", "SimulatedRedis", "SimulatedServer", "SimulatedVault", "VaultCall"]

PAST_MAX = 24
READS = ("read_epoch", "read_state", "read_ledger", "find_characters", "knows_action", "ping")


class Channel(Protocol):
    """Something that waits for its next step."""

    def ready(self) -> bool:
        """Whether there is a step to take."""

    def step(self, random: Random) -> None:
        """Take it."""


class SimulatedServer(FakeServer):
    """A server that remembers how it was after each of the last commands.

    Attributes:
        number: Number of commands so far.
        incarnation: Number of restarts so far.
        told: Number of the last command whose answer anybody has got: what came before is fsynced.
        past: Number of a command, and the keyspace after it; oldest first.
    """

    def __init__(
        self, clock: Callable[[], int], make_run_id: Callable[[], str], watch: Callable[[Keyspace], None]
    ) -> None:
        super().__init__(clock, make_run_id)
        self.number = 0
        self.told = 0
        self.incarnation = 0
        self.past: deque[tuple[int, Keyspace]] = deque([(0, self.keyspace.copy())], PAST_MAX)
        self._watch = watch

    def restart(self, keyspace: Keyspace | None = None) -> None:
        """Start anew, with this keyspace."""
        self.incarnation += 1
        super().restart(keyspace)

    def call(self, command: Command, link: FakeLink | None = None) -> Reply:
        """Carry out a command, and keep what the keys were after it."""
        self.number += 1
        try:
            return super().call(command, link)
        finally:
            if command[0] == b"EVALSHA":
                self.past.append((self.number, self.keyspace.copy()))
                self._watch(self.keyspace)


class Switchboard(Protocol):
    """Who knows all channels."""

    server: SimulatedServer
    channels: list[Channel]
    vault_state: str


class SimulatedLink(FakeLink):
    """A connection on which requests wait to arrive, and replies wait to be read."""

    def __init__(self, server: SimulatedServer, owner: Owner) -> None:
        super().__init__(server)
        self.server = server
        self.owner = owner
        self.incarnation = server.incarnation
        self.outbox: deque[tuple[asyncio.Future[Reply], Command]] = deque()
        self.inbox: deque[tuple[asyncio.Future[Reply], Reply, int]] = deque()

    def send(self, *command: Argument) -> "asyncio.Future[Reply]":
        """Let a command wait until it arrives."""
        if self.owner.dead:
            raise Crashed
        if not self.alive:
            return super().send(*command)
        waiter: asyncio.Future[Reply] = self._loop.create_future()
        self.outbox.append((waiter, pack(command)))
        return waiter

    def ready(self) -> bool:
        """Whether a request can arrive or a reply be read."""
        return bool(self.outbox) or (bool(self.inbox) and not self.owner.paused)

    def step(self, random: Random) -> None:
        """Let one request arrive, or one reply be read."""
        if self.inbox and not self.owner.paused and (not self.outbox or random.random() < 0.6):
            waiter, reply, number = self.inbox.popleft()
            self.server.told = max(self.server.told, number)
            if not waiter.done() and self.alive and not self.owner.dead:
                self._answer(waiter, reply)
            return
        if self.incarnation != self.server.incarnation:
            self.outbox.clear()
            return
        arriving = len(self.outbox) if random.random() < 0.7 else 1
        for _ in range(arriving):
            waiter, command = self.outbox.popleft()
            self.inbox.append((waiter, self.answer_of(command), self.server.number))

    def sever(self, random: Random) -> None:
        """Break: some of what was sent may still be carried out, even after the next connection's first commands."""
        arriving = random.randrange(len(self.outbox) + 1)
        waiters = [entry[0] for entry in self.inbox] + [entry[0] for entry in self.outbox]
        self.outbox = deque(list(self.outbox)[:arriving])
        self.inbox.clear()
        if self.alive:
            self.alive = False
            self.lost.set()
        if not self.owner.dead:
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_exception(SessionUnavailable(reason="connection lost"))

    def close(self) -> None:
        """The server went away: nothing that waits will be carried out."""
        self.sever(Random(0))
        self.outbox.clear()


class SimulatedRedis(RedisNode):
    """Dials whatever server is the present one."""

    def __init__(self, board: Switchboard, owner: Owner) -> None:
        async def dial() -> SimulatedLink:
            if owner.dead:
                raise Crashed
            link = SimulatedLink(board.server, owner)
            board.server.accept(link)
            board.channels.append(link)
            return link

        super().__init__(Address(), dial=dial)


class VaultCall:
    """One transaction on its way: it is carried out as one step, and answered in another."""

    def __init__(self, board: Switchboard, owner: Owner, name: str, work: Callable[[], Any]) -> None:
        self.owner = owner
        self.name = name
        self.waiter: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._board = board
        self._work: Callable[[], Any] | None = work
        self._outcome: tuple[Any, BaseException | None] | None = None

    def ready(self) -> bool:
        """Whether it can be carried out, or its answer be told."""
        if self._outcome is None:
            return self._work is not None
        return not self.waiter.done() and not self.owner.paused and not self.owner.dead

    def step(self, random: Random) -> None:
        """Carry it out, or tell its answer; at times both at once."""
        if self._outcome is None:
            self._carry_out()
        else:
            self._tell()
        if random.random() < 0.5 and self._outcome is not None and self.ready():
            self._tell()

    def over(self) -> bool:
        """Whether nothing can come of it any more."""
        return (self._work is None and self._outcome is None) or (
            self._outcome is not None and (self.waiter.done() or self.owner.dead)
        )

    def lose(self, *, carried_out: bool | None) -> None:
        """The connection breaks before the answer: it was carried out, it was not, or (None) it still may be."""
        if carried_out and self._outcome is None:
            self._carry_out()
        if carried_out is False:
            self._work = None
        if not self.waiter.done() and not self.owner.dead:
            self.waiter.set_exception(VaultUnavailable(reason="connection lost in the middle"))

    def _carry_out(self) -> None:
        work, self._work = self._work, None
        state = self._board.vault_state
        if work is None or state == "away" or (state == "read-only" and self.name not in READS):
            self._outcome = (None, VaultUnavailable(reason=state))
            return
        try:
            self._outcome = (work(), None)
        except Exception as error:  # noqa: BLE001 - it is handed to the caller
            self._outcome = (None, error)

    def _tell(self) -> None:
        if self._outcome is None or self.waiter.done():
            return
        value, error = self._outcome
        if error is not None:
            self.waiter.set_exception(error)
        else:
            self.waiter.set_result(value)


class SimulatedVault:
    """The vault as one process sees it."""

    def __init__(self, board: Switchboard, owner: Owner, vault: FakeVault) -> None:
        self._board = board
        self._owner = owner
        self._vault = vault

    async def _ask(self, name: str, call: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        if self._owner.dead:
            raise Crashed

        def work() -> Any:
            try:
                call().send(None)
            except StopIteration as stop:
                return stop.value
            raise AssertionError("the fake vault waits for nothing")

        waiting = VaultCall(self._board, self._owner, name, work)
        self._board.channels.append(waiting)
        return await waiting.waiter

    async def create_character(self, char_id: HolderId, character: Character) -> bool:
        """See `ports.Vault`."""
        return bool(await self._ask("create_character", lambda: self._vault.create_character(char_id, character)))

    async def find_characters(self, owner: str) -> list[CharacterEntry]:
        """See `ports.Vault`."""
        found: list[CharacterEntry] = await self._ask("find_characters", lambda: self._vault.find_characters(owner))
        return found

    async def open_epoch(
        self, char_id: HolderId, recent_max: int, marks_max: int, *, epoch_floor: int = 0
    ) -> VaultState:
        """See `ports.Vault`."""
        state: VaultState = await self._ask(
            "open_epoch", lambda: self._vault.open_epoch(char_id, recent_max, marks_max, epoch_floor=epoch_floor)
        )
        return state

    async def read_epoch(self, char_id: HolderId) -> int:
        """See `ports.Vault`."""
        return int(await self._ask("read_epoch", lambda: self._vault.read_epoch(char_id)))

    async def read_state(self, char_id: HolderId) -> VaultState:
        """See `ports.Vault`."""
        state: VaultState = await self._ask("read_state", lambda: self._vault.read_state(char_id))
        return state

    async def push(self, snapshots: Sequence[Snapshot]) -> list[PushOutcome]:
        """See `ports.Vault`."""
        outcomes: list[PushOutcome] = await self._ask("push", lambda: self._vault.push(snapshots))
        return outcomes

    async def read_ledger(self, char_id: HolderId, before_version: int, limit: int) -> list[LedgerEntry]:
        """See `ports.Vault`."""
        found: list[LedgerEntry] = await self._ask(
            "read_ledger", lambda: self._vault.read_ledger(char_id, before_version, limit)
        )
        return found

    async def knows_action(self, char_id: HolderId, action_id: str) -> bool:
        """See `ports.Vault`."""
        return bool(await self._ask("knows_action", lambda: self._vault.knows_action(char_id, action_id)))

    async def quarantine(self, char_id: HolderId, reason: str | None) -> None:
        """See `ports.Vault`."""
        await self._ask("quarantine", lambda: self._vault.quarantine(char_id, reason))

    async def dead_letter(self, snapshot: Snapshot, reason: str) -> None:
        """See `ports.Vault`."""
        await self._ask("dead_letter", lambda: self._vault.dead_letter(snapshot, reason))

    async def keep_fork(self, char_id: HolderId, epoch: int, records: Sequence[SealedRecord]) -> None:
        """See `ports.Vault`."""
        await self._ask("keep_fork", lambda: self._vault.keep_fork(char_id, epoch, records))

    async def ping(self) -> None:
        """See `ports.Vault`."""
        await self._ask("ping", self._vault.ping)
