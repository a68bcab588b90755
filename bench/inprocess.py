"""The client without HTTP: many tasks of one process act on their characters; one JSON object says how fast."""

import array
import asyncio
import json
import os
import sys
import time
from typing import Any

import uvloop

from bench.bench_world import CAP, ORE, POTION, SWORD, Cast, item_uid
from bench.measure import cpu_ns, quantiles
from satchel.client import InventoryClient
from satchel.inventory.actions import Drop, Equip, Move, Operation, Unequip, Use
from satchel.runtime.app import open_satchel
from satchel.runtime.config import load_settings


async def main(cast: Cast, tasks: int, window_s: float) -> dict[str, Any]:
    """Act for a while."""
    settings = load_settings()
    async with open_satchel(settings, settings.postgres_dsn or "", settings.redis_url or "") as satchel:
        client = satchel.client()
        latencies = array.array("q")
        ending = asyncio.Event()
        jobs = [
            asyncio.create_task(_play(client, cast.ids[number::tasks], cast.items, latencies, ending))
            for number in range(tasks)
        ]
        await asyncio.sleep(0.5)
        del latencies[:]
        before, began = cpu_ns([os.getpid()]), time.perf_counter()
        await asyncio.sleep(window_s)
        count, elapsed_s = len(latencies), time.perf_counter() - began
        used = cpu_ns([os.getpid()]) - before
        ending.set()
        await asyncio.gather(*jobs)
    return {
        "ops_s": count / elapsed_s,
        "cpu_us": {"server": used / 1000 / max(1, count)},
        "latency_ms": quantiles(latencies),
    }


async def _play(
    client: InventoryClient, ids: range, items: int, latencies: "array.array[int]", ending: asyncio.Event
) -> None:
    """Play some characters in turn, each one step further every time; all end where they began, for the next round."""
    plays = [(char_id, _steps(char_id, items)) for char_id in ids]
    while not ending.is_set():
        for number in range(6):
            for char_id, steps in plays:
                began = time.perf_counter_ns()
                await client.act(char_id, steps[number])
                latencies.append(time.perf_counter_ns() - began)


def _steps(char_id: int, items: int) -> tuple[Operation, ...]:
    sword, potion, ore, cap = (item_uid(char_id, number) for number in (SWORD, POTION, ORE, CAP))
    return (
        Equip(item_id=sword, slot="main_hand"),
        Use(item_id=potion),
        Move(item_id=cap, container="bag", position=items + 2),
        Unequip(item_id=sword, container="bag", position=SWORD),
        Drop(item_id=ore, quantity=1),
        Move(item_id=cap, container="bag", position=CAP),
    )


if __name__ == "__main__":
    first, count, items, tasks, window = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        answer = runner.run(main(Cast(int(first), int(count), int(items)), int(tasks), float(window)))
    print("ready " + json.dumps(answer), flush=True)
