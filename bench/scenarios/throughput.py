"""How far Satchel is from the floor: HTTP at several numbers of connections and both fsync settings, and in process."""

import asyncio
import json
from pathlib import Path
from typing import Any

import asyncpg

from bench.bench_world import Cast
from bench.drive import Target
from bench.engines import Server, floor_server, satchel_api
from bench.measure import medians
from bench.stage import Stage

__all__ = ["measure"]

READ = "/doll"


async def measure(stage: Stage) -> dict[str, Any]:
    """Floor, actions, the mix with reads, reads, unchanged reads, in process; and what the servers were asked."""
    plan, driver = stage.plan, stage.driver
    cast = await stage.new_cast(plan.characters, 50)
    api = satchel_api(stage.ground)
    with stage.running(api):
        await stage.open_sessions(api, cast)
        await stage.settle()
        reply = await driver.run(Target(api, cast), 8, plan.window_s / 2)
        read = await driver.run(Target(api, cast, READ), 8, plan.window_s / 2)
        floor = floor_server(stage.ground, round(reply["reply_bytes"]), round(read["reply_bytes"]))
        with stage.running(floor):
            result: dict[str, Any] = {"http": {}}
            for fsync in ("always", "everysec"):
                await driver.set_fsync(fsync)
                result["http"][fsync] = await _http(stage, floor, api, cast)
            result["reads"] = await _reads(stage, floor, api, cast)
        result["mix"] = await driver.rounds(
            {"satchel": Target(api, cast, "mix")}, plan.connections[-1], plan.window_s, plan.rounds, warm_s=plan.warm_s
        )
        result["statements"] = await _statements(stage, api, cast)
        result["processes"] = await _processes(stage, api)
    result["in_process"] = await _in_process(stage, await stage.new_cast(min(512, plan.characters), 50))
    return result


async def _http(stage: Stage, floor: Server, api: Server, cast: Cast) -> dict[str, Any]:
    plan = stage.plan
    targets = {"floor": Target(floor, cast), "satchel": Target(api, cast)}
    return {
        str(connections): await stage.driver.rounds(
            targets, connections, plan.window_s, plan.rounds, warm_s=plan.warm_s
        )
        for connections in plan.connections
    }


async def _reads(stage: Stage, floor: Server, api: Server, cast: Cast) -> dict[str, Any]:
    """A doll, and an unchanged inventory, each against the floor's bare read."""
    plan = stage.plan
    etags = {str(char_id): await _etag(stage, api, char_id) for char_id in cast.ids}
    targets = {
        "floor": Target(floor, cast, READ),
        "doll": Target(api, cast, READ),
        "floor_304": Target(floor, cast, "", etags=etags),
        "unchanged": Target(api, cast, "", etags=etags),
    }
    connections = min(32, plan.connections[-1])
    result = await stage.driver.rounds(targets, connections, plan.window_s, plan.rounds, warm_s=plan.warm_s)
    if result["unchanged"]["reply_bytes"]:
        raise RuntimeError("an unchanged inventory was sent again")
    return result


async def _processes(stage: Stage, api: Server) -> dict[str, Any]:
    """Two API processes against one. Each character is played through one of them, as behind a sticky balancer.

    They are few, because each of them is read anew when a turn begins: the other process has changed it.
    """
    plan, other = stage.plan, satchel_api(stage.ground)
    cast = await stage.new_cast(min(256, plan.characters), 50)
    with stage.running(other):
        targets = {"one": Target(api, cast), "two": Target(api, cast, beside=other)}
        connections = min(32, plan.connections[-1])
        return await stage.driver.rounds(targets, connections, plan.window_s, plan.rounds, warm_s=plan.warm_s)


async def _etag(stage: Stage, api: Server, char_id: int) -> str:
    version, h = await stage.driver.redis.execute("HMGET", stage.keys.of(char_id).session, "ver", "h")
    return f'"{version.decode()}-{h[:12].decode()}-{stage.catalogue.version[:8]}"'


async def _statements(stage: Stage, api: Server, cast: Cast) -> dict[str, float]:
    """Statements that PostgreSQL logs during actions on attached sessions; it should log none."""
    return {"postgres_per_action": await statements_per_request(stage, Target(api, cast))}


async def statements_per_request(stage: Stage, target: Target) -> float:
    """Let PostgreSQL log every statement for a moment, and count."""
    connection = await asyncpg.connect(stage.ground.postgres.dsn)
    try:
        await connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        await connection.execute("SELECT pg_reload_conf()")
        await asyncio.sleep(0.3)
        log = stage.ground.postgres.log
        before = _statements_logged(log)
        answer = await stage.driver.run(target, 1, max(0.2, stage.plan.window_s / 2), warm_s=0)
        await asyncio.sleep(0.1)
        return float(round((_statements_logged(log) - before) / answer["total"], 2))
    finally:
        await connection.execute("ALTER SYSTEM RESET log_statement")
        await connection.execute("SELECT pg_reload_conf()")
        await connection.close()


def _statements_logged(log: Path) -> int:
    """Count the statements of a log that are no BEGIN, COMMIT or ROLLBACK."""
    with log.open("rb") as file:
        lines = (line.rstrip() for line in file if b"LOG:  execute" in line or b"LOG:  statement" in line)
        return sum(not line.endswith((b"BEGIN;", b"COMMIT;", b"ROLLBACK;")) for line in lines)


async def _in_process(stage: Stage, cast: Cast) -> dict[str, Any]:
    plan, samples = stage.plan, []
    for _ in range(plan.rounds):
        tasks = min(32, cast.count)
        command = [str(number) for number in (cast.first, cast.count, cast.items, tasks, plan.window_s)]
        answer = await asyncio.to_thread(_run_in_process, stage, ["-m", "bench.inprocess", *command])
        samples.append(answer)
    return medians(samples)


def _run_in_process(stage: Stage, command: list[str]) -> dict[str, Any]:
    server = Server("in process", command, stage.ground.environment)
    server.process.wait(60)
    server.stop()
    answer: dict[str, Any] = json.loads(server.first_line.split(" ", 1)[1])
    return answer
