"""What runs beside whatever serves: the worker and the listener for its hints; and how they end."""

import asyncio
from collections.abc import Callable

from satchel.errors import Operational
from satchel.failpoints import reach
from satchel.runtime.wiring import Engine
from satchel.session import Redis
from satchel.telemetry import log
from satchel.worker import FlushWorker

__all__ = ["Background", "listen_for_hints"]

HINTS_PAUSE_S = 1.0
"""How long to wait after the connection for hints was lost; until then the worker's sweeps find the work."""


class Background:
    """The worker and its listener as tasks; they start when this is made.

    Args:
        engine: Its parts.
        on_died: Called with the name of a task that ended although nobody stopped it, and with the error that ended it.

    Attributes:
        failure: The first error that ended a task.
    """

    def __init__(self, engine: Engine, on_died: Callable[[str, BaseException], None]) -> None:
        self.failure: BaseException | None = None
        self._worker = engine.worker
        self._on_died = on_died
        self._stopping = False
        hints = listen_for_hints(engine.redis, engine.sessions.keys.hints, engine.worker)
        self._flushing = asyncio.create_task(engine.worker.run(), name="worker")
        self._listening = asyncio.create_task(hints, name="hints")
        for task in (self._flushing, self._listening):
            task.add_done_callback(self._ended)

    async def end(self) -> None:
        """End the tasks: the worker finishes the batch in hand. What is dirty stays dirty."""
        self._stopping = True
        self._worker.stop()
        self._listening.cancel()
        await asyncio.gather(self._flushing, self._listening, return_exceptions=True)

    async def drain(self, deadline_s: float, hurry: asyncio.Event | None = None) -> bool:
        """End the tasks, and flush everything that is dirty.

        Args:
            deadline_s: How long to flush at most.
            hurry: Set it to flush no longer.

        Returns:
            Whether everything was flushed. If not, it lies safely in Redis, for the next worker.
        """
        await self.end()
        reach("stop.before_drain")
        draining = asyncio.create_task(self._worker.drain(deadline_s))
        hurried = asyncio.create_task((hurry or asyncio.Event()).wait())
        try:
            await asyncio.wait((draining, hurried), return_when=asyncio.FIRST_COMPLETED)
        finally:
            hurried.cancel()
            if not draining.done():
                draining.cancel()
            await asyncio.gather(draining, hurried, return_exceptions=True)
        clean = not draining.cancelled() and draining.result()
        reach("stop.after_drain")
        log.info("drained", extra={"fields": {"clean": clean}})
        return clean

    def _ended(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        self.failure = self.failure or error
        if not self._stopping:
            self._on_died(task.get_name(), error or RuntimeError(f"{task.get_name()} ended"))


async def listen_for_hints(redis: Redis, channel: str, worker: FlushWorker) -> None:
    """Tell the worker which buckets have work, until cancelled; hints that get lost cost a sweep, nothing else.

    Args:
        redis: Where hints are published.
        channel: Under which name.
        worker: It looks into the buckets that hints name.
    """
    while True:
        try:
            link = await redis.subscribe(channel, lambda bucket: worker.hint(int(bucket)))
            try:
                await link.lost.wait()
            finally:
                link.close()
        except Operational as error:
            log.warning("hints_lost", extra={"fields": {"code": error.code, **error.data}})
            await asyncio.sleep(HINTS_PAUSE_S)
