"""Fills PostgreSQL and Redis with characters, fast: the servers do the copying themselves."""

import asyncio
import json
from typing import Any

import asyncpg

from bench.bench_world import HERO, Cast, character_items, hero
from satchel.ids import HolderId
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.record import GENESIS
from satchel.session import Keys, RedisNode
from satchel.session.codec import state_fields
from satchel.session.redis.link import reply_of
from satchel.session.redis.script import Script

__all__ = ["attach_all", "fill_own_sessions", "fill_redis", "fill_vault"]

UID = """('0199' || lpad(to_hex((c >> 20) & 65535), 4, '0') || '-' || lpad(to_hex((c >> 4) & 65535), 4, '0') || '-7'
    || to_hex(c & 15) || '00-8000-' || lpad(to_hex(t.number), 12, '0'))::uuid"""
CHUNK = 20_000


async def fill_vault(dsn: str, catalogue: Catalogue, cast: Cast, epoch: int = 0) -> int:
    """Make characters with their items in PostgreSQL; returns the number of item rows."""
    connection = await asyncpg.connect(dsn)
    try:
        # Constraints are checked row by row; these rows come from the database itself.
        await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        await connection.execute("CREATE TEMP TABLE template (number bigint, item satchel.item)")
        rows = [
            (number, str(item.id), item.definition, item.quantity, item.container, item.position, item.slot,
             item.durability, json.dumps(item.properties))
            for number, item in enumerate(character_items(catalogue, 0, cast.items))
        ]  # fmt: skip
        await connection.executemany(
            "INSERT INTO template VALUES ($1, ROW($2::text::uuid, 1, $3, $4, $5, $6, $7, NULL, false, $8, "
            "$9::text::jsonb)::satchel.item)",
            rows,
        )
        for first in range(cast.first, cast.first + cast.count, CHUNK):
            last = min(first + CHUNK, cast.first + cast.count) - 1
            await _fill_chunk(connection, first, last, epoch)
        return cast.count * cast.items
    finally:
        await connection.close()


async def _fill_chunk(connection: Any, first: int, last: int, epoch: int) -> None:
    await connection.execute(
        "INSERT INTO satchel.inventory (char_id, owner, name, level, attributes, h, epoch) "
        "SELECT c, 'bench:' || c, 'Hero ' || c, 20, $3::text::jsonb, $4, $5 FROM generate_series($1::bigint, $2) c",
        first,
        last,
        json.dumps(HERO),
        GENESIS,
        epoch,
        timeout=600,
    )
    await connection.execute(
        f"INSERT INTO satchel.item SELECT {UID}, c, (t.item).definition, (t.item).quantity, (t.item).container, "
        "(t.item).position, (t.item).slot, NULL, false, (t.item).durability, (t.item).properties "
        "FROM generate_series($1::bigint, $2) c CROSS JOIN template t",
        first,
        last,
        timeout=600,
    )


async def attach_all(base: Any, ids: range, at_once: int = 64) -> float:
    """Open sessions through an API; returns the seconds that it took."""
    waiting = asyncio.Semaphore(at_once)
    started = asyncio.get_running_loop().time()

    async def open_one(char_id: int) -> None:
        async with waiting:
            await base.open_session(char_id)

    await asyncio.gather(*(open_one(char_id) for char_id in ids))
    return asyncio.get_running_loop().time() - started


async def fill_redis(redis: RedisNode, keys: Keys, catalogue: Catalogue, cast: Cast) -> int:
    """Make attached, clean sessions that all hold the items of the first; returns the packed bytes of one.

    They are copies of one session, made by the server: only Redis is measured on them.
    """
    fields = state_fields(hero(cast.first), character_items(catalogue, cast.first, cast.items), {"gold": 100})
    source = keys.of(cast.first)
    names = (source.session, source.journal, source.marks, source.due, source.dirty, keys.fork(HolderId(cast.first), 1))
    adopt, confirm = Script("adopt", bound=True), Script("confirm", bound=True)
    await redis.execute("DEL", source.session)
    await adopt.run(redis, names, 1, 0, GENESIS, 0, 86_400_000, cast.first, "", "", len(fields) // 2, 0, 0, *fields)
    await confirm.run(redis, (source.session,), 1)
    link = await redis.link()
    for first in range(cast.first + 1, cast.first + cast.count, CHUNK):
        last = min(first + CHUNK, cast.first + cast.count)
        waiters = [link.send("COPY", source.session, keys.of(c).session, "REPLACE") for c in range(first, last)]
        for waiter in waiters:
            await reply_of(waiter)
    state = await redis.execute("HGETALL", source.session)
    return sum(len(part) for part in state)


async def fill_own_sessions(dsn: str, redis: RedisNode, keys: Keys, catalogue: Catalogue, cast: Cast) -> None:
    """Make characters in the vault, and their attached, clean sessions, without opening them one by one."""
    await fill_vault(dsn, catalogue, cast, epoch=1)
    link = await redis.link()
    head = ("run", link.run_id, "epoch", 1, "ver", 0, "h", GENESIS, "state", "live", "fver", 0, "fh", GENESIS)
    for first in range(cast.first, cast.first + cast.count, 2_000):
        waiters = []
        for char_id in range(first, min(first + 2_000, cast.first + cast.count)):
            fields = state_fields(hero(char_id), character_items(catalogue, char_id, cast.items), {"gold": 100})
            waiters.append(link.send("HSET", keys.of(char_id).session, *head, *fields))
        for waiter in waiters:
            await reply_of(waiter)
