"""Several processes, or many callers, on one character."""

import asyncio

from satchel.errors import RateLimited, SatchelError
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet, Drop
from satchel.inventory.reads.reply import ActionReply
from satchel.turns import WAITING_MAX
from tests.builders import Play
from tests.integration.faults.conftest import Realm
from tests.integration.faults.rows import fetch

CALLS = 30


async def _earn(play: Play, times: int) -> list[ActionReply]:
    return [await play.act(AdjustWallet(resource="gold", amount=1)) for _ in range(times)]


async def test_two_processes_racing_on_one_character_lose_no_action(realm: Realm) -> None:
    one = await realm.play()
    other = await realm.also(one)

    found = await asyncio.gather(_earn(one, CALLS), _earn(other, CALLS))

    replies = [reply for part in found for reply in part]
    assert sorted(reply.version for reply in replies) == list(range(1, 2 * CALLS + 1))
    assert (await one.session()).wallet == {"gold": 2 * CALLS}
    await one.satchel.orchestrator.flush_session(HolderId(1))
    assert await fetch(realm.dsn, "SELECT amount FROM satchel.balance") == [(2 * CALLS,)]
    assert await fetch(realm.dsn, "SELECT count(*), min(version), max(version) FROM satchel.ledger") == [
        (2 * CALLS, 1, 2 * CALLS)
    ]


async def test_two_processes_racing_for_one_item_drop_it_once(realm: Realm) -> None:
    one = await realm.play()
    other = await realm.also(one)
    potion = await one.grant("healing_potion", 1)
    await other.session()

    found = await asyncio.gather(*(play.act(Drop(item_id=potion)) for play in (one, other)), return_exceptions=True)

    assert sorted(type(outcome).__name__ for outcome in found) == ["ActionReply", "ItemNotFound"]


async def test_two_processes_open_one_cold_session_and_both_act_on_it(realm: Realm) -> None:
    one = await realm.play()
    other = await realm.also(one)

    sessions = await asyncio.gather(*(play.session() for play in (one, other) * 10))

    assert len({(session.epoch, session.h) for session in sessions}) == 1
    await asyncio.gather(_earn(one, 3), _earn(other, 3))
    assert (await one.session()).wallet == {"gold": 6}


async def test_fifty_tasks_on_one_key_act_once(realm: Realm) -> None:
    one = await realm.play()
    other = await realm.also(one)

    replies = await asyncio.gather(
        *(play.act(AdjustWallet(resource="gold", amount=5), key="tap") for play in (one, other) * 25)
    )

    assert sum(not reply.replayed for reply in replies) == 1
    assert {(reply.version, reply.h) for reply in replies} == {(replies[0].version, replies[0].h)}
    assert (await one.session()).wallet == {"gold": 5}


async def test_a_double_tap_with_two_keys_is_two_intents_one_decided_on_the_other(realm: Realm) -> None:
    one = await realm.play()
    potion = await one.grant("healing_potion", 1)

    found = await asyncio.gather(
        *(one.act(Drop(item_id=potion), key=key) for key in ("first", "second")), return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in found) == ["ActionReply", "ItemNotFound"]


async def test_a_hot_character_is_rate_limited_and_others_are_not_harmed(realm: Realm) -> None:
    hot = await realm.play(1)
    calm = await Play.begin(hot.satchel, hot.clock, HolderId(2))
    await hot.session()

    calls = [asyncio.create_task(_one(hot)) for _ in range(WAITING_MAX + 20)]
    reply = await calm.act(AdjustWallet(resource="gold", amount=1))
    outcomes = await asyncio.gather(*calls)

    refused = [outcome for outcome in outcomes if isinstance(outcome, RateLimited)]
    assert reply.version == 1
    assert len(refused) == 19  # one acts, WAITING_MAX wait
    assert all(error.data == {"char_id": 1, "limit": WAITING_MAX} for error in refused)
    assert (await hot.session()).wallet == {"gold": WAITING_MAX + 1}


async def _one(play: Play) -> ActionReply | SatchelError:
    try:
        return await play.act(AdjustWallet(resource="gold", amount=1))
    except SatchelError as error:
        return error


async def test_a_cancelled_caller_gives_its_turn_to_the_next(realm: Realm) -> None:
    play = await realm.play()
    await play.session()
    calls = [asyncio.create_task(_one(play)) for _ in range(10)]
    await asyncio.sleep(0)

    for call in calls[1::2]:
        call.cancel()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)

    assert [isinstance(outcome, ActionReply) for outcome in outcomes] == [True, False] * 5
    assert (await play.session()).wallet == {"gold": 5}
    assert not play.satchel.orchestrator.turns.taken(HolderId(1))
