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


@FOUND.add()
async def _api_kill(machine: Machine, dice: random.Random) -> None:
    """kill -9 of an API process"""
    await _one(machine.apis, dice).kill()


@FOUND.add()
async def _api_pause(machine: Machine, dice: random.Random) -> None:
    """SIGSTOP of an API process for 0.2 to 4 s"""
    process = _one(machine.apis, dice)
    process.signal(signal.SIGSTOP)
    await asyncio.sleep(dice.choice((0.2, 0.7, 1.5, 4.0)))
    process.signal(signal.SIGCONT)


@FOUND.add()
async def _api_stop(machine: Machine, dice: random.Random) -> None:
    """SIGTERM of an API process: it drains"""
    process = _one(machine.apis, dice)
    process.signal(signal.SIGTERM)
    await process.ended(12)


@FOUND.add()
async def _worker_kill(machine: Machine, dice: random.Random) -> None:
    """kill -9 of a worker"""
    await _one(machine.workers, dice).kill()


@FOUND.add()
async def _worker_pause(machine: Machine, dice: random.Random) -> None:
    """SIGSTOP of a worker for 0.2 to 4 s"""
    process = _one(machine.workers, dice)
    process.signal(signal.SIGSTOP)
    await asyncio.sleep(dice.choice((0.2, 0.7, 1.5, 4.0)))
    process.signal(signal.SIGCONT)


@FOUND.add()
async def _worker_stop(machine: Machine, dice: random.Random) -> None:
    """SIGTERM of a worker: it drains"""
    process = _one(machine.workers, dice)
    process.signal(signal.SIGTERM)
    await process.ended(12)


@FOUND.add()
async def _all_kill(machine: Machine, _dice: random.Random) -> None:
    """kill -9 of every Satchel process at once"""
    await asyncio.gather(*(process.kill() for process in machine.processes))
