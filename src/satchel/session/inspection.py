"""Reads the sessions in Redis for operators, and removes one when they ask for it."""

import msgspec

from satchel.ids import HolderId
from satchel.inventory.head import Head
from satchel.ports import BUCKETS
from satchel.session.answers import Code
from satchel.session.keys import Keys
from satchel.session.redis import Redis
from satchel.session.redis.script import Script

__all__ = ["SessionInspection", "Unsaved"]

UNSAVED_MAX = 1_000
"""Most sessions that are listed per bucket."""


class Unsaved(msgspec.Struct, frozen=True):
    """A session with changes that the vault lacks, and since when it has them (ms since 1970)."""

    char_id: HolderId
    since_ms: int


class SessionInspection:
    """Reads the sessions of all buckets.

    Args:
        redis: Where the sessions are.
        keys: Names of keys.
    """

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys
        self._discard = Script("discard")

    async def unsaved(self, before_ms: int) -> list[Unsaved]:
        """List sessions that have been unsaved since before a moment; one round trip per server."""
        limit = ("BYSCORE", "LIMIT", 0, UNSAVED_MAX, "WITHSCORES")
        replies = await self._redis.execute_all(
            ("ZRANGE", self._keys.dirty(bucket), "-inf", f"({before_ms}", *limit) for bucket in range(BUCKETS)
        )
        return [
            Unsaved(HolderId(int(reply[i])), int(float(reply[i + 1])))
            for reply in replies
            for i in range(0, len(reply), 2)
        ]

    async def is_scheduled(self, char_id: HolderId) -> bool:
        """Whether the session is on the index where workers look."""
        return await self._redis.execute("ZSCORE", self._keys.of(char_id).due, char_id) is not None

    async def discard(self, char_id: HolderId, head: Head) -> bool:
        """Remove a session and its unsaved changes if it is still as the operator saw it."""
        keys = self._keys.of(char_id)
        names = (keys.session, keys.journal, keys.marks, keys.due, keys.dirty)
        reply = await self._discard.run(self._redis, names, head.version, head.h, char_id)
        return bool(reply[0] == Code.OK)
