"""Runs schedules: one, or very many; a failure is told in words, and made smaller."""

import argparse
import gc
import logging
import multiprocessing
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from proof.setting import Setting, command_of
from proof.simulation.defects import DEFECTS, planted
from proof.simulation.fault_plan import Plan, make_plan, smaller
from proof.simulation.verdict import Verdict, judge
from proof.simulation.world import Stuck, World

__all__ = ["Simulated", "Total", "main", "run_many", "run_plan", "shrink", "tell"]

CHUNK = 200
SCHEDULES_PER_LINE = 20_000
"""After so many a line of results is written, so that a run that is cut off is not lost."""

SHRINK_TRIES = 12
"""How many other orders of events are tried for each smaller plan."""


class Total(msgspec.Struct):
    """The sum of many runs."""

    schedules: int = 0
    acknowledged: int = 0
    operations: int = 0
    durable: int = 0
    lost: int = 0
    events: int = 0
    failed: list[int] = []

    def add(self, other: "Total") -> None:
        """Add another sum."""
        self.schedules += other.schedules
        self.acknowledged += other.acknowledged
        self.operations += other.operations
        self.durable += other.durable
        self.lost += other.lost
        self.events += other.events
        self.failed += other.failed


class Simulated(msgspec.Struct, frozen=True):
    """One line of results: a run from its beginning until now."""

    at: str
    command: str
    first: int
    seconds: float
    setting: Setting
    total: Total


def run_plan(plan: Plan) -> tuple[Verdict, World]:
    """Run one schedule, and judge it."""
    log, world = logging.getLogger("satchel"), World(plan)
    before, log.disabled = log.disabled, True
    try:
        world.run()
    except Stuck as stuck:
        return Verdict([f"stuck: {stuck}"], events=world.event), world
    except Exception:  # noqa: BLE001 - a defect is a verdict too
        return Verdict([f"defect: {traceback.format_exc()}"], events=world.event), world
    finally:
        log.disabled = before
    return judge(world), world


def shrink(plan: Plan) -> Plan:
    """Make a failing plan smaller, as long as it fails in one of a few orders of events."""
    for candidate in smaller(plan):
        for turn in range(SHRINK_TRIES):
            other = msgspec.structs.replace(candidate, order=plan.order + turn)
            if run_plan(other)[0].wrong:
                return shrink(other)
    return plan


def tell(seed: int) -> str:
    """Tell of a failure in words: the plan, a smaller one, what happened, and how to repeat it."""
    plan = make_plan(seed)
    verdict, _ = run_plan(plan)
    small = shrink(plan)
    small_verdict, world = run_plan(small)
    return "\n".join(
        [
            f"python -m proof.simulation --seed {seed}",
            plan.in_words(),
            *(f"  WRONG: {text}" for text in verdict.wrong),
            "made smaller:",
            small.in_words(),
            *(f"  {line}" for line in world.story),
            *(f"  WRONG: {text}" for text in small_verdict.wrong),
        ]
    )


def run_many(first: int, schedules: int, minutes: float, jobs: int, note: Callable[[Total], None]) -> Total:
    """Run schedules with the seeds from `first` on, in several processes; stops at the time limit.

    Args:
        first: The first seed.
        schedules: How many.
        minutes: The limit.
        jobs: Number of processes.
        note: Told the sum so far, now and then.
    """
    total, until = Total(), time.monotonic() + minutes * 60
    # The pool takes a thousand chunks ahead, so each looks at the time when its turn comes.
    chunks = ((start, min(start + CHUNK, first + schedules), until) for start in range(first, first + schedules, CHUNK))
    with multiprocessing.get_context("fork").Pool(jobs, _collect_by_hand) as pool:
        for part in pool.imap_unordered(_run_chunk, chunks):
            before = total.schedules
            total.add(part)
            if before // SCHEDULES_PER_LINE != total.schedules // SCHEDULES_PER_LINE:
                note(total)
    return total


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m proof.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="run this one, and tell of it")
    parser.add_argument("--first", type=int, default=0, help="the first seed of many")
    parser.add_argument("--schedules", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--results", type=Path, help="append the sums to this file, as lines of JSON")
    parser.add_argument("--defect", default="", choices=list(DEFECTS), help="switch a safety off first")
    options = parser.parse_args()
    with planted(options.defect):
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    say = sys.stdout.write
    if options.seed is not None:
        plan = make_plan(options.seed)
        verdict, world = run_plan(plan)
        say((tell(options.seed) if verdict.wrong else "\n".join([plan.in_words(), *world.story])) + "\n")
        return int(bool(verdict.wrong))
    began, setting = time.monotonic(), Setting.now()
    command = command_of("python -m proof.simulation", sys.argv[1:])

    def note(total: Total) -> None:
        if options.results is None:
            return
        at, seconds = datetime.now(UTC).isoformat(timespec="seconds"), round(time.monotonic() - began, 1)
        line = Simulated(at, command, options.first, seconds, setting, total)
        with options.results.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")

    total = run_many(options.first, options.schedules, options.minutes, options.jobs, note)
    seconds = time.monotonic() - began
    note(total)
    say(
        f"{total.schedules} schedules from {options.first}, {total.events} events, "
        f"{total.acknowledged} acknowledged actions of {total.operations} operations ({total.durable} durable), "
        f"{total.lost} lost by Redis, {len(total.failed)} failed; "
        f"{seconds:.0f} s, {total.schedules / seconds:.0f} schedules/s\n"
    )
    for seed in sorted(total.failed)[:3]:
        say(tell(seed) + "\n")
    if total.failed:
        say(f"failed seeds: {sorted(total.failed)[:50]}\n")
    return int(bool(total.failed))


def _collect_by_hand() -> None:
    """A world is full of cycles: it is collected at its end, and what all worlds share is never looked at again."""
    gc.freeze()
    gc.disable()


def _run_chunk(chunk: tuple[int, int, float]) -> Total:
    start, end, until = chunk
    total = Total(failed=[])
    if time.monotonic() > until:
        return total
    for seed in range(start, end):
        verdict = run_plan(make_plan(seed))[0]
        gc.collect()
        total.schedules += 1
        total.acknowledged += verdict.acknowledged
        total.operations += verdict.operations
        total.durable += verdict.durable
        total.lost += verdict.lost
        total.events += verdict.events
        total.failed += [seed] if verdict.wrong else []
    sys.stdout.flush()
    return total
