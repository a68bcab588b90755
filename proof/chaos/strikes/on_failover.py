"""Faults of Valkey that may lose what was acknowledged and not yet flushed."""

import asyncio
import random
import shutil

from proof.chaos.machine import Machine
from proof.chaos.strikes.fault import Found
from proof.chaos.surroundings import give_to_servers

__all__ = ["FOUND"]

FOUND = Found("failover")


@FOUND.add(may_lose=True)
async def _valkey_everysec_kill(machine: Machine, dice: random.Random) -> None:
    """kill -9 of Valkey with appendfsync everysec"""
    await machine.redis("CONFIG", "SET", "appendfsync", "everysec")
    await asyncio.sleep(dice.uniform(0.5, 1.5))
    machine.valkey.kill()


@FOUND.add(may_lose=True)
async def _valkey_older_copy(machine: Machine, dice: random.Random) -> None:
    """Restart of Valkey from a copy of its AOF that is 0.3 to 2 s old"""
    home = machine.valkey.data_directory
    copy = machine.directory / "older"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(home / "appendonlydir", copy)
    await asyncio.sleep(dice.uniform(0.3, 2.0))
    machine.valkey.kill()
    shutil.rmtree(home / "appendonlydir")
    shutil.move(copy, home / "appendonlydir")
    give_to_servers(home / "appendonlydir")


@FOUND.add(may_lose=True)
async def _valkey_empty(machine: Machine, _dice: random.Random) -> None:
    """Restart of Valkey without its data"""
    machine.valkey.kill()
    shutil.rmtree(machine.valkey.data_directory / "appendonlydir", ignore_errors=True)


@FOUND.add(may_lose=True)
async def _valkey_flushall(machine: Machine, _dice: random.Random) -> None:
    """FLUSHALL"""
    await machine.redis("FLUSHALL")


@FOUND.add(may_lose=True)
async def _promotion(machine: Machine, dice: random.Random) -> None:
    """Promotion of a replica that lags by 0.2 to 1.5 s; the old primary is gone"""
    await _lag(machine, dice)
    machine.valkey.kill()
    old = await machine.promote()
    machine.discard(old)


@FOUND.add(may_lose=True, two_primaries=True)
async def _promotion_beside_the_old(machine: Machine, dice: random.Random) -> None:
    """Promotion of a lagging replica, while one API process goes on with the old primary for 0.3 to 1.2 s"""
    await _lag(machine, dice)
    old = await machine.promote()
    moved = [*machine.apis[1:], *machine.workers]
    await asyncio.gather(*(process.kill() for process in moved))
    await asyncio.gather(*(process.start() for process in moved))
    await asyncio.sleep(dice.uniform(0.3, 1.2))
    machine.discard(old)


async def _lag(machine: Machine, dice: random.Random) -> None:
    replica = await machine.add_replica()
    # It leaves its primary, keeps what it has, and takes no writes: that is a replica that lags.
    await machine.redis("REPLICAOF", "127.0.0.1", 1, server=replica)
    await asyncio.sleep(dice.uniform(0.2, 1.5))
