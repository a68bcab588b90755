"""The faults: each strikes, holds for a while, and lets go. The machine is healed after each of them."""

import asyncio
import random
import shutil
import signal
from collections.abc import Awaitable, Callable
from types import MappingProxyType
from typing import Literal

import msgspec

from proof.chaos.children import SatchelProcess
from proof.chaos.machine import Machine

__all__ = ["FAULTS", "Fault"]

Group = Literal["process", "valkey", "failover", "postgres", "network"]
Strike = Callable[[Machine, random.Random], Awaitable[None]]


class Fault(msgspec.Struct, frozen=True):
    """One fault.

    `may_lose`: acknowledged actions of level `session` may be lost by it, and are counted apart. `two_primaries`: for a
    while reads may come from a primary that was replaced; nobody can tell without asking a majority, so old ones are
    counted apart.
    """

    name: str
    group: Group
    strike: Strike
    text: str
    may_lose: bool = False
    two_primaries: bool = False


_found: dict[str, Fault] = {}


def _fault(group: Group, *, may_lose: bool = False, two_primaries: bool = False) -> Callable[[Strike], Strike]:
    def note(strike: Strike) -> Strike:
        name = strike.__name__.strip("_").replace("_", "-")
        _found[name] = Fault(name, group, strike, (strike.__doc__ or "").strip(), may_lose, two_primaries)
        return strike

    return note


# -- processes ---------------------------------------------------------------------------------------------------------


def _one(processes: list[SatchelProcess], dice: random.Random) -> SatchelProcess:
    return dice.choice(processes)


@_fault("process")
async def _api_kill(machine: Machine, dice: random.Random) -> None:
    """kill -9 of an API process"""
    await _one(machine.apis, dice).kill()


@_fault("process")
async def _api_pause(machine: Machine, dice: random.Random) -> None:
    """SIGSTOP of an API process for 0.2 to 4 s"""
    process = _one(machine.apis, dice)
    process.signal(signal.SIGSTOP)
    await asyncio.sleep(dice.choice((0.2, 0.7, 1.5, 4.0)))
    process.signal(signal.SIGCONT)


@_fault("process")
async def _api_stop(machine: Machine, dice: random.Random) -> None:
    """SIGTERM of an API process: it drains"""
    process = _one(machine.apis, dice)
    process.signal(signal.SIGTERM)
    await process.ended(12)


@_fault("process")
async def _worker_kill(machine: Machine, dice: random.Random) -> None:
    """kill -9 of a worker"""
    await _one(machine.workers, dice).kill()


@_fault("process")
async def _worker_pause(machine: Machine, dice: random.Random) -> None:
    """SIGSTOP of a worker for 0.2 to 4 s"""
    process = _one(machine.workers, dice)
    process.signal(signal.SIGSTOP)
    await asyncio.sleep(dice.choice((0.2, 0.7, 1.5, 4.0)))
    process.signal(signal.SIGCONT)


@_fault("process")
async def _worker_stop(machine: Machine, dice: random.Random) -> None:
    """SIGTERM of a worker: it drains"""
    process = _one(machine.workers, dice)
    process.signal(signal.SIGTERM)
    await process.ended(12)


@_fault("process")
async def _all_kill(machine: Machine, _dice: random.Random) -> None:
    """kill -9 of every Satchel process at once"""
    await asyncio.gather(*(process.kill() for process in machine.processes))


# -- Valkey ------------------------------------------------------------------------------------------------------------


@_fault("valkey")
async def _valkey_kill(machine: Machine, _dice: random.Random) -> None:
    """kill -9 of Valkey with appendfsync always, and restart"""
    machine.valkey.kill()


@_fault("valkey")
async def _valkey_restart(machine: Machine, _dice: random.Random) -> None:
    """SIGTERM of Valkey, and restart"""
    machine.valkey.stop()


