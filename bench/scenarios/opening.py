"""Cold opens against one SELECT of the same rows, and a login storm."""

import array
import asyncio
import time
from typing import Any

import asyncpg

from bench.bench_world import Cast
from bench.drive import Target
from bench.engines import satchel_api
from bench.measure import medians, quantiles
from bench.stage import Stage

__all__ = ["measure"]

STORM_PER_S = 10_000 / 60


async def measure(stage: Stage) -> dict[str, Any]:
    """Opens one after another, as many at once as the pool bears, and at the storm's rate."""
    plan, driver = stage.plan, stage.driver
    await driver.set_fsync("always")
    api = satchel_api(stage.ground)
    with stage.running(api):
        alone, together, selects = [], [], []
        for _ in range(plan.rounds):
            cast = await stage.new_cast(max(4, plan.cold_opens // plan.rounds), 50)
            half = cast.count // 2
            await stage.settle()
            selects.append(await _selects(stage, cast))
            alone.append(await driver.run_all(Target(api, cast, "open", count=half), 1))
            rest = Cast(cast.first + half, cast.count - half, cast.items)
            together.append(await driver.run_all(Target(api, rest, "open"), 32))
        storm_cast = await stage.new_cast(int(STORM_PER_S * (plan.storm_s + 1)) + 32, 50)
        await stage.settle()
        storm = await driver.run(
            Target(api, storm_cast, "open"), 32, plan.storm_s, rate=STORM_PER_S, warm_s=plan.warm_s
        )
    return {
        "select": medians(selects),
        "one_at_a_time": medians(alone),
        "thirty_two_at_once": medians(together),
        "storm": {"rate": STORM_PER_S, "opened": storm["ops"], "latency_ms": storm["latency_ms"]},
    }


async def _selects(stage: Stage, cast: Cast) -> dict[str, Any]:
    """The rows of a character, by one prepared statement on one connection."""
    connection = await asyncpg.connect(stage.ground.postgres.dsn)
    latencies = array.array("q")
    began = time.perf_counter()
    for char_id in cast.ids:
        started = time.perf_counter_ns()
        await connection.fetch("SELECT * FROM satchel.item WHERE char_id = $1", char_id)
        latencies.append(time.perf_counter_ns() - started)
    elapsed_s = time.perf_counter() - began
    await connection.close()
    await asyncio.sleep(0)
    return {"ops_s": cast.count / elapsed_s, "latency_ms": quantiles(latencies)}
