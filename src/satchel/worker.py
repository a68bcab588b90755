"""The worker that brings sessions back to the vault: claim, push, settle, again and again."""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import msgspec

from satchel.errors import DuplicateItem, Operational, PushRejected, SessionUnavailable, VaultUnavailable
from satchel.failpoints import reach
from satchel.ids import HolderId
from satchel.orchestrator import InventoryCoreOrchestrator
from satchel.ports import BUCKETS, FLUSH_DELAY_MS, Backlog, Keeping, ScanPlace, Snapshot
from satchel.telemetry import log

__all__ = ["FlushWorker", "WorkerLimits"]


DRAIN_AHEAD_MS = 3_600_000
"""A drain takes over leases and backoffs too: it is the last one to try."""


class WorkerLimits(msgspec.Struct, frozen=True):
    """The bounds of a worker.

    * A batch is `batch_sessions_max` sessions, or up to twice as many. They are claimed from `buckets_at_once`, each
      with at most `batch_records_max` records, so that no call keeps Redis long. `lanes` batches are under way at once.
    * Hints say which buckets have work. Every `sweep_s` the worker looks through all `buckets`, because hints get lost.
    * Every `reindex_s` it looks through another `reindex_keys_max` keys, because an index may be lost. Having seen all
      keys, it rests for `reindex_rest_s`.
    * Data that the vault refuses `rejections_max` times in a row is a dead letter, and its character quarantined.
    * Failures of the vault are waited out for `backoff_s` seconds, doubled up to `backoff_max_s`.
    """

    buckets: int = BUCKETS
    batch_sessions_max: int = 500
    batch_records_max: int = 5_000
    buckets_at_once: int = 16
    lanes: int = 2
    tick_s: float = 0.05
    flush_delay_ms: int = FLUSH_DELAY_MS
    sweep_s: float = 5.0
    reindex_s: float = 1.0
    reindex_rest_s: float = 60.0
    reindex_keys_max: int = 1_000
    rejections_max: int = 3
    backoff_s: float = 0.2
    backoff_max_s: float = 10.0


