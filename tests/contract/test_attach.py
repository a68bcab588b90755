"""`adopt` and `confirm`: whose history goes on, and who may acknowledge."""

import pytest

from satchel.errors import VaultUnavailable
from satchel.ids import HolderId
from satchel.inventory.item import Item
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.proposal import Proposal
from satchel.ports import Detached, Replayed, Saved
from tests.builders import item_id
from tests.contract.contract_stage import Stage, push_amounts


async def test_a_cold_session_is_made_from_the_vault_with_a_time_to_live(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5, action_id="first", item=item_id(1))
    await stage.flush()
    assert await stage.sessions.close_session(HolderId(1))

    session = await stage.others.load_session(HolderId(1))

    assert (session.version, session.epoch, session.wallet) == (1, 2, {"gold": 5})
    assert list(session.items) == [item_id(1)]
    assert all(0 < ttl_ms <= stage.limits.ttl_ms for ttl_ms in await stage.ttls())
    assert not await stage.due()
    assert isinstance(await stage.others.get_session(HolderId(1), "first"), Replayed)


async def test_a_session_that_is_ahead_of_the_vault_is_kept_and_stays_dirty(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5, item=item_id(1))
    await stage.redis.execute("HSET", stage.keys.of(1).session, "run", "the server before its restart")

    session = await stage.others.load_session(HolderId(1))

    assert (session.version, session.epoch, session.wallet) == (1, 2, {"gold": 5})
    assert await stage.ttls() == [-1, -1, -1]
    assert await stage.due()
    assert isinstance(await stage.earn(1, by=stage.others), Saved)


async def test_a_session_is_kept_when_the_vault_fell_back_to_a_version_in_its_journal(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5)
    await stage.flush()
    older = stage.vault.characters[HolderId(1)]
    older = type(older)(older.character, older.epoch, older.version, older.h)
    await stage.earn(6)
    await stage.flush()
    assert not await stage.due()
    stage.vault.characters[HolderId(1)] = older

    session = await stage.others.attach(HolderId(1))

    assert session is not None
    assert (session.version, session.wallet) == (2, {"gold": 11})
    assert await stage.due()
    assert await stage.ttls() == [-1, -1, -1]


async def test_a_session_that_is_behind_the_vault_takes_the_vaults_state(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5)
    snapshot = await stage.backlog.claim_one(HolderId(1))
    assert snapshot is not None
    await stage.vault.push([snapshot])
    await push_amounts(stage, [7])

    session = await stage.sessions.attach(HolderId(1))

    assert session is not None
    assert (session.version, session.wallet) == (2, {"gold": 7})
    assert not await stage.due()
    assert stage.vault.forked == {}


async def test_a_clean_session_on_another_history_takes_the_vaults_state(stage: Stage) -> None:
    await stage.begin()
    for _ in range(5):
        await stage.earn(1)
    await stage.flush()
    row = stage.vault.characters[HolderId(1)]
    row.version, row.h = 3, "e" * 32

    session = await stage.sessions.attach(HolderId(1))

    assert session is not None
    assert (session.version, session.h) == (3, "e" * 32)


async def test_histories_that_part_leave_the_vaults_and_set_the_sessions_aside(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5, action_id="lost")
    await push_amounts(stage, [7, 8])

    session = await stage.sessions.attach(HolderId(1))

    assert session is not None
    assert (session.version, session.wallet) == (2, {"gold": 15})
    assert [version for _, version, _ in stage.vault.forked] == [1]
    assert await stage.redis.execute("EXISTS", stage.keys.fork(HolderId(1), session.epoch)) == 0
    assert not await stage.due()
    assert isinstance(await stage.sessions.get_session(HolderId(1), "lost"), InventorySessionDTO)


async def test_an_attach_that_was_overtaken_before_adopt_gives_way(stage: Stage) -> None:
    await stage.begin()
    stage.vault.after_open = lambda: stage.others.attach(HolderId(1))

    assert await stage.sessions.attach(HolderId(1)) is None
    assert (await stage.head())["epoch"] == "3"
    assert (await stage.head())["state"] == "live"


@pytest.mark.parametrize("evicted", [False, True])
async def test_an_attach_that_was_overtaken_after_adopt_is_not_confirmed(stage: Stage, evicted: bool) -> None:
    await stage.begin()

    async def overtake() -> None:
        assert await stage.others.attach(HolderId(1)) is not None
        await stage.earn(5, by=stage.others)
        await stage.flush()
        if evicted:
            await stage.others.close_session(HolderId(1))

    stage.vault.before_reread = overtake

    assert await stage.sessions.attach(HolderId(1)) is None
    assert (await stage.sessions.load_session(HolderId(1))).wallet == {"gold": 5}


async def test_an_attach_that_died_after_adopt_leaves_nobody_acknowledging(stage: Stage) -> None:
    session = await stage.begin()

    async def die() -> None:
        raise VaultUnavailable(reason="the process died")

    stage.vault.before_reread = die
    with pytest.raises(VaultUnavailable):
        await stage.sessions.attach(HolderId(1))

    assert (await stage.head())["state"] == "unconfirmed"
    assert await stage.earn(5, session=session) == Detached()
    assert (await stage.others.load_session(HolderId(1))).epoch == 3


async def test_a_session_that_vanished_before_confirm_is_attached_anew(stage: Stage) -> None:
    await stage.begin()

    async def evict() -> None:
        await stage.redis.execute("DEL", stage.keys.of(1).session)

    stage.vault.before_reread = evict

    assert await stage.sessions.attach(HolderId(1)) is None


async def test_the_vaults_quarantine_comes_with_the_session(stage: Stage) -> None:
    await stage.begin()
    await stage.vault.quarantine(HolderId(1), "looked at")

    await stage.sessions.attach(HolderId(1))
    assert (await stage.head())["quarantine"] == "looked at"
    await stage.sessions.close_session(HolderId(1))
    await stage.sessions.load_session(HolderId(1))
    assert (await stage.head())["quarantine"] == "looked at"


async def test_the_epoch_never_falls_behind_the_sessions(stage: Stage) -> None:
    await stage.begin()
    stage.vault.characters[HolderId(1)].epoch = 0
    await stage.redis.execute("HSET", stage.keys.of(1).session, "epoch", "9")

    session = await stage.sessions.attach(HolderId(1))

    assert session is not None
    assert session.epoch == 10


async def test_a_bag_of_a_thousand_items_is_attached_whole(stage: Stage) -> None:
    await stage.begin()
    session = await stage.sessions.load_session(HolderId(1))
    proposal = Proposal(session, at_ms=0, action_id="a")
    for number in range(1_200):
        proposal.put(Item(item_id(number), "healing_potion", 1, "bag", number))
    outcome = await stage.sessions.save_session(session, stage.record(session, proposal, "many"))
    assert isinstance(outcome, Saved)
    await stage.flush()
    await stage.sessions.close_session(HolderId(1))

    assert len((await stage.others.load_session(HolderId(1))).items) == 1_200
