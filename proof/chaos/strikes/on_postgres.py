"""Faults that strike PostgreSQL."""

import asyncio
import random

from proof.chaos.machine import Machine
from proof.chaos.strikes.fault import Found

__all__ = ["FOUND"]

FOUND = Found("postgres")


@FOUND.add()
async def _postgres_kill(machine: Machine, _dice: random.Random) -> None:
    """kill -9 of PostgreSQL with its backends, and recovery"""
    machine.postgres.kill()


@FOUND.add()
async def _postgres_restart(machine: Machine, _dice: random.Random) -> None:
    """Fast stop of PostgreSQL, and restart"""
    machine.postgres.stop()


@FOUND.add()
async def _postgres_pause(machine: Machine, dice: random.Random) -> None:
    """SIGSTOP of PostgreSQL with its backends for 0.3 to 6 s"""
    machine.postgres.pause()
    await asyncio.sleep(dice.choice((0.3, 1.0, 2.5, 6.0)))
    machine.postgres.resume()


@FOUND.add()
async def _postgres_read_only(machine: Machine, dice: random.Random) -> None:
    """PostgreSQL takes no writes for 0.5 to 3 s"""
    await machine.sql("ALTER SYSTEM SET default_transaction_read_only = on")
    await machine.sql("SELECT pg_reload_conf()")
    await asyncio.sleep(dice.uniform(0.5, 3))
    await machine.write_sql("ALTER SYSTEM RESET default_transaction_read_only")
    await machine.sql("SELECT pg_reload_conf()")


@FOUND.add()
async def _postgres_reset(machine: Machine, dice: random.Random) -> None:
    """Every connection to PostgreSQL is ended, three times"""
    for _ in range(3):
        await machine.break_connections("postgres")
        await asyncio.sleep(dice.uniform(0.05, 0.4))


@FOUND.add()
async def _postgres_locked(machine: Machine, dice: random.Random) -> None:
    """Every row is locked by somebody else for 0.5 to 2 s"""
    await machine.lock_inventories(dice.uniform(0.5, 2.0))
