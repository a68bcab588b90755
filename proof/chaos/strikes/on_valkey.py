"""Faults that strike Valkey, and lose nothing that was acknowledged."""

import asyncio
import random

from proof.chaos.machine import Machine
from proof.chaos.strikes.fault import Found

__all__ = ["FOUND"]

FOUND = Found("valkey")


@FOUND.add()
async def _valkey_kill(machine: Machine, _dice: random.Random) -> None:
    """kill -9 of Valkey with appendfsync always, and restart"""
    machine.valkey.kill()


@FOUND.add()
async def _valkey_restart(machine: Machine, _dice: random.Random) -> None:
    """SIGTERM of Valkey, and restart"""
    machine.valkey.stop()


@FOUND.add()
async def _valkey_pause(machine: Machine, dice: random.Random) -> None:
    """SIGSTOP of Valkey for 0.3 to 6 s"""
    machine.valkey.pause()
    await asyncio.sleep(dice.choice((0.3, 1.0, 2.5, 6.0)))
    machine.valkey.resume()


@FOUND.add()
async def _valkey_slow_script(machine: Machine, dice: random.Random) -> None:
    """A script that keeps Valkey busy for 0.3 to 2 s; clients are told BUSY"""
    await machine.redis("CONFIG", "SET", "busy-reply-threshold", 50)
    seconds = dice.choice((0.3, 1.0, 2.0))
    loop = "local t=redis.call('TIME') local e=t[1]+t[2]/1e6+ARGV[1] repeat t=redis.call('TIME') until t[1]+t[2]/1e6>e"
    await machine.redis("EVAL", loop, 0, str(seconds))
    await machine.redis("CONFIG", "SET", "busy-reply-threshold", 5000)


@FOUND.add()
async def _valkey_client_pause(machine: Machine, dice: random.Random) -> None:
    """CLIENT PAUSE for 0.5 to 2 s"""
    milliseconds = dice.choice((500, 1000, 2000))
    await machine.redis("CLIENT", "PAUSE", milliseconds, dice.choice(("ALL", "WRITE")))
    await asyncio.sleep(milliseconds / 1000)


@FOUND.add()
async def _valkey_reset(machine: Machine, dice: random.Random) -> None:
    """Every connection to Valkey is reset, three times"""
    for _ in range(3):
        await machine.break_connections("redis")
        await asyncio.sleep(dice.uniform(0.05, 0.3))


@FOUND.add()
async def _valkey_out_of_memory(machine: Machine, dice: random.Random) -> None:
    """maxmemory is reached for 0.5 to 1.5 s"""
    await machine.redis("CONFIG", "SET", "maxmemory", 1_000_000)
    await asyncio.sleep(dice.uniform(0.5, 1.5))
    await machine.redis("CONFIG", "SET", "maxmemory", 0)


@FOUND.add()
async def _valkey_script_flush(machine: Machine, _dice: random.Random) -> None:
    """SCRIPT FLUSH"""
    await machine.redis("SCRIPT", "FLUSH")
