"""Simulated API processes, workers and clients: the real code, wired to simulated connections."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any, NoReturn, Protocol

from proof.simulation.loop import Owner, SimulatedLoop
from proof.simulation.network import SimulatedRedis, SimulatedVault, Switchboard
from satchel.access import SCOPES, Caller
from satchel.catalogue import load_catalogue
from satchel.client import InventoryClient
from satchel.client.transport import NO_REFUSALS
from satchel.errors import SessionUnavailable
from satchel.inventory.reads.reply import ActionReply
from satchel.inventory.request import ActionRequest
from satchel.runtime.wiring import wire
from satchel.session import SessionLimits
from satchel.telemetry import Metrics
from satchel.testing import FakeVault
from satchel.worker import WorkerLimits

__all__ = ["CATALOGUE", "LIMITS", "ApiCall", "Process", "Transport", "Work"]

CATALOGUE = load_catalogue()
METRICS = Metrics()
LIMITS = SessionLimits(
    ttl_ms=30_000,
    flush_delay_ms=20,
    lease_ms=2_000,
    records_kept=2,
    marks_kept=4,
    journal_records_max=5,
)
"""Small enough that every bound is met within a few actions."""

WORKER_LIMITS = WorkerLimits(buckets=2, batch_records_max=7, tick_s=0.1, flush_delay_ms=20, sweep_s=0.1)
CALLER = Caller("service", SCOPES)


class Host(Switchboard, Protocol):
    """What a process runs on."""

    loop: SimulatedLoop
    vault: FakeVault

    def now_ms(self) -> int:
        """The time that all clocks were set by."""

    def pick_api(self) -> "Process | None":
        """An API process that takes connections."""


class Process(Owner):
    """One process of ours: what it was made with is lost when it dies."""

    def __init__(self, host: Host, name: str) -> None:
        super().__init__(name)
        self.host = host
        self.clock_is_off_ms = 0
        self.redis = SimulatedRedis(host, self)
        vault = SimulatedVault(host, self, host.vault)
        engine = wire(
            self.redis,
            vault,
            CATALOGUE,
            clock=self.clock_ms,
            session_limits=LIMITS,
            worker_limits=WORKER_LIMITS,
            metrics=METRICS,
        )
        self.sessions = engine.sessions
        self.backlog = engine.backlog
        self.orchestrator = engine.orchestrator
        self.dispatcher = engine.dispatcher
        self.worker = engine.worker

    def clock_ms(self) -> int:
        """Milliseconds since 1970, as this process believes."""
        return self.host.now_ms() + self.clock_is_off_ms


Work = Callable[[Process], Coroutine[Any, Any, Any]]
"""What an API process does for one request."""


class ApiCall:
    """A request of a client on its way: taken up in one step, answered in another."""

    def __init__(self, host: Host, process: Process, work: Work) -> None:
        self.process = process
        self.waiter: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._host = host
        self._work = work
        self._task: asyncio.Task[Any] | None = None

    def ready(self) -> bool:
        """Whether it can begin, or its end can be told."""
        if self._task is None:
            return not self.process.paused and not self.process.dead
        return self._task.done() and not self.waiter.done()

    def step(self, random: Random) -> None:
        """Begin, or tell the end."""
        if self._task is None:
            self._task = self.process.spawn(self._host.loop, self._work(self.process))
        elif (error := self._task.exception()) is not None:
            self.waiter.set_exception(error)
        else:
            self.waiter.set_result(self._task.result())

    def over(self) -> bool:
        """Whether nothing can come of it any more."""
        return self.process.dead or (self._task is not None and self._task.done() and self.waiter.done())

    def running(self) -> bool:
        """Whether the process still works on it, or will."""
        return not self.process.dead and (self._task is None or not self._task.done())

    def lose(self) -> None:
        """The client's connection breaks; the process goes on and knows nothing of it."""
        if not self.waiter.done():
            self.waiter.set_exception(SessionUnavailable(reason="connection reset"))


class Transport:
    """How a simulated client reaches some API process.

    Attributes:
        tries: How often each action was asked for.
    """

    refusals = NO_REFUSALS

    def __init__(self, host: Host) -> None:
        self.tries: Counter[str] = Counter()
        self._host = host

    async def ask(self, work: Work) -> Any:
        """Let an API process do something; which one, the load balancer says."""
        process = self._host.pick_api()
        if process is None:
            raise SessionUnavailable(reason="connection refused")
        call = ApiCall(self._host, process, work)
        self._host.channels.append(call)
        return await call.waiter

    async def action(self, request: ActionRequest, key: str, owner: str | None) -> ActionReply:
        """See `satchel.client.Transport`."""
        self.tries[key] += 1
        reply: ActionReply = await self.ask(lambda process: process.dispatcher.dispatch(request, CALLER, key))
        return reply

    async def call(self, method: str, path: str, body: bytes, owner: str | None, headers: object) -> NoReturn:
        """Routes are not part of the simulation."""
        raise NotImplementedError(path)

    async def close(self) -> None:
        """Nothing is kept."""

    def client(self) -> InventoryClient:
        """The real client, with its retries."""
        return InventoryClient(self)
