"""Looks at the sessions in Redis for operators, and takes one out of the way when they say so."""

import asyncio

import msgspec

from satchel.session.backlog import records_of
from satchel.session.connection import RedisConnection
from satchel.session.keys import BUCKETS, Keys
from satchel.session.script import Code, Script

__all__ = ["SessionInspection", "Unsaved"]

SCAN_COUNT = 1_000
UNSAVED_MAX = 1_000


class Unsaved(msgspec.Struct, frozen=True):
    """A session with changes that the vault lacks, and since when (ms since 1970)."""

    char_id: int
    since_ms: int


class SessionInspection:
    """Reads what lies in Redis.

    Args:
        redis: The connection.
        keys: Names of keys.
    """

    def __init__(self, redis: RedisConnection, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys
        self._discard = Script("discard")

    async def unsaved(self, before_ms: int) -> list[Unsaved]:
        """List sessions that are unsaved since before a moment; one round trip."""
        link = await self._redis.link()
        limit = ("BYSCORE", "LIMIT", 0, UNSAVED_MAX, "WITHSCORES")
        waiters = [link.send("ZRANGE", self._keys.dirty(b), "-inf", f"({before_ms}", *limit) for b in range(BUCKETS)]
        replies = await asyncio.gather(*(self._redis.sent(waiter) for waiter in waiters))
        return [Unsaved(int(reply[i]), int(float(reply[i + 1]))) for reply in replies for i in range(0, len(reply), 2)]

    async def is_scheduled(self, char_id: int) -> bool:
        """Whether a worker will find the session."""
        return await self._redis.execute("ZSCORE", self._keys.of(char_id).due, char_id) is not None

    async def forks(self) -> list[tuple[int, int, int]]:
        """List journals of histories that lost and are not in the vault yet: character, epoch, number of records."""
        pattern, cursor, found = f"{self._keys.namespace}:*:f:*", b"0", []
        while True:
            cursor, names = await self._redis.execute("SCAN", cursor, "MATCH", pattern, "COUNT", SCAN_COUNT)
            for name in names:
                char_id, epoch = (int(part) for part in name.decode().rsplit(":", 2)[1:])
                found.append((char_id, epoch, int(await self._redis.execute("XLEN", name))))
            if cursor == b"0":
                return sorted(found)

    async def fork(self, char_id: int, epoch: int) -> list[tuple[int, str, bytes]]:
        """Read one of them: version, h and record."""
        entries = await self._redis.execute("XRANGE", self._keys.fork(char_id, epoch), "-", "+")
        return [(record.version, record.h, record.json) for record in records_of(entries)]

    async def forget_fork(self, char_id: int, epoch: int) -> None:
        """Remove one of them, once the vault has it."""
        await self._redis.execute("DEL", self._keys.fork(char_id, epoch))

    async def discard(self, char_id: int, version: int, h: str) -> bool:
        """Remove a session, unsaved changes and all, if it still is as the operator saw it."""
        keys = self._keys.of(char_id)
        names = (keys.session, keys.journal, keys.marks, keys.due, keys.dirty)
        reply = await self._discard.run(self._redis, names, version, h, char_id)
        return bool(reply[0] == Code.OK)
