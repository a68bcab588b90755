"""What a save compares, notes and refuses."""

from contextlib import suppress

from satchel.errors import IdempotencyKeyReused, Quarantined, SatchelError
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet, Drop
from satchel.inventory.item import new_item_id
from satchel.session import SessionLimits
from tests.controls.scenarios.setups import EARN, OldAof
from tests.integration.faults.conftest import Realm


async def a_key_acts_once(realm: Realm) -> None:
    play = await realm.play()
    for _ in range(3):
        await play.act(EARN, key="k")

    assert (await play.session()).wallet == {"gold": 5}


async def a_key_that_was_forgotten_acts_never_again(realm: Realm) -> None:
    play, key = await realm.play(), new_item_id(1_000, "key", 0)
    play.satchel.orchestrator.backlog.limits = SessionLimits(records_kept=1, marks_kept=2)  # type: ignore[attr-defined]
    play.satchel.dispatcher.clock = lambda: 1_000
    for number in range(4):
        await play.act(EARN, key=key if not number else None)
    await play.satchel.orchestrator.flush_session(HolderId(1))

    with suppress(SatchelError):
        await play.act(EARN, key=key)

    assert (await play.session()).wallet == {"gold": 20}


async def a_key_with_another_body_is_refused(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN, key="k")

    try:
        await play.act(AdjustWallet(resource="gold", amount=7), key="k")
    except IdempotencyKeyReused:
        return
    raise AssertionError("another body was answered with the stored answer")


async def a_dirty_session_never_expires(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN)
    keys = play.satchel.sessions.keys.of(1)

    ttls = [await play.satchel.redis.execute("PTTL", key) for key in (keys.session, keys.journal, keys.marks)]

    assert ttls == [-1, -1, -1]


async def a_stale_copy_overwrites_nothing(realm: Realm) -> None:
    play = await realm.play()
    other = await realm.also(play)
    await play.act(EARN)
    await other.session()
    await play.act(EARN)

    await other.act(EARN)

    assert (await other.session()).wallet == {"gold": 15}


async def an_equal_version_of_another_epoch_is_no_match(realm: Realm) -> None:
    play = await realm.play()
    other = await realm.also(play)
    await play.act(EARN)
    await other.satchel.sessions.attach(HolderId(1))

    reply = await play.act(EARN)

    assert reply.epoch == 2


async def an_equal_version_of_another_history_is_no_match(realm: Realm) -> None:
    play = await realm.play()
    other = await realm.also(play)
    old = OldAof(play)
    await play.session()
    await old.keep()
    await play.act(EARN)
    await old.put_back(run_id=(await play.satchel.redis.nodes()[0].link()).run_id)
    await other.act(AdjustWallet(resource="timber", amount=7))

    await play.act(EARN)

    # Decided on the present history: the timber is there, and the first five gold are not.
    assert (await play.session()).wallet == {"gold": 5, "timber": 7}


async def a_refusal_is_decided_on_the_present_state(realm: Realm) -> None:
    play = await realm.play()
    other = await realm.also(play)
    await other.session()
    potion = await play.grant("healing_potion", 1)

    reply = await other.act(Drop(item_id=potion))

    assert reply.version == 2


async def a_quarantined_character_does_not_act(realm: Realm) -> None:
    play = await realm.play()
    await play.session()
    await play.satchel.sessions.quarantine(HolderId(1), "looked at")

    try:
        await play.act(EARN)
    except Quarantined:
        return
    raise AssertionError("a quarantined character acts")
