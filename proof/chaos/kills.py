"""Kills at failpoints: processes run into them under load, one after the other, and are started anew."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from types import MappingProxyType

from proof.chaos.children import NotReady, SatchelProcess
from proof.chaos.machine import Machine
from proof.chaos.strikes import FAULTS
from satchel.failpoints import FAILPOINTS

__all__ = ["API_FAILPOINTS", "OTHERS", "WORKER_FAILPOINTS", "FailpointKills"]

REACHED_S = 3.0
STOPPED_S = 8.0
"""How long a process may take to run into its failpoint; then the try is given up, and counted as such."""

API_PREFIXES = ("api.", "action.", "read.", "commit.", "attach.", "epoch.", "close.", "connect.", "script.", "pool.")
WORKER_PREFIXES = ("claim.", "flush.", "push.", "settle.", "defer.", "worker.", "drain.")
BOTH_PREFIXES = ("start.", "stop.")

NOT_UNDER_LOAD = ("worker.before_bisect", "action.before_overflow_flush")
"""They need a row that the vault refuses, and a journal that is full."""

WORKER_ONLY = ("connect.after_subscribe",)

API_FAILPOINTS = tuple(
    name
    for name in FAILPOINTS
    if name.startswith((*API_PREFIXES, *BOTH_PREFIXES)) and name not in NOT_UNDER_LOAD + WORKER_ONLY
)
WORKER_FAILPOINTS = tuple(
    name
    for name in FAILPOINTS
    if name.startswith((*WORKER_PREFIXES, *BOTH_PREFIXES, *WORKER_ONLY)) and name not in NOT_UNDER_LOAD
)
OTHERS = tuple(name for name in FAILPOINTS if name not in {*API_FAILPOINTS, *WORKER_FAILPOINTS})
"""Those that healthy data never leads to; the integration tests bring them about one by one."""

Nudge = Callable[[Machine, SatchelProcess], Awaitable[None]]


async def _flush_scripts(machine: Machine, _process: SatchelProcess) -> None:
    await machine.redis("SCRIPT", "FLUSH")


async def _break_redis(machine: Machine, _process: SatchelProcess) -> None:
    await machine.break_connections("redis")


async def _stop(_machine: Machine, process: SatchelProcess) -> None:
    process.signal(signal.SIGTERM)


async def _end_postgres_connections(machine: Machine, _process: SatchelProcess) -> None:
    await FAULTS["postgres-read-only"].strike(machine, machine.dice)


async def _forget_sessions(machine: Machine, _process: SatchelProcess) -> None:
    """Restart Valkey: every session has to be attached anew."""
    machine.valkey.kill()
    await machine.start_servers()


NUDGES: MappingProxyType[str, Nudge] = MappingProxyType(
    {
        "script.": _flush_scripts,
        "connect.": _break_redis,
        "stop.": _stop,
        "drain.": _stop,
        "defer.": _end_postgres_connections,
        "attach.": _forget_sessions,
        "epoch.": _forget_sessions,
        "flush.before_reattach": _forget_sessions,
    }
)
"""What brings a process to a failpoint that load alone rarely leads to."""


class FailpointKills:
    """Lets processes run into failpoints for a while.

    Args:
        machine: What runs.
        dice: Chooses.
        only: Names or beginnings of names; all if empty.

    Attributes:
        kills: How often a process died at each failpoint.
        missed: How often one did not get there in time.
    """

    def __init__(self, machine: Machine, dice: random.Random, only: tuple[str, ...] = ()) -> None:
        self.kills: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self._machine = machine
        self._dice = dice
        self._queues = {
            "api": _chosen(API_FAILPOINTS, only),
            "worker": _chosen(WORKER_FAILPOINTS, only),
        }
        self._turn: Counter[str] = Counter()
        self._nudging = asyncio.Lock()

    async def run(self, seconds: float) -> None:
        """Kill one process after the other; at the end all of them run again."""
        until = asyncio.get_running_loop().time() + seconds
        processes = [process for process in self._machine.processes if self._queues[process.command]]
        await asyncio.gather(*(self._keep_dying(process, until) for process in processes))

    async def _keep_dying(self, process: SatchelProcess, until: float) -> None:
        while asyncio.get_running_loop().time() < until:
            name = self._next(process.command)
            await process.kill()
            deep = not name.startswith(("start.", "stop.", "drain.", "script.", "connect.", "pool."))
            await process.start(f"{name}:kill@{self._dice.randint(1, 12) if deep else 1}", wait=False)
            code = await self._wait_for_death(process, name)
            (self.kills if code == -signal.SIGKILL else self.missed)[name] += 1
        await process.kill()
        await process.start()

    async def _wait_for_death(self, process: SatchelProcess, name: str) -> int | None:
        nudge = next((deed for prefix, deed in NUDGES.items() if name.startswith(prefix)), None)
        if nudge is not None:
            try:
                await process.ready()
            except NotReady:
                return await process.ended(1)
            async with self._nudging:
                await nudge(self._machine, process)
        return await process.ended(STOPPED_S if nudge is _stop else REACHED_S)

    def _next(self, command: str) -> str:
        queue = self._queues[command]
        turn = self._turn[command] % len(queue)
        if turn == 0:
            self._dice.shuffle(queue)
        self._turn[command] += 1
        return queue[turn]


def _chosen(names: tuple[str, ...], only: tuple[str, ...]) -> list[str]:
    return [name for name in names if not only or name.startswith(only)]
