"""What a larger bag, more sessions and more characters cost."""

from typing import Any

from bench.drive import Target
from bench.engines import satchel_api, satchel_worker
from bench.fill import fill_redis, fill_vault
from bench.measure import rss_bytes
from bench.stage import Stage

__all__ = ["measure"]

HOT = 512


async def measure(stage: Stage) -> dict[str, Any]:
    """All three kinds of growth."""
    return {
        "bags": await _bags(stage),
        "sessions": await _sessions(stage),
        "characters": await _characters(stage),
        "attached": await _attached(stage),
    }


async def _bags(stage: Stage) -> dict[str, Any]:
    plan, driver = stage.plan, stage.driver
    connections = 8
    casts = {size: await stage.new_cast(connections, size) for size in plan.bag_sizes}
    api = satchel_api(stage.ground)
    # So few characters are played so fast that without a worker their journals would fill up.
    with stage.running(api, satchel_worker(stage.ground)):
        await stage.open_sessions(api, *casts.values())
        await stage.settle()
        await driver.set_fsync("everysec")
        result: dict[str, Any] = {}
        kinds = {"actions": "actions", "page": "/bag?limit=20", "search": "/bag?limit=20&search=ring", "mix": "mix"}
        for name, kind in kinds.items():
            targets = {str(size): Target(api, cast, kind) for size, cast in casts.items()}
            result[name] = await driver.rounds(targets, connections, plan.window_s, plan.rounds, warm_s=plan.warm_s)
        return result


async def _sessions(stage: Stage) -> dict[str, Any]:
    """The same hot characters, among ever more attached sessions."""
    plan, driver = stage.plan, stage.driver
    result: dict[str, Any] = {}
    await driver.set_fsync("everysec")
    api = satchel_api(stage.ground)
    with stage.running(api):
        for count in plan.session_counts:
            await driver.redis.execute("FLUSHALL")
            before = (await _used(stage))["used_memory"]
            cast = stage.cast(count, plan.session_items)
            packed = await fill_redis(driver.redis, stage.keys, stage.catalogue, cast)
            memory = (await _used(stage))["used_memory"] - before
            hot = min(HOT, count)
            stride = max(1, count // hot)
            target = Target(api, cast, "actions", count=hot, stride=stride, item_char=cast.first)
            connections = min(32, hot)
            found = await driver.rounds({"hot": target}, connections, plan.window_s, plan.rounds, warm_s=plan.warm_s)
            result[str(count)] = {
                **found["hot"],
                "packed_bytes": packed,
                "memory_bytes_per_session": memory / count,
                "memory_to_packed": memory / count / packed,
            }
        await driver.redis.execute("FLUSHALL")
        await driver.redis.execute("BGREWRITEAOF")
    return result


async def _used(stage: Stage) -> dict[str, float]:
    return await stage.driver.counters.read()


async def _characters(stage: Stage) -> dict[str, Any]:
    """A cold open, among ever more characters in PostgreSQL."""
    plan, driver = stage.plan, stage.driver
    result: dict[str, Any] = {}
    made = 0
    api = satchel_api(stage.ground)
    with stage.running(api):
        for count in plan.vault_counts:
            cast = stage.cast(count - made, 50)
            await fill_vault(stage.ground.postgres.dsn, stage.catalogue, cast)
            made = count
            await stage.settle()
            opened = min(plan.cold_opens, cast.count)
            target = Target(api, cast, "open", count=opened, stride=max(1, cast.count // opened))
            result[str(count)] = await driver.run_all(target, 16)
    return result


async def _attached(stage: Stage) -> dict[str, Any]:
    """Memory of a decoded session in an API process."""
    cast = await stage.new_cast(stage.plan.characters, 50)
    api = satchel_api(stage.ground)
    with stage.running(api):
        before = rss_bytes(api.pid)
        await stage.open_sessions(api, cast)
        return {"items": 50, "bytes_per_session": (rss_bytes(api.pid) - before) / cast.count}
