"""Idempotency keys: the stored answer again, whatever happened in between; and never a second execution."""

import pytest

from satchel.clock import clock_ms
from satchel.embedded import ValkeyServer
from satchel.errors import IdempotencyKeyExpired, IdempotencyKeyReused, SessionUnavailable
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet, Drop
from satchel.inventory.item import new_item_id
from satchel.session import SessionLimits
from tests.builders import Play
from tests.integration.faults.conftest import Realm
from tests.integration.faults.rows import fetch

EARN = AdjustWallet(resource="gold", amount=5)
LIMITS = SessionLimits()


def _key(made_ms: int) -> str:
    return new_item_id(made_ms, "key", 0)


async def _act_often(play: Play, times: int) -> None:
    for _ in range(times):
        await play.act(AdjustWallet(resource="timber", amount=1))


async def test_a_key_gives_its_stored_answer_even_if_the_action_would_be_refused_now(realm: Realm) -> None:
    play = await realm.play()
    potion = await play.grant("healing_potion", 1)
    first = await play.act(Drop(item_id=potion), key="k")

    again = await play.act(Drop(item_id=potion), key="k")

    assert again.replayed
    assert (again.version, again.h, again.changes) == (first.version, first.h, first.changes)


async def test_the_same_key_with_another_body_is_refused_and_nothing_happens(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN, key="k")

    with pytest.raises(IdempotencyKeyReused):
        await play.act(AdjustWallet(resource="gold", amount=6), key="k")
    assert (await play.session()).version == 1


async def test_a_key_is_known_after_the_session_was_closed_and_loaded_cold(realm: Realm) -> None:
    play = await realm.play()
    first = await play.act(EARN, key="k")
    await play.satchel.orchestrator.close_session(HolderId(1))

    again = await play.act(EARN, key="k")

    assert again.replayed
    assert (again.version, again.h) == (first.version, first.h)
    assert (await play.session()).wallet == {"gold": 5}


@pytest.mark.parametrize("flushed", [True, False])
async def test_a_key_is_known_after_redis_was_killed_and_came_back(
    redis_realm: Realm, valkey: ValkeyServer, flushed: bool
) -> None:
    play = await redis_realm.play()
    first = await play.act(EARN, key="k")
    if flushed:
        await play.satchel.orchestrator.flush_session(HolderId(1))
    valkey.kill()
    with pytest.raises(SessionUnavailable):
        await play.act(EARN, key="k")
    valkey.start()

    again = await play.act(EARN, key="k")

    assert again.replayed
    assert (again.version, again.h) == (first.version, first.h)


async def test_a_key_is_known_after_redis_lost_everything_that_was_flushed(redis_realm: Realm) -> None:
    play = await redis_realm.play()
    await play.act(EARN, key="k")
    await play.satchel.orchestrator.flush_session(HolderId(1))
    await play.satchel.redis.execute("FLUSHALL")

    again = await play.act(EARN, key="k")

    assert again.replayed
    assert (await play.session()).wallet == {"gold": 5}


async def test_a_key_whose_answer_is_gone_is_410_and_never_executed_again(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN, key="k")
    await _act_often(play, LIMITS.records_kept)
    await play.satchel.orchestrator.flush_session(HolderId(1))

    with pytest.raises(IdempotencyKeyExpired):
        await play.act(EARN, key="k")
    assert (await play.session()).wallet["gold"] == 5


@pytest.mark.parametrize("key", ["not a uuid", _key(clock_ms() - 60_000)], ids=["plain", "uuid7"])
@pytest.mark.parametrize("cold", [False, True], ids=["hot", "cold"])
async def test_a_key_that_the_session_forgot_is_looked_up_in_the_ledger_and_410(
    realm: Realm, key: str, cold: bool
) -> None:
    play = await realm.play()
    await play.act(EARN, key=key)
    await _act_often(play, LIMITS.marks_kept)
    await play.satchel.orchestrator.flush_session(HolderId(1))
    if cold:
        await play.satchel.orchestrator.close_session(HolderId(1))

    with pytest.raises(IdempotencyKeyExpired):
        await play.act(EARN, key=key)
    assert (await play.session()).wallet["gold"] == 5
    assert not (await play.act(EARN, key="never used")).replayed
    assert not (await play.act(EARN, key=_key(clock_ms() + 1_000))).replayed
    await play.satchel.orchestrator.flush_session(HolderId(1))
    assert await fetch(realm.dsn, "SELECT amount FROM satchel.balance WHERE resource = 'gold'") == [(15,)]


async def test_an_old_uuid7_is_410_without_a_look(realm: Realm) -> None:
    play = await realm.play()

    with pytest.raises(IdempotencyKeyExpired):
        await play.act(EARN, key=_key(clock_ms() - 25 * 3_600_000))
