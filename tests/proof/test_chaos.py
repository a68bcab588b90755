"""Chaos in short: a few faults of each kind, and defects that it has to find. The campaign is `make chaos`."""

import random

import pytest
from proof.chaos.callers import Habits
from proof.chaos.kills import API_FAILPOINTS, OTHERS, WORKER_FAILPOINTS
from proof.chaos.machine import Machine
from proof.chaos.planted import DEFECTS
from proof.chaos.rounds import Arena, Plan, Round
from proof.chaos.strikes import FAULTS
from proof.ramdisk import in_memory

from satchel.catalogue import load_catalogue
from satchel.failpoints import FAILPOINTS

CALM = Plan(seconds=2.5)


async def fight(*plans: Plan, seed: int, planted: str = "", characters: int = 20) -> list[Round]:
    """Fight some rounds on a machine of their own."""
    async with Machine(random.Random(seed), planted=planted, below=in_memory()) as machine:
        arena = Arena(machine, load_catalogue(), seed, characters=characters, habits=Habits(clients=12, durable=0.05))
        await arena.fresh_characters()
        return [await arena.fight(plan) for plan in plans]


async def test_nothing_is_lost_or_doubled_under_a_few_faults() -> None:
    seed = random.randrange(2**32)
    kills = Plan(faults=("api-kill", "valkey-kill", "postgres-kill"))
    failpoints = Plan(failpoints=("commit.", "push.", "settle."), seconds=4)
    failover = Plan(faults=("promotion",))
    rounds = await fight(kills, failpoints, failover, seed=seed)

    assert [problem for fought in rounds for problem in fought.problems] == [], f"seed {seed}"
    assert all(fought.actions for fought in rounds)
    assert sum(rounds[1].kills.values()) > 0
    assert [fought.lost for fought in rounds[:2]] == [0, 0]


@pytest.mark.parametrize(
    ("defect", "kinds"),
    [
        ("forgets-action-ids", {"quarantined", "double_execution", "wrong_answer"}),
        ("refuses-from-stale-copies", {"false_refusal"}),
        ("settles-too-early", {"lost_action", "unflushed"}),
    ],
)
async def test_planted_defect_is_found(defect: str, kinds: set[str]) -> None:
    seed = random.randrange(2**32)
    (fought,) = await fight(CALM, seed=seed, planted=defect, characters=4)

    found = {problem.partition(":")[0] for problem in fought.problems}
    assert found & kinds, f"seed {seed}: {DEFECTS[defect].__doc__} Found: {fought.problems[:3]}"


def test_every_failpoint_is_killed_at_under_load_or_named_as_one_that_is_not() -> None:
    assert {*API_FAILPOINTS, *WORKER_FAILPOINTS, *OTHERS} == set(FAILPOINTS)
    assert {name.partition(".")[0] for name in OTHERS} == {"action", "bury", "fork", "migrate", "quarantine", "worker"}


def test_every_fault_says_what_it_does() -> None:
    assert all(fault.text for fault in FAULTS.values())
    assert {fault.name for fault in FAULTS.values() if fault.may_lose} == {
        fault.name for fault in FAULTS.values() if fault.group == "failover"
    }
