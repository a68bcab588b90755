"""After each round: nothing dirty is left, the histories fit the ledger, both copies are equal, nothing lies aside."""

import asyncio
import random
import signal
from collections import defaultdict
from contextlib import AsyncExitStack

from proof.chaos.machine import Machine
from proof.chaos.surroundings import until
from proof.checker.history import Attempt, Problem, Verdict
from proof.checker.track import Track
from proof.checker.worlds import doubled_items
from satchel.clock import clock_ms
from satchel.errors import SatchelError
from satchel.ids import HolderId
from satchel.inventory.character import Character
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.model import InventorySessionDTO
from satchel.ports import LedgerEntry, VaultState
from satchel.session import InventorySessionManager, Keys, RedisNode, SessionBacklog
from satchel.session.redis import Address
from satchel.vault import PostgresVault
from satchel.vault.inspection import VaultInspection

__all__ = ["Referee"]

DRAIN_S = 60.0
PATIENCE_S = 1.0
"""Then a worker is stopped: it drains, and does not wait for the leases of those that died."""

PATIENT_ROUNDS = 0.05
"""In so many rounds leases are waited for."""
CARRIED_ROUNDS = 2
"""A request whose client left may still be carried out; for so many rounds it is not called invented."""


class Referee:
    """Makes characters, and judges what became of them.

    Args:
        machine: What runs.
        catalogue: What there is.
        dice: Makes characters differ.
    """

    def __init__(self, machine: Machine, catalogue: Catalogue, dice: random.Random) -> None:
        self.tracks: dict[int, Track] = {}
        self._machine = machine
        self._catalogue = catalogue
        self._dice = dice
        self._made = 0
        self._carried: list[tuple[int, Attempt]] = []

    async def make_characters(self, count: int) -> list[int]:
        """Make fresh characters and play only those from now on; returns their ids."""
        vault = PostgresVault(self._machine.postgres.dsn)
        self.tracks, self._carried = {}, []
        try:
            for _ in range(count):
                self._made += 1
                skill = self._dice.randint(1, 30)
                attributes: dict[str, int | str] = {"strength": skill, "agility": skill, "wisdom": skill}
                character = Character(f"tg:{self._made}", f"Hero {self._made}", skill, attributes)
                await vault.create_character(HolderId(self._made), character)
                self.tracks[self._made] = Track(self._catalogue, HolderId(self._made), character)
        finally:
            await vault.close()
        return list(self.tracks)

    async def drain(self) -> bool:
        """Wait until no session is dirty; whether that came to pass."""
        if await self._is_clean(DRAIN_S if self._dice.random() < PATIENT_ROUNDS else PATIENCE_S):
            return True
        for worker in self._machine.workers:
            worker.signal(signal.SIGTERM)
            await worker.ended(DRAIN_S)
        await self._machine.heal()
        return await self._is_clean(DRAIN_S)

    async def _is_clean(self, timeout_s: float) -> bool:
        async with self._opened() as (_sessions, backlog, _vault):
            quiet = 0

            async def clean() -> bool:
                nonlocal quiet
                try:
                    dirty = (await backlog.measure()).dirty_sessions
                except SatchelError:
                    dirty = 1
                quiet = quiet + 1 if dirty == 0 else 0
                return quiet >= 3

            try:
                await until(clean, timeout_s, 0.05)
            except TimeoutError:
                return False
            return True

    async def judge(self, attempts: list[Attempt], *, may_lose: bool) -> Verdict:
        """Check what happened since the last time."""
        by_character: dict[int, list[Attempt]] = defaultdict(list)
        for _, attempt in self._carried:
            by_character[attempt.char_id].append(attempt)
        for attempt in attempts:
            by_character[attempt.char_id].append(attempt)
        ledger, states = await self._vault_now()
        total = Verdict()
        for char_id, track in self.tracks.items():
            total += track.check(ledger[char_id], by_character[char_id], may_lose=may_lose)
            total.problems += track.same_as(self._session(states[char_id]))
            if states[char_id].quarantine is not None:
                total.problems.append(Problem("quarantined", char_id, states[char_id].quarantine or ""))
        total.problems += doubled_items(self.tracks.values())
        total.problems += await self._compare_sessions()
        self._carry(attempts)
        return total

    async def aside(self) -> tuple[int, int, int]:
        """Count dead letters, lost saves that were set aside, and characters in quarantine."""
        async with VaultInspection.open(self._machine.postgres.dsn) as inspection:
            found = await inspection.aside()
        return found.dead_letters, found.forked_actions, found.quarantined

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _carry(self, attempts: list[Attempt]) -> None:
        known = self.tracks
        fresh = [(0, a) for a in attempts if a.outcome == "unknown" and not known[a.char_id].has_executed(a.key)]
        older = [(age + 1, a) for age, a in self._carried if not known[a.char_id].has_executed(a.key)]
        self._carried = [*fresh, *((age, a) for age, a in older if age <= CARRIED_ROUNDS)]

    async def _vault_now(self) -> tuple[dict[int, list[LedgerEntry]], dict[int, VaultState]]:
        ledger: dict[int, list[LedgerEntry]] = defaultdict(list)
        async with VaultInspection.open(self._machine.postgres.dsn) as inspection, inspection.view() as view:
            async for entry in view.ledger(
                {HolderId(char_id): track.replay.version for char_id, track in self.tracks.items()}
            ):
                ledger[entry.char_id].append(entry)
            first = min(self.tracks) - 1
            states = await view.states(first, len(self.tracks))
        return ledger, {state.char_id: state for state in states}

    async def _compare_sessions(self) -> list[Problem]:
        problems = []
        async with self._opened() as (sessions, _, _vault):
            found = await asyncio.gather(*(sessions.peek(HolderId(char_id)) for char_id in self.tracks))
            due = {char_id for char_id in self.tracks if await self._is_due(char_id)}
        for char_id, peeked in zip(self.tracks, found, strict=True):
            if peeked is None or char_id in due:
                continue
            top, head, session, ttl_ms = peeked.top, peeked.top.head, peeked.session, peeked.ttl_ms
            track = self.tracks[char_id]
            if head.version != top.flushed_version:
                text = f"version {head.version} is not flushed (vault: {top.flushed_version}), and no worker knows"
                problems.append(Problem("unflushed", char_id, text))
            elif ttl_ms < 0:
                problems.append(Problem("immortal_session", char_id, "a clean session has no time to live"))
            if (head.version, head.h) == (track.replay.version, track.replay.h):
                problems += track.same_as(session)
        return problems

    async def _is_due(self, char_id: int) -> bool:
        return await self._machine.redis("ZSCORE", Keys().of(char_id).due, char_id) is not None

    def _session(self, state: VaultState) -> InventorySessionDTO:
        return InventorySessionDTO(
            self._catalogue,
            state.char_id,
            state.character,
            state.items,
            dict(state.wallet),
            version=state.head.version,
            epoch=state.head.epoch,
            h=state.head.h,
        )

    def _opened(self) -> "_Opened":
        return _Opened(self._machine, self._catalogue)


class _Opened:
    """Parts of Satchel, straight on the servers."""

    def __init__(self, machine: Machine, catalogue: Catalogue) -> None:
        self._machine = machine
        self._catalogue = catalogue
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> tuple[InventorySessionManager, SessionBacklog, PostgresVault]:
        redis = RedisNode(Address.parse(self._machine.valkey.url))
        vault = PostgresVault(self._machine.postgres.dsn)
        self._stack.callback(redis.close)
        self._stack.push_async_callback(vault.close)
        sessions = InventorySessionManager(redis, vault, self._catalogue, clock_ms, Keys())
        return sessions, SessionBacklog(redis, clock_ms, Keys()), vault

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
