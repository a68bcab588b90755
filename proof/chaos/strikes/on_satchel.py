"""Faults that strike the processes of Satchel."""

import asyncio
import random
import signal

from proof.chaos.children import SatchelProcess
from proof.chaos.machine import Machine
from proof.chaos.strikes.fault import Found

__all__ = ["FOUND"]

FOUND = Found("process")


def _one(processes: list[SatchelProcess], dice: random.Random) -> SatchelProcess:
    return dice.choice(processes)


@FOUND.add("kill -9 of an API process")
async def _api_kill(machine: Machine, dice: random.Random) -> None:
    await _one(machine.apis, dice).kill()


@FOUND.add("SIGSTOP of an API process for 0.2 to 4 s")
async def _api_pause(machine: Machine, dice: random.Random) -> None:
    process = _one(machine.apis, dice)
    process.signal(signal.SIGSTOP)
    await asyncio.sleep(dice.choice((0.2, 0.7, 1.5, 4.0)))
    process.signal(signal.SIGCONT)


@FOUND.add("SIGTERM of an API process: it drains")
async def _api_stop(machine: Machine, dice: random.Random) -> None:
    process = _one(machine.apis, dice)
    process.signal(signal.SIGTERM)
    await process.ended(12)


@FOUND.add("kill -9 of a worker")
async def _worker_kill(machine: Machine, dice: random.Random) -> None:
    await _one(machine.workers, dice).kill()


@FOUND.add("SIGSTOP of a worker for 0.2 to 4 s")
async def _worker_pause(machine: Machine, dice: random.Random) -> None:
    process = _one(machine.workers, dice)
    process.signal(signal.SIGSTOP)
    await asyncio.sleep(dice.choice((0.2, 0.7, 1.5, 4.0)))
    process.signal(signal.SIGCONT)


@FOUND.add("SIGTERM of a worker: it drains")
async def _worker_stop(machine: Machine, dice: random.Random) -> None:
    process = _one(machine.workers, dice)
    process.signal(signal.SIGTERM)
    await process.ended(12)


@FOUND.add("kill -9 of every Satchel process at once")
async def _all_kill(machine: Machine, _dice: random.Random) -> None:
    await asyncio.gather(*(process.kill() for process in machine.processes))
