"""One simulated run: everything that is in it, and the scheduler that decides what happens next."""

import random as global_random
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from contextvars import Context
from random import Random
from typing import Any, TypeVar

from proof.simulation.fault_plan import CHARACTERS, Plan
from proof.simulation.faults import Faults
from proof.simulation.loop import OWNER, Crashed, Owner, SimulatedLoop
from proof.simulation.network import Channel, SimulatedLink, SimulatedServer, VaultCall
from proof.simulation.players import Player
from proof.simulation.processes import ApiCall, Process, Transport
from proof.simulation.watch import Watch
from satchel.errors import Operational
from satchel.failpoints import intercept
from satchel.ids import HolderId
from satchel.inventory.character import Character
from satchel.runtime.background import listen_for_hints
from satchel.session import attach
from satchel.testing import FakeVault

__all__ = ["HERO", "START_MS", "Stuck", "World"]

Result = TypeVar("Result")

START_MS = 1_790_000_000_000
EVENTS_MAX = 4_000
CALM_EVENTS_MAX = 3_000
LOCK_MS = 100
TIMER_CHANCE = 0.08
"""How often a timer fires although something else could happen: how slow the network is."""

HERO = Character("tg:1", "Ann", 20, {"strength": 30, "agility": 30, "wisdom": 30, "class": "mage"})


class Stuck(Exception):
    """Nothing more happens, or it never ends."""


