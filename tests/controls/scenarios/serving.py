"""What a process talks to."""

import asyncio

from satchel.errors import StartRefused
from tests.integration.faults.conftest import Realm
from tests.integration.faults.rows import fetch


async def who_is_cancelled_takes_no_reply_from_the_next(realm: Realm) -> None:
    redis = (await realm.process()).redis
    name = realm.settings.namespace
    await redis.execute("SET", f"{name}-a", "of a", "PX", 60_000)
    await redis.execute("SET", f"{name}-b", "of b", "PX", 60_000)
    calls = [asyncio.create_task(redis.execute("GET", f"{name}-{'ab'[number % 2]}")) for number in range(10)]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()

    replies = await asyncio.gather(*calls, return_exceptions=True)

    assert replies[1::2] == [b"of b"] * 5


async def a_redis_that_evicts_anything_is_refused(realm: Realm) -> None:
    redis = (await realm.process()).redis
    before = (await redis.execute("CONFIG", "GET", "maxmemory-policy"))[1]
    await redis.execute("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    try:
        await realm.process()
    except StartRefused:
        return
    finally:
        await redis.execute("CONFIG", "SET", "maxmemory-policy", before)
    raise AssertionError("started on a Redis that may evict unsaved sessions")


async def the_namespace_of_another_vault_is_refused(realm: Realm) -> None:
    await realm.process()
    await fetch(realm.dsn, "UPDATE satchel.deployment SET id = gen_random_uuid()")

    try:
        await realm.process()
    except StartRefused:
        return
    raise AssertionError("started in the namespace of another vault")
