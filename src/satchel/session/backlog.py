"""The sessions that the vault lacks something of: claimed in batches, settled once they are pushed."""

from collections.abc import Callable

from satchel.failpoints import reach
from satchel.inventory.record import SealedRecord
from satchel.ports import Snapshot
from satchel.session.connection import RedisConnection, Reply
from satchel.session.keys import BUCKETS, Keys
from satchel.session.limits import SessionLimits
from satchel.session.script import Code, Script

__all__ = ["SessionBacklog", "records_of"]


class SessionBacklog:
    """Hands out dirty sessions and takes back what became of them.

    Args:
        redis: The connection.
        clock: Milliseconds since 1970.
        keys: Names of keys.
        limits: Bounds.
    """

    def __init__(
        self,
        redis: RedisConnection,
        clock: Callable[[], int],
        keys: Keys | None = None,
        limits: SessionLimits | None = None,
    ) -> None:
        self.keys = keys or Keys()
        self.limits = limits or SessionLimits()
        self._redis = redis
        self._clock = clock
        self._claim = Script("claim")
        self._settle = Script("settle")

    async def claim(self, bucket: int, sessions_max: int, records_max: int, ahead_ms: int = 0) -> list[Snapshot]:
        """Take sessions of a bucket that are due, or will be within `ahead_ms`, with their unflushed records.

        One round trip. They come due again after the lease, if nobody settles them.
        """
        return await self._claim_some(bucket, sessions_max, records_max, "", ahead_ms)

    async def claim_one(self, char_id: int) -> Snapshot | None:
        """Take one session, due or not; None if there is none."""
        found = await self._claim_some(
            self.keys.bucket_of(char_id), 1, self.limits.journal_records_max + 1, str(char_id), 0
        )
        return found[0] if found else None

    async def settle(self, char_id: int, epoch: int, version: int, h: str) -> bool:
        """Note that the vault holds a version.

        Returns:
            Whether the session is clean now. False also when it is gone, or was attached anew since.
        """
        keys, now_ms = self.keys.of(char_id), self._clock()
        reach("settle.before_send")
        reply = await self._settle.run(
            self._redis,
            (keys.session, keys.journal, keys.marks, keys.due, keys.dirty),
            epoch,
            version,
            h,
            now_ms,
            now_ms + self.limits.flush_delay_ms,
            self.limits.ttl_ms,
            self.limits.records_kept,
            self.limits.marks_kept,
            char_id,
        )
        reach("settle.after_reply")
        return bool(reply[0] == Code.OK)

    async def defer(self, char_ids: list[int], delay_ms: int) -> None:
        """Let claimed sessions come due again after a delay."""
        reach("defer.before_send")
        link = await self._redis.link()
        due_ms = self._clock() + delay_ms
        for waiter in [link.send("ZADD", self.keys.of(c).due, "XX", due_ms, c) for c in char_ids]:
            await self._redis.sent(waiter)
        reach("defer.after_reply")

    async def measure(self) -> tuple[int, int]:
        """Count dirty sessions, and say since when the oldest is unsaved.

        Returns:
            The number of dirty sessions, and ms since 1970 (0 when there is none).
        """
        link = await self._redis.link()
        names = [self.keys.dirty(bucket) for bucket in range(BUCKETS)]
        counts = [link.send("ZCARD", name) for name in names]
        oldest = [link.send("ZRANGE", name, 0, 0, "WITHSCORES") for name in names]
        dirty = sum([await self._redis.sent(waiter) for waiter in counts])
        since = [found for waiter in oldest if (found := await self._redis.sent(waiter))]
        return dirty, min((int(float(entry[1])) for entry in since), default=0)

    # -- parts ---------------------------------------------------------------------------------------------------------

    async def _claim_some(
        self, bucket: int, sessions_max: int, records_max: int, char_id: str, ahead_ms: int
    ) -> list[Snapshot]:
        reach("claim.before_send")
        reply = await self._claim.run(
            self._redis,
            (self.keys.due(bucket), self.keys.dirty(bucket)),
            self.keys.prefix(bucket),
            sessions_max,
            records_max,
            self.limits.lease_ms,
            char_id,
            ahead_ms,
        )
        reach("claim.after_reply")
        return [
            Snapshot(
                int(reply[i]),
                int(reply[i + 1]),
                int(reply[i + 2]),
                reply[i + 3].decode(),
                tuple(records_of(reply[i + 4])),
            )
            for i in range(2, len(reply), 5)
        ]


def records_of(entries: list[Reply]) -> list[SealedRecord]:
    """Read entries of a journal, as XRANGE gives them."""
    return [SealedRecord(int(entry_id.split(b"-")[0]), fields[1].decode(), fields[3]) for entry_id, fields in entries]
