"""`python -m bench.failpoints`: what the failpoints of an action cost when none is armed."""

import asyncio
import json
import timeit
from collections import Counter
from pathlib import Path
from typing import Any

from satchel.failpoints import FAILPOINTS, intercept, reach
from satchel.inventory.actions import AdjustWallet
from satchel.inventory.character import Character
from satchel.testing import open_in_memory

RESULTS = Path(__file__).parent / "results"
CALLS = 1_000_000
ROUNDS = 9


def call_ns() -> float:
    """Nanoseconds of one `reach` while none is armed: the fastest of some rounds, without the loop around it."""
    name = "commit.before_send"
    with_call = min(timeit.repeat(lambda: reach(name), number=CALLS, repeat=ROUNDS))
    without = min(timeit.repeat(lambda: name, number=CALLS, repeat=ROUNDS))
    return (with_call - without) / CALLS * 1e9


async def reached() -> Counter[str]:
    """Which failpoints one action on a loaded session passes; those of the HTTP route are added, as none is asked."""
    passed = Counter({name: 1 for name in FAILPOINTS if name.startswith("api.")})
    async with open_in_memory() as client:
        await client.put_character(1, Character(owner="tg:1", name="Ann", level=20))
        await client.act(1, AdjustWallet(resource="gold", amount=1))
        # A worker runs beside it, and passes its own.
        with intercept(lambda name: passed.update([name] if name.startswith(("action.", "commit.")) else [])):
            await client.act(1, AdjustWallet(resource="gold", amount=1))
    return passed


def main() -> None:
    """Measure, and compare with what `make bench` found an action to cost."""
    passed, each = asyncio.run(reached()), call_ns()
    cost_us = passed.total() * each / 1000
    print(f"one call: {each:.0f} ns; an action passes {passed.total()}: {', '.join(passed)}")
    newest = max(RESULTS.glob("*.json"))
    found: dict[str, Any] = json.loads(newest.read_text(encoding="utf-8"))["throughput"]
    for what, sample in (
        ("over HTTP", found["http"]["always"]["32"]["satchel"]),
        ("in process", found["in_process"]),
    ):
        cpu_us = sample["cpu_us"]["server"]
        print(f"{what}: {cost_us:.2f} of {cpu_us:.0f} us of CPU for an action ({newest.stem}): {cost_us / cpu_us:.2%}")


if __name__ == "__main__":
    main()
