"""Whose state goes on, and who may acknowledge."""

import asyncio

from satchel.errors import Quarantined
from satchel.ids import HolderId
from tests.controls.scenarios.setups import EARN, OldAof, flush_round
from tests.integration.faults.conftest import Realm
from tests.integration.faults.rows import fetch


async def a_session_of_another_incarnation_is_attached_first(realm: Realm) -> None:
    play = await realm.play()
    other = await realm.also(play)
    old = OldAof(play)
    await play.act(EARN)
    await play.satchel.orchestrator.flush_session(HolderId(1))
    await old.keep()
    await other.act(EARN)
    await other.satchel.orchestrator.flush_session(HolderId(1))
    await old.put_back()

    # This process still has its copy of the first save, and it fits what the server came back with.
    await play.act(EARN)
    await flush_round(play, 2)

    assert (await play.session()).wallet == {"gold": 15}
    assert await fetch(realm.dsn, "SELECT count(*) FROM satchel.forked_action") == [(0,)]


async def an_attacher_delayed_past_a_new_login_acknowledges_nothing(realm: Realm) -> None:
    play = await realm.play()
    late = await realm.also(play)
    gate, opened = asyncio.Event(), asyncio.Event()
    open_epoch = late.satchel.vault.open_epoch

    async def slow(char_id: HolderId, recent_max: int, marks_max: int, *, epoch_floor: int) -> object:
        state = await open_epoch(char_id, recent_max, marks_max, epoch_floor=epoch_floor)
        late.satchel.vault.open_epoch = open_epoch  # type: ignore[method-assign]
        opened.set()
        await gate.wait()
        return state

    late.satchel.vault.open_epoch = slow  # type: ignore[method-assign,assignment]
    attaching = asyncio.create_task(late.satchel.sessions.attach(HolderId(1)))
    await opened.wait()
    await play.act(EARN)
    await play.satchel.orchestrator.close_session(HolderId(1))
    gate.set()
    await attaching

    await late.act(EARN)
    await flush_round(late, 2)

    assert (await late.session()).wallet == {"gold": 10}
    assert await fetch(realm.dsn, "SELECT count(*) FROM satchel.forked_action") == [(0,)]


async def an_overtaken_attacher_does_not_touch_the_session(realm: Realm) -> None:
    play = await realm.play()
    late = await realm.also(play)
    state = await late.satchel.vault.open_epoch(HolderId(1), 32, 256)
    await play.act(EARN)

    adopted = await late.satchel.sessions.attacher.adopt(state)

    assert not adopted
    assert await play.satchel.sessions.get_session(HolderId(1)) is not None
    assert (await play.act(EARN)).epoch == 2


async def an_unconfirmed_session_acknowledges_nothing(realm: Realm) -> None:
    play = await realm.play()
    other = await realm.also(play)
    await play.act(EARN)
    state = await play.satchel.vault.open_epoch(HolderId(1), 32, 256, epoch_floor=1)
    await play.satchel.sessions.attacher.adopt(state)

    reply = await other.act(EARN)

    assert reply.epoch == state.head.epoch + 1


async def an_attach_under_way_does_not_miss_a_quarantine(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN)
    await play.satchel.vault.quarantine(HolderId(1), "the worker died before it told the session")

    await flush_round(play, 2)

    try:
        await play.act(EARN)
    except Quarantined:
        return
    raise AssertionError("a quarantined character acts")
