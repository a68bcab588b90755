"""What operators, clocks and releases do to a running game."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from satchel.clock import clock_ms
from satchel.errors import SessionUnavailable, StartRefused
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet, Grant
from satchel.inventory.request import ActionRequest
from satchel.runtime.wiring import wire
from satchel.vault.postgres import PASSING_ERRORS
from tests.builders import SERVICE, Play
from tests.integration.faults.conftest import Realm

EARN = AdjustWallet(resource="gold", amount=1)
HOUR_MS = int(timedelta(hours=1).total_seconds() * 1000)


async def test_start_is_refused_where_another_release_packs_sessions_otherwise(realm: Realm) -> None:
    satchel = await realm.process()
    await satchel.redis.execute("HSET", satchel.sessions.keys.deployment, "format", "2")

    with pytest.raises(StartRefused, match="was made with format 2, not 1: another release packs sessions otherwise"):
        await realm.process()


async def test_a_script_that_keeps_redis_busy_is_waited_out_with_the_same_key(realm: Realm) -> None:
    play, other = await realm.play(), await realm.process()
    await play.act(EARN)
    await other.redis.execute("CONFIG", "SET", "busy-reply-threshold", 20)
    loop = "local t=redis.call('TIME') local e=t[1]+t[2]/1e6+0.5 repeat t=redis.call('TIME') until t[1]+t[2]/1e6>e"
    busy = asyncio.create_task(other.redis.execute("EVAL", loop, 0))
    told_to_come_back = 0
    while not busy.done():
        try:
            await play.act(EARN, key="patient")
        except SessionUnavailable:
            told_to_come_back += 1
        await asyncio.wait((busy,), timeout=0.02)
    await busy
    reply = await play.act(EARN, key="patient")

    assert told_to_come_back
    assert (reply.version, (await play.session()).wallet) == (2, {"gold": 2})


async def test_clocks_that_step_lose_and_double_nothing(play: Play) -> None:
    satchel = play.satchel
    offset_ms = 0

    def stepping_clock() -> int:
        return clock_ms() + offset_ms

    sessions = satchel.sessions
    engine = wire(
        satchel.redis,
        satchel.vault,
        satchel.catalogue,
        clock=stepping_clock,
        keys=sessions.keys,
        session_limits=sessions.limits,
        metrics=satchel.metrics,
    )
    items = set()
    for number, step_ms in enumerate((0, HOUR_MS, -HOUR_MS, 24 * HOUR_MS, -24 * HOUR_MS, 0)):
        offset_ms = step_ms
        request = ActionRequest(char_id=1, operations=(Grant(definition="iron_sword"), EARN))
        reply = await engine.dispatcher.dispatch(request, SERVICE, f"key {number}")
        items |= {change.item for change in reply.changes}
        again = await engine.dispatcher.dispatch(request, SERVICE, f"key {number}")
        assert (again.replayed, again.version) == (True, reply.version)
        if number % 2:
            await engine.orchestrator.flush_session(HolderId(1))
    offset_ms = 0
    await satchel.worker.drain(20)

    state = await satchel.vault.read_state(HolderId(1))
    assert (state.head.version, state.wallet, {item.id for item in state.items}) == (6, {"gold": 6}, items)
    assert len(items) == 6


def test_a_full_disk_is_an_outage_of_the_vault_and_never_poison() -> None:
    for error in (asyncpg.DiskFullError, asyncpg.ReadOnlySQLTransactionError, asyncpg.TooManyConnectionsError):
        assert issubclass(error, PASSING_ERRORS)
