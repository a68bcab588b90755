"""One run of a job at a time for each holder; callers that come meanwhile share the next run."""

import asyncio
from collections.abc import Awaitable, Callable

from satchel.ids import HolderId

__all__ = ["SharedJob"]


class SharedJob:
    """Runs a job for a holder, never twice at once.

    Whoever asks while it runs needs a run that begins later, because the present one may have begun too early for them.
    All of them share that one.

    Args:
        job: What to do for a holder.
    """

    def __init__(self, job: Callable[[HolderId], Awaitable[None]]) -> None:
        self._job = job
        self._running: dict[HolderId, asyncio.Task[None]] = {}
        self._next: dict[HolderId, asyncio.Task[None]] = {}

    @property
    def idle(self) -> bool:
        """Whether nothing runs, and nobody waits."""
        return not self._running and not self._next

    async def run(self, holder: HolderId) -> None:
        """Have the job done by a run that begins after this call, and wait for it.

        A caller that is cancelled leaves the others their run. What the job raises, all who share the run get.
        """
        task = self._next.get(holder)
        if task is None:
            before = self._running.get(holder)
            task = asyncio.create_task(self._go(holder, before))
            task.add_done_callback(_look_at_error)
            if before is None:
                self._running[holder] = task
            else:
                self._next[holder] = task
        await asyncio.shield(task)

    async def _go(self, holder: HolderId, before: "asyncio.Task[None] | None") -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine that runs is a task's
        if before is not None:
            await asyncio.wait((before,))
            del self._next[holder]
            self._running[holder] = task
        try:
            await self._job(holder)
        finally:
            # The next run, if there is one, takes the place itself.
            if self._running.get(holder) is task:
                del self._running[holder]


def _look_at_error(task: "asyncio.Task[None]") -> None:
    """Take note of an error that nobody may be left to hear."""
    if not task.cancelled():
        task.exception()
