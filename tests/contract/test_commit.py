"""`commit` and `read`: every answer they can give."""

import asyncio

import pytest

from satchel.errors import IdempotencyKeyExpired, Quarantined, SessionUnavailable
from satchel.failpoints import intercept
from satchel.ids import HolderId
from satchel.inventory.item import Item
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.proposal import Proposal
from satchel.inventory.record import open_record
from satchel.ports import Conflict, Detached, JournalFull, Replayed, Saved, Unsure
from tests.builders import HERO, item_id
from tests.contract.contract_stage import Stage


async def test_a_save_moves_the_version_and_makes_the_session_dirty_for_ever(stage: Stage) -> None:
    await stage.begin()

    outcome = await stage.earn(5, item=item_id(1))

    assert isinstance(outcome, Saved)
    assert (outcome.record.version, (await stage.head())["ver"]) == (1, "1")
    assert await stage.ttls() == [-1, -1, -1]
    assert await stage.due()


async def test_the_other_process_reads_what_was_saved(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5, item=item_id(1))

    found = await stage.others.get_session(HolderId(1))

    assert isinstance(found, InventorySessionDTO)
    assert found.wallet == {"gold": 5}
    assert list(found.items) == [item_id(1)]


async def test_a_balance_of_zero_and_an_item_that_is_gone_leave_no_field(stage: Stage) -> None:
    session = await stage.begin()
    await stage.earn(5)

    await stage.earn(-5)

    assert session.wallet == {}
    found = await stage.others.get_session(HolderId(1))
    assert isinstance(found, InventorySessionDTO)
    assert found.wallet == {}


async def test_a_save_of_20_000_things_is_whole_whether_they_come_or_go(stage: Stage) -> None:
    session = await stage.begin()
    coming = Proposal(session, at_ms=stage.now_ms, action_id="a")
    for number in range(1, 20_001):
        coming.put(Item(item_id(number), "healing_potion", 1, "bag", number))
    assert isinstance(await stage.sessions.save_session(session, stage.record(session, coming, "come")), Saved)
    there = await stage.others.get_session(HolderId(1))

    going = Proposal(session, at_ms=stage.now_ms, action_id="a")
    for item in list(session.items.values()):
        going.lift(item)
    assert isinstance(await stage.sessions.save_session(session, stage.record(session, going, "go")), Saved)
    gone = await stage.others.get_session(HolderId(1))

    assert isinstance(there, InventorySessionDTO)
    assert isinstance(gone, InventorySessionDTO)
    assert (len(there.items), gone.items, gone.version) == (20_000, {}, 2)
    assert isinstance(await stage.earn(1), Saved)


async def test_an_action_id_is_saved_once_and_answered_with_its_record(stage: Stage) -> None:
    await stage.begin()
    first = await stage.earn(5, action_id="once")
    await stage.earn(1)

    again = await stage.earn(5, action_id="once", by=stage.others)
    seen = await stage.others.get_session(HolderId(1), "once")

    assert isinstance(first, Saved)
    assert isinstance(again, Replayed)
    assert (open_record(again.record_json).version, again.h) == (1, first.h)
    assert seen == again
    assert (await stage.head())["ver"] == "2"


async def test_a_decision_on_an_older_version_conflicts_with_the_present_state(stage: Stage) -> None:
    await stage.begin()
    stale = await stage.others.load_session(HolderId(1))
    await stage.earn(5)

    outcome = await stage.earn(7, session=stale, by=stage.others)

    assert isinstance(outcome, Conflict)
    assert (outcome.session.version, outcome.session.wallet) == (1, {"gold": 5})


@pytest.mark.parametrize(("field", "value"), [("epoch", "7"), ("h", "f" * 32)])
async def test_an_equal_version_of_another_epoch_or_history_conflicts(stage: Stage, field: str, value: str) -> None:
    session = await stage.begin()
    await stage.redis.execute("HSET", stage.keys.of(1).session, field, value)

    assert isinstance(await stage.earn(5, session=session), Conflict)


@pytest.mark.parametrize(("field", "value"), [("run", "another server"), ("state", "unconfirmed")])
async def test_a_session_of_another_server_or_an_unconfirmed_one_is_attached_first(
    stage: Stage, field: str, value: str
) -> None:
    session = await stage.begin()
    await stage.redis.execute("HSET", stage.keys.of(1).session, field, value)

    assert await stage.earn(5, session=session) == Detached()
    assert await stage.sessions.get_session(HolderId(1)) is None


async def test_nothing_is_saved_where_there_is_no_session(stage: Stage) -> None:
    session = await stage.begin()
    await stage.redis.execute("DEL", stage.keys.of(1).session)

    assert await stage.earn(5, session=session) == Detached()
    assert await stage.sessions.get_session(HolderId(1)) is None


async def test_a_session_in_a_state_of_another_release_takes_no_action(stage: Stage) -> None:
    session = await stage.begin()
    await stage.redis.execute("HSET", stage.keys.of(1).session, "state", "of another release")

    with pytest.raises(SessionUnavailable, match="unknown state"):
        await stage.earn(5, session=session)
    assert (await stage.head())["ver"] == "0"


async def test_a_quarantined_session_is_read_but_takes_no_action_until_it_is_released(stage: Stage) -> None:
    await stage.begin()
    await stage.sessions.quarantine(HolderId(1), "an operator looks at it")

    with pytest.raises(Quarantined):
        await stage.earn(5)
    assert isinstance(await stage.others.get_session(HolderId(1)), InventorySessionDTO)
    await stage.sessions.quarantine(HolderId(1), None)
    assert isinstance(await stage.earn(5), Saved)