class World:
    """Servers, processes, clients, and the ways between them.

    Args:
        plan: What is to happen.
        make_vault: Makes the vault; another one when a defect is planted.
    """

    def __init__(self, plan: Plan, make_vault: Callable[[], FakeVault] = FakeVault) -> None:
        self.plan = plan
        self.random = Random(plan.seed * 1_000 + plan.order)
        self.event = 0
        self.calm = False
        self.loop = SimulatedLoop()  # type: ignore[abstract]  # what it lacks is never asked for
        self.channels: list[Channel] = []
        self.vault = make_vault()
        self.vault_state = "up"
        self.watch = Watch(self.vault)
        self.story: list[str] = []
        self._run_ids = 0
        self.server = self.make_server()
        self.faults = Faults(self)
        self.processes: list[Process] = []
        self.transport = Transport(self)
        self.players = [Player(n, self.transport, lambda: self.event) for n in range(len(plan.clients))]
        self.owners = [Owner(f"client {n}") for n in range(len(plan.clients))]

    # -- what processes ask for ----------------------------------------------------------------------------------------

    def now_ms(self) -> int:
        """The time that all clocks were set by."""
        return START_MS + int(self.loop.now_s * 1000)

    def make_server(self) -> SimulatedServer:
        """A Redis process."""
        return SimulatedServer(self.now_ms, self._run_id, self.watch.look_at_sessions)

    def pick_api(self) -> Process | None:
        """An API process that takes connections."""
        alive = [process for process in self.processes if process.name.startswith("api") and not process.dead]
        return self.random.choice(alive) if alive else None

    def start(self, name: str) -> Process:
        """Start a process of ours."""
        process = Process(self, name)
        self.processes.append(process)
        if name.startswith("worker"):
            process.spawn(self.loop, process.worker.run())
            process.spawn(self.loop, listen_for_hints(process.redis, process.sessions.keys.hints, process.worker))
        return process

    def restart(self, process: Process) -> None:
        """Start another process in the place of one."""
        self.start(process.name)

    def crash(self, process: Process) -> None:
        """Kill a process: what it sent may still arrive, what it was sent never will."""
        self.story.append(f"{self.event}: {process.name} is killed")
        process.dead = True
        for channel in self.channels:
            if isinstance(channel, SimulatedLink) and channel.owner is process:
                channel.sever(self.random)
            elif isinstance(channel, VaultCall) and channel.owner is process and self.random.random() < 0.5:
                channel.lose(carried_out=False)
            elif isinstance(channel, ApiCall) and channel.process is process:
                channel.lose()

    # -- the run -------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Run the plan to its end, and then on, without faults, until everything has come to rest.

        Raises:
            Stuck: It does not come to an end, or not to rest.
        """
        global_random.seed(self.plan.seed)
        with intercept(self.reach), _short_lock():
            try:
                self._begin()
                self._run_until(self._players_done, EVENTS_MAX)
                self.faults.heal()
                self.calm = True
                self._run_until(self._api_calls_done, CALM_EVENTS_MAX)
                self._stop_workers()
                self._drain()
            finally:
                self._end()

    def do(self, process: Owner, work: Coroutine[Any, Any, Result]) -> Result:
        """Let a process do something to the end, without faults."""
        task = process.spawn(self.loop, work)
        self._run_until(task.done, CALM_EVENTS_MAX)
        return task.result()

    def _begin(self) -> None:
        for char_id in CHARACTERS:
            _at_once(self.vault, char_id)
        for number in range(self.plan.apis):
            self.start(f"api {number}")
        for number in range(self.plan.workers):
            self.start(f"worker {number}")
        work = zip(self.owners, self.players, self.plan.clients, strict=True)
        self.clients = [owner.spawn(self.loop, player.run(steps)) for owner, player, steps in work]

    def _run_until(self, done: Callable[[], bool], events_max: int) -> None:
        until = self.event + events_max
        self.loop.run_ready()
        while not done():
            if self.event >= until:
                raise Stuck(f"no end after {events_max} events")
            self._step()
            self.loop.run_ready()

    def _step(self) -> None:
        self.event += 1
        self.faults.strike()
        if self.event % 16 == 0:
            self.channels = [channel for channel in self.channels if not _is_over(channel)]
        waiting = [channel for channel in self.channels if channel.ready()]
        if waiting and (self.calm or self.random.random() >= TIMER_CHANCE):
            self.random.choice(waiting).step(self.random)
        elif not self.loop.fire_next() and not waiting and not self.loop.ready and not self.faults.pending():
            raise Stuck("everybody waits")

    def reach(self, name: str) -> None:
        """Let the faults decide what happens at a failpoint; a dead process goes no further."""
        owner = OWNER.get(None)
        if isinstance(owner, Process):
            self.faults.reach(name, owner)
            if owner.dead:
                raise Crashed

    def _players_done(self) -> bool:
        return all(task.done() for task in self.clients)

    def _api_calls_done(self) -> bool:
        return not any(isinstance(channel, ApiCall) and channel.running() for channel in self.channels)

    def _stop_workers(self) -> None:
        for process in self.processes:
            process.worker.stop()
        workers = [p for p in self.processes if p.name.startswith("worker") and not p.dead]
        self._run_until(lambda: all(task.done() for p in workers for task in p.tasks[:1]), CALM_EVENTS_MAX)
        for channel in self.channels:
            while isinstance(channel, SimulatedLink) and channel.outbox:
                channel.step(self.random)

    def _drain(self) -> None:
        last = Process(self, "last worker")
        for _ in range(40):
            self.do(last, _reindex(last))
            self.do(last, last.worker.flush_all(3_600_000))
            if not self.watch.dirty(self.server.keyspace):
                break
        self.last = last
        self.sessions = {char_id: self.do(last, last.sessions.load_session(char_id)) for char_id in CHARACTERS}

    def _end(self) -> None:
        """Close what was left in the middle, without letting it run."""
        processes = [*self.processes, *self.owners] + ([self.last] if hasattr(self, "last") else [])
        for owner in processes:
            owner.dead = True
            for task in owner.tasks:
                if not task.done():
                    task._log_destroy_pending = False  # type: ignore[attr-defined]  # it was killed, not forgotten
                    # Its clean-up is refused everything, as it should be.
                    context = Context()
                    context.run(OWNER.set, owner)
                    with suppress(BaseException):
                        context.run(task.get_coro().close)

    def _run_id(self) -> str:
        self._run_ids += 1
        return f"run-{self._run_ids}"


@contextmanager
def _short_lock() -> Iterator[None]:
    """The lock of an attach is no safety: let it end before many an attach does."""
    before, attach.LOCK_MS = attach.LOCK_MS, LOCK_MS
    try:
        yield
    finally:
        attach.LOCK_MS = before


async def _reindex(process: Process) -> None:
    with suppress(Operational):  # The next round tries again.
        await process.worker.reindex()


def _is_over(channel: Channel) -> bool:
    if isinstance(channel, SimulatedLink):
        return not channel.alive and not channel.ready()
    return isinstance(channel, VaultCall | ApiCall) and channel.over()


def _at_once(vault: FakeVault, char_id: HolderId) -> None:
    try:
        vault.create_character(char_id, HERO).send(None)
    except StopIteration:
        return