@_fault("valkey")
async def _valkey_pause(machine: Machine, dice: random.Random) -> None:
    """SIGSTOP of Valkey for 0.3 to 6 s"""
    machine.valkey.pause()
    await asyncio.sleep(dice.choice((0.3, 1.0, 2.5, 6.0)))
    machine.valkey.resume()


@_fault("valkey")
async def _valkey_slow_script(machine: Machine, dice: random.Random) -> None:
    """A script that keeps Valkey busy for 0.3 to 2 s; clients are told BUSY"""
    await machine.redis("CONFIG", "SET", "busy-reply-threshold", 50)
    seconds = dice.choice((0.3, 1.0, 2.0))
    loop = "local t=redis.call('TIME') local e=t[1]+t[2]/1e6+ARGV[1] repeat t=redis.call('TIME') until t[1]+t[2]/1e6>e"
    await machine.redis("EVAL", loop, 0, str(seconds))
    await machine.redis("CONFIG", "SET", "busy-reply-threshold", 5000)


@_fault("valkey")
async def _valkey_client_pause(machine: Machine, dice: random.Random) -> None:
    """CLIENT PAUSE for 0.5 to 2 s"""
    milliseconds = dice.choice((500, 1000, 2000))
    await machine.redis("CLIENT", "PAUSE", milliseconds, dice.choice(("ALL", "WRITE")))
    await asyncio.sleep(milliseconds / 1000)


@_fault("valkey")
async def _valkey_reset(machine: Machine, dice: random.Random) -> None:
    """Every connection to Valkey is reset, three times"""
    for _ in range(3):
        await machine.break_connections("redis")
        await asyncio.sleep(dice.uniform(0.05, 0.3))


@_fault("valkey")
async def _valkey_out_of_memory(machine: Machine, dice: random.Random) -> None:
    """maxmemory is reached for 0.5 to 1.5 s"""
    await machine.redis("CONFIG", "SET", "maxmemory", 1_000_000)
    await asyncio.sleep(dice.uniform(0.5, 1.5))
    await machine.redis("CONFIG", "SET", "maxmemory", 0)


@_fault("valkey")
async def _valkey_script_flush(machine: Machine, _dice: random.Random) -> None:
    """SCRIPT FLUSH"""
    await machine.redis("SCRIPT", "FLUSH")


# -- failovers, and what may lose --------------------------------------------------------------------------------------


@_fault("failover", may_lose=True)
async def _valkey_everysec_kill(machine: Machine, dice: random.Random) -> None:
    """kill -9 of Valkey with appendfsync everysec"""
    await machine.redis("CONFIG", "SET", "appendfsync", "everysec")
    await asyncio.sleep(dice.uniform(0.5, 1.5))
    machine.valkey.kill()


@_fault("failover", may_lose=True)
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
    machine.give_to_servers(home / "appendonlydir")


@_fault("failover", may_lose=True)
async def _valkey_empty(machine: Machine, _dice: random.Random) -> None:
    """Restart of Valkey without its data"""
    machine.valkey.kill()
    shutil.rmtree(machine.valkey.data_directory / "appendonlydir", ignore_errors=True)


@_fault("failover", may_lose=True)
async def _valkey_flushall(machine: Machine, _dice: random.Random) -> None:
    """FLUSHALL"""
    await machine.redis("FLUSHALL")


@_fault("failover", may_lose=True)
async def _promotion(machine: Machine, dice: random.Random) -> None:
    """Promotion of a replica that lags by 0.2 to 1.5 s; the old primary is gone"""
    await _lag(machine, dice)
    machine.valkey.kill()
    old = await machine.promote()
    machine.discard(old)


@_fault("failover", may_lose=True, two_primaries=True)
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


# -- PostgreSQL --------------------------------------------------------------------------------------------------------


@_fault("postgres")
async def _postgres_kill(machine: Machine, _dice: random.Random) -> None:
    """kill -9 of PostgreSQL with its backends, and recovery"""
    machine.postgres.kill()


