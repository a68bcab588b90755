"""One round: load, faults in its midst, healing, draining, judgement; and what is written down of it."""

import asyncio
import random
import time
from datetime import UTC, datetime

import msgspec

from proof.chaos.callers import Habits, Load
from proof.chaos.kills import FailpointKills
from proof.chaos.machine import Machine
from proof.chaos.referee import Referee
from proof.chaos.strikes import FAULTS, Fault
from proof.checker.history import Verdict
from satchel.inventory.definitions.catalogue import Catalogue

__all__ = ["Arena", "Plan", "Round", "Struck"]

RECOVERY_S = 30.0
WATCHED = 12
"""Recovery means that each of the most played characters acts again."""

DEFECTS = ("internal_error", "invariant_broken", "idempotency_key_reused", "no_problem_document")
"""Codes that no fault excuses."""


class Plan(msgspec.Struct, frozen=True):
    """What a round is to be. `failpoints` are names or beginnings of names to be killed at, for `seconds`."""

    faults: tuple[str, ...] = ()
    failpoints: tuple[str, ...] = ()
    seconds: float = 5.0
    together: bool = False


class Struck(msgspec.Struct, frozen=True):
    """A fault that struck: how long it held, and how long after healing every watched character acted again."""

    fault: str
    held_s: float
    recovery_s: float


class Round(msgspec.Struct, frozen=True):
    """One round, as it is written down."""

    at: str
    seed: int
    number: int
    plan: Plan
    struck: tuple[Struck, ...]
    kills: dict[str, int]
    missed: dict[str, int]
    seconds: float
    drain_s: float
    requests: int
    actions: int
    operations: int
    answers: int
    reads: int
    refusals: int
    unknown: int
    lost: int
    codes: dict[str, int]
    problems: tuple[str, ...]
    stale_reads: int = 0


class Arena:
    """Where rounds are fought.

    Args:
        machine: What runs.
        catalogue: What there is.
        seed: Of everything that is left to chance.
        characters: How many are played at once.
        habits: How clients behave.
    """

    def __init__(
        self, machine: Machine, catalogue: Catalogue, seed: int, *, characters: int = 60, habits: Habits | None = None
    ) -> None:
        self.seed = seed
        self._machine = machine
        self._dice = random.Random(f"{seed}:arena")
        self._referee = Referee(machine, catalogue, self._dice)
        self._load = Load(machine.ports, machine.token, catalogue, self._dice, habits)
        self._characters = characters
        self._number = 0
        self._aside = (0, 0, 0)

    async def fresh_characters(self) -> None:
        """Go on with new characters."""
        self._load.populate(await self._referee.make_characters(self._characters))

    async def fight(self, plan: Plan) -> Round:
        """Play one round, and judge it."""
        self._number += 1
        began = time.monotonic()
        self._load.start()
        struck: list[Struck] = []
        kills = FailpointKills(self._machine, self._dice, plan.failpoints)
        problems: list[str] = []
        try:
            await self._warm_up()
            if plan.failpoints:
                await kills.run(plan.seconds)
            elif plan.together:
                struck += await self._strike_together([FAULTS[name] for name in plan.faults])
            else:
                for name in plan.faults:
                    struck.append(await self._strike(FAULTS[name]))
                    await asyncio.sleep(self._dice.uniform(0.1, 0.6))
            if not plan.faults and not plan.failpoints:
                await asyncio.sleep(plan.seconds)
        finally:
            await self._load.stop()
        problems += [f"no_recovery: {hit.fault}" for hit in struck if hit.recovery_s >= RECOVERY_S]
        await self._machine.heal()
        draining = time.monotonic()
        if not await self._referee.drain():
            problems.append("dirty_left: sessions are dirty still")
        drain_s = time.monotonic() - draining
        may_lose = any(FAULTS[name].may_lose for name in plan.faults)
        attempts = self._load.take()
        verdict = await self._referee.judge(attempts, may_lose=may_lose)
        if any(FAULTS[name].two_primaries for name in plan.faults):
            verdict.set_stale_reads_aside()
        problems += [str(problem) for problem in verdict.problems]
        problems += await self._what_lies_aside(may_lose)
        return self._written_down(
            plan, struck, kills, verdict, problems, drain_s, time.monotonic() - began, len(attempts)
        )

    # -- parts ---------------------------------------------------------------------------------------------------------

    async def _warm_up(self) -> None:
        watched = list(self._load.sights)[:WATCHED]
        await self._load.acknowledged_since(watched, time.monotonic_ns(), RECOVERY_S)

    async def _strike(self, fault: Fault) -> Struck:
        began = time.monotonic()
        await fault.strike(self._machine, self._dice)
        held_s = time.monotonic() - began
        return Struck(fault.name, round(held_s, 3), round(await self._recover(), 3))

    async def _strike_together(self, faults: list[Fault]) -> list[Struck]:
        began = time.monotonic()
        await asyncio.gather(*(fault.strike(self._machine, self._dice) for fault in faults), return_exceptions=True)
        held_s = time.monotonic() - began
        recovery_s = await self._recover()
        return [Struck(fault.name, round(held_s, 3), round(recovery_s, 3)) for fault in faults]

    async def _recover(self) -> float:
        """Heal everything; seconds until each watched character has acted again."""
        healing, moment_ns = time.monotonic(), time.monotonic_ns()
        await self._machine.heal()
        watched = list(self._load.sights)[:WATCHED]
        if not await self._load.acknowledged_since(watched, moment_ns, RECOVERY_S):
            return RECOVERY_S
        return time.monotonic() - healing

    async def _what_lies_aside(self, may_lose: bool) -> list[str]:
        before, self._aside = self._aside, await self._referee.aside()
        letters, forks, quarantined = (now - then for now, then in zip(self._aside, before, strict=True))
        problems = []
        if letters or quarantined:
            problems.append(f"aside: {letters} dead letters, {quarantined} characters in quarantine")
        if forks and not may_lose:
            problems.append(f"aside: {forks} saves of lost histories, though nothing may be lost")
        return problems

    def _written_down(
        self,
        plan: Plan,
        struck: list[Struck],
        kills: FailpointKills,
        verdict: Verdict,
        problems: list[str],
        drain_s: float,
        seconds: float,
        requests: int,
    ) -> Round:
        codes = dict(self._load.codes)
        self._load.codes.clear()
        problems += [f"defect: {codes[code]} times {code}" for code in DEFECTS if code in codes]
        return Round(
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            seed=self.seed,
            number=self._number,
            plan=plan,
            struck=tuple(struck),
            kills=dict(kills.kills),
            missed=dict(kills.missed),
            seconds=round(seconds, 2),
            drain_s=round(drain_s, 2),
            requests=requests,
            actions=verdict.actions,
            operations=verdict.operations,
            answers=verdict.answers,
            reads=verdict.reads,
            refusals=verdict.refusals,
            unknown=verdict.unknown,
            lost=len({(a.char_id, a.key) for a in verdict.lost}),
            codes=codes,
            problems=tuple(problems),
            stale_reads=verdict.stale_reads,
        )