async def test_an_action_id_whose_record_is_gone_is_never_executed_again(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5, action_id="old")
    for _ in range(4):
        await stage.earn(1)
    await stage.flush()

    with pytest.raises(IdempotencyKeyExpired):
        await stage.earn(5, action_id="old")
    with pytest.raises(IdempotencyKeyExpired):
        await stage.sessions.get_session(HolderId(1), "old")
    assert (await stage.head())["ver"] == "5"


async def test_a_full_journal_refuses_and_an_emptied_one_takes_again(stage: Stage) -> None:
    await stage.begin()
    for _ in range(stage.limits.journal_records_max):
        await stage.earn()

    assert await stage.earn() == JournalFull()
    await stage.flush()
    assert isinstance(await stage.earn(), Saved)


async def test_the_own_copy_is_recognised_as_the_present_state(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5)

    assert await stage.sessions.get_session(HolderId(1)) is stage.sessions.recall(HolderId(1))


async def test_peek_shows_head_state_and_journal_as_they_lie(stage: Stage) -> None:
    await stage.begin()
    assert await stage.sessions.peek(HolderId(2)) is None
    await stage.earn(5)

    peeked = await stage.sessions.peek(HolderId(1))

    assert peeked is not None
    top, session, journal, ttl_ms = peeked.top, peeked.session, peeked.journal, peeked.ttl_ms
    assert (top.head.version, top.flushed_version, top.state) == (1, 0, "live")
    assert (session.wallet, [record.version for record in journal], ttl_ms) == ({"gold": 5}, [1], -1)


async def test_a_read_never_shows_what_another_action_is_about_to_save(stage: Stage) -> None:
    session = await stage.begin()
    reading = asyncio.create_task(stage.sessions.get_session(HolderId(1)))
    # The question is on its way when the action is decided on the same copy.
    await asyncio.sleep(0)

    saving = asyncio.create_task(stage.earn(5, session=session))
    found = await reading

    assert isinstance(found, InventorySessionDTO)
    assert (found.version, found.wallet) in [(0, {}), (1, {"gold": 5})]
    assert isinstance(await saving, Saved)


async def test_an_opened_session_never_shows_what_another_action_is_about_to_save(stage: Stage) -> None:
    await stage.vault.create_character(HolderId(1), HERO)
    opening = asyncio.create_task(stage.sessions.load_session(HolderId(1)))
    # The attach is done, and the lock is being given back, when an action takes the copy.
    while (session := stage.sessions.recall(HolderId(1))) is None:  # noqa: ASYNC110 - a turn of the loop at a time is what the race needs
        await asyncio.sleep(0)

    saving = asyncio.create_task(stage.earn(5, session=session))
    found = await opening

    assert (found.version, found.wallet) in [(0, {}), (1, {"gold": 5})]
    assert isinstance(await saving, Saved)


@pytest.mark.parametrize("evicted", ["journal", "marks"])
async def test_an_action_is_answered_again_without_memory_for_what_remembers_it(stage: Stage, evicted: str) -> None:
    await stage.begin()
    first = await stage.earn(5, action_id="once")
    await stage.flush()
    await stage.redis.execute("DEL", getattr(stage.keys.of(1), evicted))

    torn = await stage.earn(5, action_id="once", session=stage.sessions.recall(HolderId(1)))
    again = await stage.earn(5, action_id="once")

    assert torn == Detached()
    assert isinstance(first, Saved)
    assert isinstance(again, Replayed)
    assert (open_record(again.record_json).version, again.h) == (1, first.h)
    assert (await stage.head())["ver"] == "1"


@pytest.mark.parametrize("evicted", ["journal", "marks"])
async def test_a_torn_session_is_not_asked_for_what_it_forgot(stage: Stage, evicted: str) -> None:
    await stage.begin()
    await stage.earn(5, action_id="once")
    await stage.flush()
    await stage.redis.execute("DEL", getattr(stage.keys.of(1), evicted))

    assert await stage.sessions.get_session(HolderId(1), "once") is None
    assert await stage.sessions.get_session(HolderId(1)) is None
    assert (await stage.sessions.load_session(HolderId(1))).version == 1
    assert isinstance(await stage.sessions.get_session(HolderId(1), "once"), Replayed)


async def test_a_vault_without_a_ledger_is_not_attached_over_and_over(stage: Stage) -> None:
    await stage.vault.create_character(HolderId(1), HERO)
    row = stage.vault.characters[HolderId(1)]
    row.version, row.h = 7, "e" * 32

    session = await stage.sessions.load_session(HolderId(1))

    assert session.version == 7
    assert isinstance(await stage.sessions.get_session(HolderId(1), "never"), InventorySessionDTO)
    assert isinstance(await stage.earn(5, action_id="new"), Unsure)


@pytest.mark.parametrize(("flushes", "saved"), [(1, True), (9, False)])
async def test_a_server_that_forgets_its_scripts_again_is_no_defect(stage: Stage, flushes: int, saved: bool) -> None:
    await stage.begin()
    link = await stage.redis.link(stage.keys.of(1).session)
    left = [None] * flushes

    def flush(name: str) -> None:
        if name == "script.after_load" and left:
            left.pop()
            link.send("SCRIPT", "FLUSH")

    await link.send("SCRIPT", "FLUSH")
    with intercept(flush):
        if saved:
            assert isinstance(await stage.earn(5), Saved)
        else:
            with pytest.raises(SessionUnavailable, match="scripts"):
                await stage.earn(5)
