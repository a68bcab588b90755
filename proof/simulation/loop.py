"""An event loop in which time costs nothing and nothing happens by chance.

Callbacks run in the order in which they were asked for, as in any loop. What a real loop leaves to the network and to
the operating system (which reply comes first, when a timer fires, who is killed) is left to whoever calls `step`.
"""

import asyncio
import heapq
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, ContextVar
from typing import Any, TypeVar

__all__ = ["OWNER", "Crashed", "Owner", "SimulatedLoop"]

Result = TypeVar("Result")


class Crashed(BaseException):
    """What is raised in a process that was killed; no code of ours may catch it."""


class Owner:
    """A simulated process: what runs in it stops when it is paused, and never runs again when it is dead."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.dead = False
        self.paused = False
        self.held: list[asyncio.Handle] = []
        self.tasks: list[asyncio.Task[Any]] = []

    def spawn(self, loop: "SimulatedLoop", work: Coroutine[Any, Any, Result]) -> "asyncio.Task[Result]":
        """Run something in this process."""
        context = Context()
        context.run(OWNER.set, self)
        return loop.create_task(work, context=context)


OWNER: ContextVar[Owner] = ContextVar("owner")
"""The process that the running code belongs to."""


class SimulatedLoop(asyncio.AbstractEventLoop):
    """The loop. `now_s` is its clock."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.ready: deque[asyncio.Handle] = deque()
        self.timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._number = 0

    # -- what asyncio asks for -----------------------------------------------------------------------------------------

    def time(self) -> float:
        """The clock, which only `fire_next` moves on."""
        return self.now_s

    def get_debug(self) -> bool:
        """Never: asyncio would look at the clock of the machine."""
        return False

    def is_running(self) -> bool:
        """Always: whoever asks runs in it."""
        return True

    def is_closed(self) -> bool:
        """Never."""
        return False

    def create_future(self) -> "asyncio.Future[Any]":
        """Make a future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Generator[Any, None, Result] | Coroutine[Any, Any, Result],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> "asyncio.Task[Result]":
        """Make a task, which belongs to the process that the running code belongs to."""
        owner = context.get(OWNER) if context is not None else OWNER.get(None)
        if owner is not None and owner.dead:
            coro.close()
            raise Crashed
        task = asyncio.Task(coro, loop=self, name=name, context=context)
        if owner is not None:
            owner.tasks.append(task)
        return task

    def call_soon(  # type: ignore[override]  # asyncio's own is generic
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Let something run in the next turn."""
        handle = asyncio.Handle(callback, args, self, context)
        self.ready.append(handle)
        return handle

    def call_later(  # type: ignore[override]  # asyncio's own is generic
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Let something run after so many simulated seconds."""
        return self.call_at(self.now_s + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]  # asyncio's own is generic
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Let something run at a simulated time."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._number += 1
        heapq.heappush(self.timers, (when, self._number, handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Cancelled timers are thrown away when their time comes."""

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Tasks that nobody waits for any more are part of the game."""

    # -- what the scheduler asks for -----------------------------------------------------------------------------------

    def run_ready(self) -> None:
        """Run callbacks until none is left; those of paused processes are held, those of dead ones dropped."""
        ready = self.ready
        if not ready:
            return
        events._set_running_loop(self)
        try:
            while ready:
                handle = ready.popleft()
                owner = handle._context.get(OWNER)  # type: ignore[attr-defined]  # the C class has it, the stub not
                if owner is None or not (owner.dead or owner.paused):
                    if not handle.cancelled():
                        handle._run()
                elif not owner.dead:
                    owner.held.append(handle)
        finally:
            events._set_running_loop(None)

    def resume(self, owner: Owner) -> None:
        """Let a paused process go on."""
        owner.paused = False
        self.ready.extend(owner.held)
        owner.held.clear()

    def fire_next(self) -> bool:
        """Move the clock to the next timer, and let it fire; False if there is none."""
        while self.timers:
            when, _, handle = heapq.heappop(self.timers)
            if not handle.cancelled():
                self.now_s = max(self.now_s, when)
                self.ready.append(handle)
                return True
        return False
