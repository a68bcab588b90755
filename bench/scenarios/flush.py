"""How fast sessions reach PostgreSQL: against the limit, with a backlog, at steady load, at the end."""

import asyncio
import time
from typing import Any

import asyncpg

from bench.bench_world import Cast
from bench.drive import Target
from bench.engines import Server, satchel_api, satchel_worker
from bench.measure import CpuClock, medians
from bench.stage import Stage
from satchel.vault.queries import QUERIES

__all__ = ["measure"]


async def measure(stage: Stage) -> dict[str, Any]:
    """All of it."""
    await stage.driver.redis.execute("FLUSHALL")
    await stage.driver.set_fsync("everysec")
    result: dict[str, Any] = {"limit": await _against_limit(stage)}
    result["steady"] = await _steady(stage)
    result["backlog"] = await _backlog(stage)
    return result


async def _dirty(stage: Stage, api: Server, cast: Cast, rounds: int) -> None:
    """Make every session of a cast dirty, `rounds` actions each."""
    target = Target(api, cast)
    await stage.driver.run_all(target, 64 if cast.count >= 64 else 2, each=rounds)


async def _against_limit(stage: Stage) -> dict[str, Any]:
    plan, samples = stage.plan, list[dict[str, Any]]()
    for _ in range(plan.rounds):
        cast = await stage.new_sessions(plan.flush_sessions, 12)
        api = satchel_api(stage.ground)
        with stage.running(api):
            await _dirty(stage, api, cast, 3)
        before = await _rows(stage, cast)
        worker = satchel_worker(stage.ground)
        clock = CpuClock({"worker": [worker.pid], "postgres": [stage.ground.postgres.pid or 0]})
        clock.start()
        with stage.running(worker):
            elapsed_s = await stage.wait_clean()
            cpu = clock.stop()
        rows = await _rows(stage, cast) - before
        changed = await _changed(stage, cast)
        limit = await _bulk_upsert(stage, cast)
        samples.append(
            {
                "sessions": cast.count,
                "rows": rows + changed + cast.count,
                "elapsed_s": elapsed_s,
                "sessions_s": cast.count / elapsed_s,
                "rows_s": (rows + changed + cast.count) / elapsed_s,
                "cpu_us_per_row": {name: used / 1000 / (rows + changed + cast.count) for name, used in cpu.items()},
                **limit,
            }
        )
    for sample in samples:
        sample["ratio_to_upsert"] = sample["rows_s"] / sample["upsert_rows_s"]
    return medians(samples)


async def _rows(stage: Stage, cast: Cast) -> int:
    connection = await asyncpg.connect(stage.ground.postgres.dsn)
    found = await connection.fetchval(
        "SELECT count(*) FROM satchel.ledger WHERE char_id BETWEEN $1 AND $2", cast.ids[0], cast.ids[-1]
    )
    await connection.close()
    return int(found)


async def _changed(stage: Stage, cast: Cast) -> int:
    """Item rows that the flush wrote: each item that its sessions' records name, once."""
    connection = await asyncpg.connect(stage.ground.postgres.dsn)
    found = await connection.fetchval(
        "SELECT count(DISTINCT change->>'item') FROM satchel.ledger, json_array_elements(record->'changes') change "
        "WHERE char_id BETWEEN $1 AND $2",
        cast.ids[0],
        cast.ids[-1],
        timeout=120,
    )
    await connection.close()
    return int(found)


async def _bulk_upsert(stage: Stage, cast: Cast) -> dict[str, float]:
    """The same rows again, as fast as PostgreSQL takes them: one transaction, one statement per table; and by COPY."""
    connection = await asyncpg.connect(stage.ground.postgres.dsn)
    try:
        first, last = cast.ids[0], cast.ids[-1]
        ledger = await connection.fetch(
            "SELECT char_id, version, epoch, h, action_id, actor, (extract(epoch FROM at) * 1000)::bigint, "
            "array_to_string(operations, ' '), record::text FROM satchel.ledger WHERE char_id BETWEEN $1 AND $2",
            first,
            last,
        )
        items = await connection.fetch(
            "SELECT uid, char_id, definition, quantity, container, position, slot, quick_slot, locked, durability, "
            "properties::text FROM satchel.item WHERE char_id BETWEEN $1 AND $2 AND uid IN (SELECT "
            "(change->>'item')::uuid FROM satchel.ledger, json_array_elements(record->'changes') change "
            "WHERE char_id BETWEEN $1 AND $2)",
            first,
            last,
            timeout=120,
        )
        heads = await connection.fetch(
            "SELECT char_id, epoch, version, h, version, h FROM satchel.inventory WHERE char_id BETWEEN $1 AND $2",
            first,
            last,
        )
        await connection.execute("DELETE FROM satchel.ledger WHERE char_id BETWEEN $1 AND $2", first, last)
        await connection.execute("VACUUM satchel.ledger, satchel.item, satchel.inventory")
        total = len(ledger) + len(items) + len(heads)
        columns = {name: list(zip(*rows, strict=True)) for name, rows in (("l", ledger), ("i", items), ("h", heads))}
        began = time.perf_counter()
        async with connection.transaction():
            await connection.execute(QUERIES["upsert_items"], *columns["i"], timeout=300)
            await connection.execute(QUERIES["advance"], *columns["h"], timeout=300)
            await connection.execute(QUERIES["append_ledger"], *columns["l"], timeout=300)
        upsert_s = time.perf_counter() - began
        copy_s = await _copy(connection, ledger, items)
        return {
            "limit_rows": total,
            "upsert_rows_s": total / upsert_s,
            "copy_rows_s": (len(ledger) + len(items)) / copy_s,
        }
    finally:
        await connection.close()


