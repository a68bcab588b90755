"""A short campaign, and the proof that the simulation can find what it looks for. `make simulate` runs the long one."""

import msgspec
import pytest

from tests.simulation.campaign import run_plan, shrink, tell
from tests.simulation.defects import DEFECTS, planted
from tests.simulation.plan import FAULTS, KINDS, SITES, make_plan, smaller
from tests.simulation.world import World

SCHEDULES = 1_500
LONGEST_SEARCH = 6_000
"""Schedules after which a planted defect must have been found."""


def _first_failure(schedules: int) -> int | None:
    return next((seed for seed in range(schedules) if run_plan(make_plan(seed))[0].wrong), None)


def test_no_schedule_breaks_the_promise() -> None:
    failed = _first_failure(SCHEDULES)

    assert failed is None, tell(failed or 0)


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_found(defect: str) -> None:
    with planted(defect):
        assert _first_failure(LONGEST_SEARCH) is not None


def _trace(world: World) -> tuple[object, ...]:
    attempts = [msgspec.structs.astuple(attempt) for player in world.players for attempt in player.attempts]
    return world.event, world.story, world.loop.now_s, attempts, world.vault.ledger, world.vault.items


@pytest.mark.parametrize("seed", range(40))
def test_a_plan_runs_the_same_way_every_time(seed: int) -> None:
    first, second = (run_plan(make_plan(seed))[1] for _ in range(2))

    assert _trace(first) == _trace(second)


def test_plans_have_every_kind_of_step_and_of_fault() -> None:
    plans = [make_plan(seed) for seed in range(500)]

    assert {step.kind for plan in plans for steps in plan.clients for step in steps} == set(KINDS)
    assert {fault.kind for plan in plans for fault in plan.faults} == set(FAULTS)


def test_every_failpoint_that_a_plan_may_name_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    reached: set[str] = set()
    reach = World._reach

    def note(world: World, name: str) -> None:
        reached.add(name)
        reach(world, name)

    monkeypatch.setattr(World, "_reach", note)
    for seed in range(SCHEDULES):
        run_plan(make_plan(seed))

    assert set(SITES) <= reached


def test_a_failure_is_made_smaller_and_told_in_words() -> None:
    with planted("marks not written"):
        seed = _first_failure(LONGEST_SEARCH) or 0
        plan = make_plan(seed)
        small = shrink(plan)
        told = tell(seed)

        assert run_plan(small)[0].wrong
        assert _size(small) <= _size(plan)
        assert f"python -m tests.simulation --seed {seed}" in told
        assert "WRONG" in told


def _size(plan: object) -> int:
    return len(msgspec.json.encode(plan))


def test_smaller_plans_lack_one_thing_each() -> None:
    plan = make_plan(3)

    assert all(_size(one) < _size(plan) for one in smaller(plan))