@_fault("postgres")
async def _postgres_restart(machine: Machine, _dice: random.Random) -> None:
    """Fast stop of PostgreSQL, and restart"""
    machine.postgres.stop()


@_fault("postgres")
async def _postgres_pause(machine: Machine, dice: random.Random) -> None:
    """SIGSTOP of PostgreSQL with its backends for 0.3 to 6 s"""
    machine.postgres.pause()
    await asyncio.sleep(dice.choice((0.3, 1.0, 2.5, 6.0)))
    machine.postgres.resume()


@_fault("postgres")
async def _postgres_read_only(machine: Machine, dice: random.Random) -> None:
    """PostgreSQL takes no writes for 0.5 to 3 s"""
    await machine.sql("ALTER SYSTEM SET default_transaction_read_only = on")
    await machine.sql("SELECT pg_reload_conf()")
    await asyncio.sleep(dice.uniform(0.5, 3))
    await machine.write_sql("ALTER SYSTEM RESET default_transaction_read_only")
    await machine.sql("SELECT pg_reload_conf()")


@_fault("postgres")
async def _postgres_reset(machine: Machine, dice: random.Random) -> None:
    """Every connection to PostgreSQL is ended, three times"""
    for _ in range(3):
        await machine.break_connections("postgres")
        await asyncio.sleep(dice.uniform(0.05, 0.4))


@_fault("postgres")
async def _postgres_locked(machine: Machine, dice: random.Random) -> None:
    """Every row is locked by somebody else for 0.5 to 2 s"""
    await machine.lock_inventories(dice.uniform(0.5, 2.0))


# -- the network -------------------------------------------------------------------------------------------------------


@_fault("network")
async def _redis_delay(machine: Machine, dice: random.Random) -> None:
    """Every reply of Valkey comes up to 100 ms late, for 2 s"""
    await machine.misbehave("redis", "delay")
    await asyncio.sleep(2.0 * dice.random() + 0.5)


@_fault("network")
async def _redis_half_open(machine: Machine, dice: random.Random) -> None:
    """Nothing passes to or from Valkey for 0.5 to 6 s, and nothing is closed"""
    await machine.misbehave("redis", "half_open")
    await asyncio.sleep(dice.choice((0.5, 2.0, 6.0)))


@_fault("network")
async def _redis_cut_after_request(machine: Machine, dice: random.Random) -> None:
    """Connections to Valkey break between request and reply, again and again for 2 s"""
    await machine.misbehave("redis", "cut_after_request")
    await asyncio.sleep(2.0 * dice.random() + 0.5)


@_fault("network")
async def _redis_cut_in_reply(machine: Machine, dice: random.Random) -> None:
    """Connections to Valkey break in the middle of a reply, again and again for 2 s"""
    await machine.misbehave("redis", "cut_in_reply")
    await asyncio.sleep(2.0 * dice.random() + 0.5)


@_fault("network")
async def _postgres_commit_swallowed(machine: Machine, dice: random.Random) -> None:
    """PostgreSQL commits, and the connection breaks before it can say so, for 2 s"""
    await machine.misbehave("postgres", "swallow_commit")
    await asyncio.sleep(2.0 * dice.random() + 0.5)


@_fault("network")
async def _postgres_cut_after_request(machine: Machine, dice: random.Random) -> None:
    """Connections to PostgreSQL break between statement and reply, for 2 s"""
    proxy = await machine.misbehave("postgres", "cut_after_request")
    proxy.chance = 0.1
    await asyncio.sleep(2.0 * dice.random() + 0.5)


@_fault("network")
async def _postgres_half_open(machine: Machine, dice: random.Random) -> None:
    """Nothing passes to or from PostgreSQL for 0.5 to 6 s, and nothing is closed"""
    await machine.misbehave("postgres", "half_open")
    await asyncio.sleep(dice.choice((0.5, 2.0, 6.0)))


FAULTS = MappingProxyType(dict(_found))
"""Every fault by its name."""
