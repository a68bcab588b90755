"""Faults on the way between Satchel and its servers."""

import asyncio
import random

from proof.chaos.machine import Machine
from proof.chaos.strikes.fault import Found

__all__ = ["FOUND"]

FOUND = Found("network")


@FOUND.add()
async def _redis_delay(machine: Machine, dice: random.Random) -> None:
    """Every reply of Valkey comes up to 100 ms late, for 2 s"""
    await machine.misbehave("redis", "delay")
    await asyncio.sleep(2.0 * dice.random() + 0.5)


@FOUND.add()
async def _redis_half_open(machine: Machine, dice: random.Random) -> None:
    """Nothing passes to or from Valkey for 0.5 to 6 s, and nothing is closed"""
    await machine.misbehave("redis", "half_open")
    await asyncio.sleep(dice.choice((0.5, 2.0, 6.0)))


@FOUND.add()
async def _redis_cut_after_request(machine: Machine, dice: random.Random) -> None:
    """Connections to Valkey break between request and reply, again and again for 2 s"""
    await machine.misbehave("redis", "cut_after_request")
    await asyncio.sleep(2.0 * dice.random() + 0.5)


@FOUND.add()
async def _redis_cut_in_reply(machine: Machine, dice: random.Random) -> None:
    """Connections to Valkey break in the middle of a reply, again and again for 2 s"""
    await machine.misbehave("redis", "cut_in_reply")
    await asyncio.sleep(2.0 * dice.random() + 0.5)


@FOUND.add()
async def _postgres_commit_swallowed(machine: Machine, dice: random.Random) -> None:
    """PostgreSQL commits, and the connection breaks before it can say so, for 2 s"""
    await machine.misbehave("postgres", "swallow_commit")
    await asyncio.sleep(2.0 * dice.random() + 0.5)


@FOUND.add()
async def _postgres_cut_after_request(machine: Machine, dice: random.Random) -> None:
    """Connections to PostgreSQL break between statement and reply, for 2 s"""
    proxy = await machine.misbehave("postgres", "cut_after_request")
    proxy.chance = 0.1
    await asyncio.sleep(2.0 * dice.random() + 0.5)


@FOUND.add()
async def _postgres_half_open(machine: Machine, dice: random.Random) -> None:
    """Nothing passes to or from PostgreSQL for 0.5 to 6 s, and nothing is closed"""
    await machine.misbehave("postgres", "half_open")
    await asyncio.sleep(dice.choice((0.5, 2.0, 6.0)))