async def _copy(connection: Any, ledger: list[Any], items: list[Any]) -> float:
    """Seconds to COPY the rows into empty tables of the same shape, with the same keys."""
    await connection.execute(
        "DROP TABLE IF EXISTS bench_item, bench_ledger; "
        "CREATE TABLE bench_item (LIKE satchel.item INCLUDING ALL); ALTER TABLE bench_item ALTER properties TYPE text;"
        "CREATE TABLE bench_ledger (LIKE satchel.ledger INCLUDING ALL); "
        "ALTER TABLE bench_ledger ALTER record TYPE text, ALTER at TYPE bigint USING 0, ALTER operations TYPE text"
    )
    began = time.perf_counter()
    await connection.copy_records_to_table("bench_item", records=[tuple(row) for row in items])
    await connection.copy_records_to_table("bench_ledger", records=[tuple(row) for row in ledger])
    elapsed_s = time.perf_counter() - began
    await connection.execute("DROP TABLE bench_item, bench_ledger")
    return elapsed_s


async def _steady(stage: Stage) -> dict[str, Any]:
    """Lag of the flush at half of what the API can do."""
    plan, driver = stage.plan, stage.driver
    cast = await stage.new_sessions(plan.characters, 12)
    api, worker = satchel_api(stage.ground), satchel_worker(stage.ground)
    with stage.running(api, worker):
        connections = min(64, cast.count)
        most = await driver.run(Target(api, cast), connections, max(0.2, plan.steady_s / 4))
        await stage.wait_clean()
        ages: list[float] = []
        running = asyncio.create_task(
            driver.run(Target(api, cast), connections, plan.steady_s, rate=most["ops_s"] / 2, warm_s=plan.warm_s)
        )
        while not running.done():
            since_ms = (await stage.backlog.measure()).since_ms
            ages.append(max(0.0, time.time() - since_ms / 1000) if since_ms else 0.0)
            await asyncio.sleep(0.05)
        answer = await running
        dirty = (await stage.backlog.measure()).dirty_sessions
        began = time.perf_counter()
        drain_s = worker.stop()
        ages.sort()
        return {
            "most_ops_s": most["ops_s"],
            "rate": most["ops_s"] / 2,
            "latency_ms": answer["latency_ms"],
            "lag_p50_s": ages[len(ages) // 2],
            "lag_p99_s": ages[min(len(ages) - 1, int(len(ages) * 0.99))],
            "sigterm": {"dirty": dirty, "seconds": max(drain_s, time.perf_counter() - began)},
        }


async def _backlog(stage: Stage) -> dict[str, Any]:
    """A backlog, drained while other characters act."""
    plan, driver = stage.plan, stage.driver
    await driver.redis.execute("FLUSHALL")
    cast = await stage.new_sessions(plan.backlog_sessions, 12)
    hot = await stage.new_sessions(min(256, plan.characters), 12)
    api = satchel_api(stage.ground)
    connections = min(32, hot.count)
    with stage.running(api):
        worker = satchel_worker(stage.ground)
        with stage.running(worker):
            normal = await driver.run(Target(api, hot), connections, max(0.2, plan.steady_s / 3))
        await _dirty(stage, api, cast, 1)
        dirty = (await stage.backlog.measure()).dirty_sessions
        worker = satchel_worker(stage.ground)
        with stage.running(worker):
            began = time.perf_counter()
            draining = asyncio.create_task(_wait_drained(stage, hot.count))
            rates = []
            while not draining.done():
                rates.append(
                    (await driver.run(Target(api, hot), connections, max(0.2, plan.window_s), warm_s=0))["ops_s"]
                )
            await draining
            elapsed_s = time.perf_counter() - began
    meanwhile = sorted(rates)[len(rates) // 2]
    return {
        "dirty": dirty,
        "seconds": elapsed_s,
        "normal_ops_s": normal["ops_s"],
        "meanwhile_ops_s": meanwhile,
        "meanwhile_to_normal": meanwhile / normal["ops_s"],
    }


async def _wait_drained(stage: Stage, left: int) -> None:
    """Wait until no more is dirty than the characters that act all the while."""
    while (await stage.backlog.measure()).dirty_sessions > left:
        await asyncio.sleep(0.05)
