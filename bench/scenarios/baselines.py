"""Satchel beside what it replaces: the CRUD service and the naive session, on the same mix of actions and reads."""

from typing import Any

from bench.drive import Target
from bench.engines import Server, free_port, satchel_api, satchel_worker
from bench.scenarios.throughput import statements_per_request
from bench.servers import crud_tables, naive
from bench.stage import Stage

__all__ = ["measure"]


async def measure(stage: Stage) -> dict[str, Any]:
    """Bags of each size: all three in turn; then Satchel's p99 at the rate that CRUD can bear at most."""
    return {str(items): await _one_size(stage, items) for items in stage.plan.baseline_items}


async def _one_size(stage: Stage, items: int) -> dict[str, Any]:
    plan, driver, ground = stage.plan, stage.driver, stage.ground
    connections = min(32, plan.connections[-1])
    cast = await stage.new_cast(connections * 2, items)
    dsn, world, socket = ground.postgres.dsn, str(ground.world), ground.valkey.url.removeprefix("unix://")
    await crud_tables.fill(dsn, world, cast.ids)
    await naive.fill(socket, world, cast)
    api = satchel_api(ground)
    ports = [free_port(), free_port()]
    crud_server = Server("crud", ["-m", "bench.servers.crud", dsn, str(ports[0])], {}, ports[0])
    naive_server = Server("naive", ["-m", "bench.servers.naive", socket, world, str(ports[1])], {}, ports[1])
    with stage.running(api, crud_server, naive_server):
        await stage.open_sessions(api, cast)
        await stage.settle()
        await driver.set_fsync("everysec")
        servers = {"crud": crud_server, "naive": naive_server, "satchel": api}
        targets = {name: Target(server, cast, "mix") for name, server in servers.items()}
        # The slow one needs a window in which it answers often enough to have a p99.
        window_s = plan.window_s * (4 if items >= 500 else 1.5)
        result = await driver.rounds(targets, connections, window_s, plan.rounds, warm_s=plan.warm_s)
        rate = max(10.0, result["crud"]["ops_s"])
        at_rate = [
            await driver.run(targets["satchel"], connections, window_s, rate=rate, warm_s=plan.warm_s)
            for _ in range(plan.rounds)
        ]
        p99 = sorted(sample["latency_ms"]["p99"] for sample in at_rate)[len(at_rate) // 2]
        with stage.running(satchel_worker(ground)):
            await stage.wait_clean()
            beside = await driver.rounds(
                {"satchel": targets["satchel"]}, connections, window_s, plan.rounds, warm_s=plan.warm_s
            )
        result["satchel_with_worker"] = beside["satchel"]
        result["satchel_at_crud_rate"] = {"rate": rate, "p99_ms": p99}
        result["crud_statements"] = {
            path.strip("/"): await statements_per_request(stage, Target(crud_server, cast, path))
            for path in ("/doll", "/capacity")
        }
        result["crud_statements"]["mix"] = await statements_per_request(stage, targets["crud"])
    return result
