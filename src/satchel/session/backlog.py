"""The sessions that the vault lacks something of. Workers claim them in batches and settle them after the push."""

from collections.abc import Callable

from satchel.failpoints import reach
from satchel.ids import HolderId
from satchel.inventory.head import Head
from satchel.inventory.record import SealedRecord
from satchel.ports import BUCKETS, BacklogFigures, Reindexed, ScanPlace, Settlement, Snapshot, StrandedFork
from satchel.session.answers import Settled
from satchel.session.keys import Keys
from satchel.session.limits import SessionLimits
from satchel.session.redis import Redis, Reply
from satchel.session.redis.script import Script

__all__ = ["SessionBacklog", "records_of"]


SETTLEMENTS = {answer: Settlement[answer.name] for answer in Settled}


class SessionBacklog:
    """Hands out dirty sessions, and notes what the vault holds of them.

    Args:
        redis: Where the sessions are.
        clock: Milliseconds since 1970.
        keys: Names of keys.
        limits: Bounds.
    """

    def __init__(
        self,
        redis: Redis,
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
        self._reindex = Script("reindex")

    async def claim(self, bucket: int, sessions_max: int, records_max: int, ahead_ms: int = 0) -> list[Snapshot]:
        """Claim sessions of a bucket that are due or will be within `ahead_ms`, with their unflushed records.

        One round trip. Sessions that are not settled come due again when the lease runs out.
        """
        return await self.claim_some(bucket, sessions_max, records_max, "", ahead_ms)

    async def claim_one(self, char_id: HolderId) -> Snapshot | None:
        """Claim one session, due or not; None if there is none."""
        found = await self.claim_some(
            self.keys.bucket_of(char_id), 1, self.limits.journal_records_max + 1, str(char_id), 0
        )
        return found[0] if found else None

    async def settle(self, char_id: HolderId, head: Head) -> Settlement:
        """Note which head the vault holds; one round trip."""
        keys, now_ms = self.keys.of(char_id), self._clock()
        reach("settle.before_send")
        reply = await self._settle.run(
            self._redis,
            (keys.session, keys.journal, keys.marks, keys.due, keys.dirty),
            head.epoch,
            head.version,
            head.h,
            now_ms,
            now_ms + self.limits.flush_delay_ms,
            self.limits.ttl_ms,
            self.limits.records_kept,
            self.limits.marks_kept,
            char_id,
        )
        reach("settle.after_reply")
        settled = SETTLEMENTS[Settled(reply[0])]
        if settled == Settlement.STILL_DIRTY:
            # Workers forget a bucket once they found nothing due in it, as while this session was claimed.
            await self._redis.publish(self.keys.hints, keys.bucket)
        return settled

    async def defer(self, char_ids: list[HolderId], delay_ms: int) -> None:
        """Let claimed sessions come due again after a delay."""
        reach("defer.before_send")
        due_ms = self._clock() + delay_ms
        await self._redis.execute_all(("ZADD", self.keys.of(c).due, "XX", due_ms, c) for c in char_ids)
        reach("defer.after_reply")

    async def measure(self) -> BacklogFigures:
        """Count dirty sessions and find since when the oldest one is unsaved; one round trip per server."""
        names = [self.keys.dirty(bucket) for bucket in range(BUCKETS)]
        replies = await self._redis.execute_all(
            [("ZCARD", name) for name in names] + [("ZRANGE", name, 0, 0, "WITHSCORES") for name in names]
        )
        since = [int(float(found[1])) for found in replies[BUCKETS:] if found]
        return BacklogFigures(sum(replies[:BUCKETS]), min(since, default=0))

    async def reindex(self, place: ScanPlace, keys_max: int) -> Reindexed:
        """Look through some keys for dirty sessions that the indexes lost and for stranded forks.

        One SCAN, one script call per bucket that is found, one read per fork.

        Args:
            place: Where the last call ended; `ScanPlace()` to begin.
            keys_max: About how many keys to look at.
        """
        names, ahead = await self._scan(place, keys_max)
        sessions: dict[int, list[HolderId]] = {}
        forks = []
        for name in names:
            char_id, epoch = self.keys.read(name)
            if epoch is None:
                sessions.setdefault(self.keys.bucket_of(char_id), []).append(char_id)
            else:
                entries = await self._redis.execute("XRANGE", name, "-", "+")
                forks.append(StrandedFork(char_id, epoch, tuple(records_of(entries))))
        restored = 0
        for bucket, ids in sessions.items():
            keys = (self.keys.due(bucket), self.keys.dirty(bucket))
            restored += (await self._reindex.run(self._redis, keys, self.keys.prefix(bucket), self._clock(), *ids))[1]
        return Reindexed(ahead, restored, tuple(forks))

    async def forget_fork(self, fork: StrandedFork) -> None:
        """Delete a stranded fork that the vault now has."""
        await self._redis.execute("DEL", self.keys.fork(fork.char_id, fork.epoch))

    # -- parts ---------------------------------------------------------------------------------------------------------

    async def _scan(self, place: ScanPlace, keys_max: int) -> tuple[list[bytes], ScanPlace]:
        """Read some names of sessions and forks, one server after the other; returns them and where to go on."""
        nodes = self._redis.nodes()
        if place.node >= len(nodes):  # A server was removed since the last call.
            place = ScanPlace()
        cursor, names = await nodes[place.node].execute(
            "SCAN", place.cursor, "MATCH", self.keys.every_session_and_fork, "COUNT", keys_max
        )
        if int(cursor):
            return names, ScanPlace(place.node, int(cursor))
        return names, ScanPlace(place.node + 1) if place.node + 1 < len(nodes) else ScanPlace()

    async def claim_some(
        self, bucket: int, sessions_max: int, records_max: int, char_id: str, ahead_ms: int
    ) -> list[Snapshot]:
        """Take sessions of a bucket that are due; or, with a `char_id`, that one, due or not."""
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
                HolderId(int(reply[i])),
                int(reply[i + 1]),
                int(reply[i + 2]),
                reply[i + 3].decode(),
                tuple(records_of(reply[i + 4])),
            )
            for i in range(2, len(reply), 5)
        ]


def records_of(entries: list[Reply]) -> list[SealedRecord]:
    """Read journal entries in the form that XRANGE returns."""
    return [SealedRecord(int(entry_id.split(b"-")[0]), fields[1].decode(), fields[3]) for entry_id, fields in entries]