class FlushWorker:
    """Flushes what is due, as long as it runs. Any number of workers may run at once.

    Args:
        orchestrator: Pushes and settles.
        backlog: Where work is claimed.
        vault: Where goes what cannot be saved.
        clock: Milliseconds since 1970.
        limits: Bounds.
    """

    def __init__(
        self,
        orchestrator: InventoryCoreOrchestrator,
        backlog: Backlog,
        vault: Keeping,
        clock: Callable[[], int],
        limits: WorkerLimits | None = None,
    ) -> None:
        self.limits = limits or WorkerLimits()
        self._orchestrator = orchestrator
        self._backlog = backlog
        self._vault = vault
        self._clock = clock
        self._hinted: dict[int, tuple[int, int]] = {}
        self._rejections: dict[HolderId, int] = {}
        self._failures = 0
        self._place = ScanPlace()
        self._claiming = asyncio.Lock()
        self._stopping = asyncio.Event()

    @property
    def reindexing(self) -> bool:
        """Whether a look through all keys has begun and is not at its end yet."""
        return self._place != ScanPlace()

    def hint(self, bucket: int, delay_ms: int | None = None) -> None:
        """Note that a bucket has work, which comes due after a delay (None: new work)."""
        due_ms = self._clock() + (self.limits.flush_delay_ms if delay_ms is None else delay_ms)
        # The last hint is kept beside the first one: by then, another session of the bucket comes due.
        first_ms, last_ms = self._hinted.get(bucket, (due_ms, due_ms))
        self._hinted[bucket] = (min(first_ms, due_ms), max(last_ms, due_ms))

    def stop(self) -> None:
        """Let `run` return after the batch in hand."""
        self._stopping.set()

    async def run(self) -> None:
        """Flush what is due until stopped."""
        next_sweep_ms = next_reindex_ms = 0
        while not self._stopping.is_set():
            now_ms = self._clock()
            if now_ms >= next_sweep_ms:
                next_sweep_ms = now_ms + int(self.limits.sweep_s * 1000)
                buckets = list(range(self.limits.buckets))
            else:
                buckets = [bucket for bucket, (first_ms, _) in self._hinted.items() if first_ms <= now_ms]
            if now_ms >= next_reindex_ms:
                await self._guarded(self.reindex())
                next_reindex_ms = now_ms + int(
                    (self.limits.reindex_s if self.reindexing else self.limits.reindex_rest_s) * 1000
                )
            pause_s = await self._flush_buckets(buckets) if buckets else self.limits.tick_s
            await self._pause(pause_s)

    async def drain(self, deadline_s: float) -> bool:
        """Flush everything that is dirty, due or not.

        Returns:
            Whether nothing is left. What is left stays in Redis, dirty, for the next worker.
        """
        try:
            async with asyncio.timeout(deadline_s):
                while True:
                    reach("drain.before_round")
                    pause_s = await self.flush_all(DRAIN_AHEAD_MS)
                    reach("drain.after_round")
                    if (await self._backlog.measure()).dirty_sessions == 0:
                        return True
                    await asyncio.sleep(pause_s)
        except (TimeoutError, SessionUnavailable):
            return False

    async def flush_due(self, ahead_ms: int = 0) -> int:
        """Look through all buckets once, and flush what is due or will be within `ahead_ms`; of very much, a part.

        Returns:
            The number of sessions claimed.

        Raises:
            Operational: Redis or the vault is away.
        """
        return await self._sweep(list(range(self.limits.buckets)), ahead_ms)

    async def reindex(self) -> int:
        """Look through some more keys for dirty sessions that no index names, and for forks that nobody handed on.

        Returns:
            How many sessions were put back.

        Raises:
            Operational: Redis or the vault is away.
        """
        found = await self._backlog.reindex(self._place, self.limits.reindex_keys_max)
        self._place = found.ahead
        if found.restored:
            log.warning("index_mended", extra={"fields": {"sessions": found.restored}})
        for fork in found.forks:
            await self._vault.keep_fork(fork.char_id, fork.epoch, fork.records)
            await self._backlog.forget_fork(fork)
        return found.restored

    async def flush_all(self, ahead_ms: int = 0) -> float:
        """Do as `flush_due`, but count a failure instead of raising it; returns how many seconds to wait then."""
        return await self._flush_buckets(list(range(self.limits.buckets)), ahead_ms)

    # -- parts ---------------------------------------------------------------------------------------------------------

    async def _flush_buckets(self, buckets: list[int], ahead_ms: int = 0) -> float:
        """Flush some buckets; returns how many seconds to wait before the next round."""
        claimed = await self._guarded(self._sweep(buckets, ahead_ms))
        if claimed is None:
            return self._backoff_s()
        self._failures = 0
        return 0 if claimed else self.limits.tick_s

    async def _guarded(self, work: Coroutine[Any, Any, int]) -> int | None:
        """Do some work; returns None if it failed, which is counted and never ends the worker."""
        try:
            return await work
        except Operational as error:
            self._failures += 1
            self._orchestrator.metrics.flush_failures.labels(error.code).inc()
            log.warning(
                "flush_failed", extra={"fields": {"code": error.code, **error.data, "failures": self._failures}}
            )
        except Exception:  # noqa: BLE001 - a defect in one batch must not end the saving of all others
            self._note_defect()
        return None

    def _note_defect(self) -> None:
        self._failures += 1
        self._orchestrator.metrics.flush_failures.labels("defect").inc()
        log.exception("flush_defect")

    async def _sweep(self, buckets: list[int], ahead_ms: int) -> int:
        """Flush what is due in some buckets: two batches at a time, so that one is prepared while the other is written.

        Returns:
            The number of sessions claimed.
        """
        left = deque(buckets)
        lanes = (self._lane(left, ahead_ms) for _ in range(self.limits.lanes))
        # Each lane ends by itself: one that fails must not leave the other one running unseen.
        ended = await asyncio.gather(*lanes, return_exceptions=True)
        failures = [outcome for outcome in ended if isinstance(outcome, BaseException)]
        for error in failures[1:]:
            log.error("lane_failed", exc_info=error)
        if failures:
            raise failures[0]
        return sum(outcome for outcome in ended if isinstance(outcome, int))

    async def _lane(self, left: deque[int], ahead_ms: int) -> int:
        claimed = 0
        while batch := await self._claim(left, ahead_ms):
            reach("worker.after_claim")
            claimed += len(batch)
            try:
                await self._push([snapshot for _, snapshot in batch])
            finally:
                # What was flushed may have changed meanwhile, so its bucket is looked at once more: after it comes due
                # again, which is counted from when it was settled.
                for bucket in {bucket for bucket, _ in batch}:
                    self.hint(bucket)
        return claimed

    async def _claim(self, left: deque[int], ahead_ms: int) -> list[tuple[int, Snapshot]]:
        """Claim the next batch, from as many of the buckets as it takes; each session with its bucket."""
        limits, batch = self.limits, list[tuple[int, Snapshot]]()
        # One lane after the other: what makes a single batch is not to be shared among them.
        async with self._claiming:
            while left and len(batch) < limits.batch_sessions_max:
                group = [left.popleft() for _ in range(min(len(left), limits.buckets_at_once))]
                # No less for a batch that is nearly full: a few sessions in quarantine must not hide those behind them.
                most = -(-limits.batch_sessions_max // len(group))
                claims = (self._backlog.claim(bucket, most, limits.batch_records_max, ahead_ms) for bucket in group)
                now_ms = self._clock()
                for bucket, snapshots in zip(group, await asyncio.gather(*claims), strict=True):
                    self._forget_hint(bucket, now_ms)
                    if len(snapshots) == most:
                        self.hint(bucket, 0)  # It may have more that is due.
                    batch += [(bucket, snapshot) for snapshot in snapshots]
        return batch

    def _forget_hint(self, bucket: int, now_ms: int) -> None:
        """Forget a hint that has served; a sweep also looks at buckets whose hints lie ahead, and those stay."""
        first_ms, last_ms = self._hinted.get(bucket, (now_ms, now_ms))
        if last_ms > now_ms:
            self._hinted[bucket] = (first_ms if first_ms > now_ms else last_ms, last_ms)
        else:
            self._hinted.pop(bucket, None)

    async def _push(self, batch: Sequence[Snapshot]) -> None:
        """Push a batch; a row that the vault refuses is found by halving the batch, the rest is saved."""
        try:
            await self._orchestrator.flush(batch)
        except PushRejected as rejection:
            if len(batch) == 1:
                await self._reject(batch[0], rejection)
            else:
                await self._bisect(batch)
        except (VaultUnavailable, SessionUnavailable) as error:
            if isinstance(error, VaultUnavailable):
                # Due again soon, and not only when the leases run out.
                delay_ms = int(self._backoff_s() * 1000)
                await self._backlog.defer([snapshot.char_id for snapshot in batch], delay_ms)
            raise
        except Exception:  # noqa: BLE001 - a session that we cannot handle must not keep the others from being saved
            if len(batch) == 1:
                self._note_defect()
                await self._backlog.defer([batch[0].char_id], int(self.limits.backoff_max_s * 1000))
            else:
                await self._bisect(batch)
        else:
            for snapshot in batch:
                self._rejections.pop(snapshot.char_id, None)

    async def _bisect(self, batch: Sequence[Snapshot]) -> None:
        reach("worker.before_bisect")
        middle = len(batch) // 2
        await self._push(batch[:middle])
        await self._push(batch[middle:])

    async def _reject(self, snapshot: Snapshot, rejection: PushRejected) -> None:
        char_id = snapshot.char_id
        self._orchestrator.metrics.flush_failures.labels(rejection.code).inc()
        log.error("push_rejected", extra={"fields": {"char_id": char_id, "code": rejection.code, **rejection.data}})
        rejections = self._rejections[char_id] = self._rejections.get(char_id, 0) + 1
        if isinstance(rejection, DuplicateItem):
            owner = rejection.data.get("owner_char_id")
            if isinstance(owner, int):
                await self._orchestrator.quarantine(HolderId(owner), str(rejection))
        elif rejections < self.limits.rejections_max:
            await self._backlog.defer([char_id], int(self._backoff_s() * 1000))
            return
        del self._rejections[char_id]
        reach("bury.before_insert")
        await self._vault.dead_letter(snapshot, str(rejection))
        reach("bury.after_insert")
        await self._orchestrator.quarantine(char_id, str(rejection))

    def _backoff_s(self) -> float:
        longest = min(self.limits.backoff_max_s, self.limits.backoff_s * 2.0 ** min(self._failures, 16))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter

    async def _pause(self, seconds: float) -> None:
        if not seconds:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
