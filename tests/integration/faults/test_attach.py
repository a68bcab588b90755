"""Attach under faults: who dies between its steps, who is delayed, and whose history goes on."""

import asyncio

import pytest

from satchel.errors import CharacterNotFound
from satchel.failpoints import FailpointReached, intercept
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet
from satchel.ports import VaultState
from tests.builders import Play
from tests.integration.faults.conftest import Realm
from tests.integration.faults.flushing import SOON_MS, copies_equal, failing_at, is_clean
from tests.integration.faults.rows import fetch

EARN = AdjustWallet(resource="gold", amount=5)

ATTACH_STEPS = (
    "attach.after_lock",
    "attach.after_floor",
    "epoch.after_raise",
    "epoch.before_commit",
    "attach.after_open_epoch",
    "attach.after_adopt",
    "attach.after_reread",
    "attach.after_confirm",
    "attach.before_unlock",
)


@pytest.mark.parametrize("step", ATTACH_STEPS)
async def test_an_attacher_that_dies_at_a_step_leaves_a_session_that_the_next_attaches_whole(
    realm: Realm, step: str
) -> None:
    play = await realm.play()
    other = await realm.also(play)
    await play.act(EARN)
    await play.satchel.orchestrator.close_session(HolderId(1))

    with failing_at(step) as reached, pytest.raises(FailpointReached):
        await play.session()
    reply = await other.act(EARN)

    assert reached == [step]
    assert reply.version == 2
    assert (await play.session()).wallet == {"gold": 10}
    await play.satchel.worker.flush_due(SOON_MS)
    await copies_equal(play)


@pytest.mark.parametrize("step", ["attach.after_open_epoch", "attach.after_adopt", "attach.after_reread"])
async def test_a_dirty_session_whose_new_attacher_dies_at_a_step_loses_nothing(realm: Realm, step: str) -> None:
    play = await realm.play()
    other = await realm.also(play)
    await play.act(EARN)

    with failing_at(step), pytest.raises(FailpointReached):
        await play.satchel.sessions.attach(HolderId(1))
    reply = await other.act(EARN)

    assert reply.version == 2
    await other.satchel.worker.flush_all(SOON_MS)
    await other.satchel.worker.flush_due(SOON_MS)
    assert await is_clean(other.satchel)
    await copies_equal(other)


async def test_an_attacher_that_died_with_the_lock_is_outlasted(realm: Realm) -> None:
    play = await realm.play()
    keys = play.satchel.sessions.keys.of(1)
    await play.satchel.redis.execute("SET", keys.lock, "a process that died", "PX", 2_000)

    reply = await play.act(EARN)

    assert reply.version == 1


class Delayed:
    """An attach that stands still after its first step, until it is told to go on."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.state: VaultState | None = None

    async def begin(self) -> None:
        self.state = await self.play.satchel.vault.open_epoch(HolderId(1), 32, 256)

    async def go_on(self) -> bool:
        """Take the rest of the steps as `attach` does; whether it came to an end."""
        assert self.state is not None
        satchel = self.play.satchel
        if not await satchel.sessions.attacher.adopt(self.state):
            return False
        return await satchel.vault.read_epoch(HolderId(1)) == self.state.head.epoch


async def test_an_attacher_that_is_overtaken_by_another_gives_way(realm: Realm) -> None:
    play = await realm.play()
    late = Delayed(await realm.also(play))
    await late.begin()

    await play.act(EARN)

    assert not await late.go_on()
    assert (await play.act(EARN)).version == 2
    await play.satchel.worker.flush_due(SOON_MS)
    await copies_equal(play)


async def test_an_attacher_delayed_past_an_eviction_and_a_new_login_confirms_nothing(realm: Realm) -> None:
    play = await realm.play()
    late = Delayed(await realm.also(play))
    await late.begin()
    await play.act(EARN)
    await play.satchel.orchestrator.close_session(HolderId(1))

    # The session is gone, so that the old state is laid down; but it is never confirmed.
    assert not await late.go_on()

    assert await play.satchel.sessions.get_session(HolderId(1)) is None
    reply = await play.act(EARN)
    assert reply.version == 2
    assert (await play.session()).wallet == {"gold": 10}
    await play.satchel.worker.flush_due(SOON_MS)
    await copies_equal(play)


async def test_many_processes_that_attach_over_and_over_lose_nothing(realm: Realm) -> None:
    play = await realm.play()
    plays = [play, await realm.also(play), await realm.also(play)]

    async def busy(one: Play) -> None:
        for _ in range(8):
            await one.act(EARN)
            await one.satchel.sessions.attach(HolderId(1))

    await asyncio.gather(*(busy(one) for one in plays))
    await play.satchel.orchestrator.flush_session(HolderId(1))

    assert (await play.session()).wallet == {"gold": 5 * 24}
    assert await fetch(realm.dsn, "SELECT count(*) FROM satchel.forked_action") == [(0,)]
    await copies_equal(play)


async def test_a_stampede_on_a_cold_session_opens_one_epoch(realm: Realm) -> None:
    play = await realm.play()
    opened: list[str] = []

    with intercept(lambda name: opened.append(name) if name == "attach.after_open_epoch" else None):
        await asyncio.gather(*(play.session() for _ in range(50)))

    assert len(opened) == 1


async def test_a_character_that_does_not_exist_is_told_as_such_and_leaves_no_lock(realm: Realm) -> None:
    satchel = await realm.process()
    nobody = Play(satchel, lambda: 0, HolderId(77))

    with pytest.raises(CharacterNotFound):
        await nobody.session()

    assert await satchel.redis.execute("EXISTS", satchel.sessions.keys.of(77).lock) == 0
