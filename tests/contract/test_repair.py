"""What is found damaged, stranded or forgotten, and what becomes of it."""

import asyncio

import pytest

from satchel.errors import InvariantBroken, UnreadableSession
from satchel.failpoints import FailpointReached, intercept
from satchel.ids import HolderId
from satchel.inventory.item import new_item_id
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.proposal import Proposal
from satchel.ports import Replayed, Saved, ScanPlace, StrandedFork, Unsure
from tests.contract.contract_stage import FAR_MS, NOW_MS, Stage, claim_one, push_amounts, records


def _key(made_ms: int, seed: str) -> str:
    return new_item_id(made_ms, seed, 0)


async def _reindex(stage: Stage) -> tuple[int, list[StrandedFork]]:
    found = await stage.backlog.reindex(ScanPlace(), 50)
    restored, forks = found.restored, list(found.forks)
    while found.ahead != ScanPlace():
        found = await stage.backlog.reindex(found.ahead, 50)
        restored, forks = restored + found.restored, forks + list(found.forks)
    return restored, forks


async def _forget_first_key(stage: Stage, first: str) -> None:
    """Use a key, and then so many others that the session keeps no mark of it."""
    await stage.begin()
    await stage.earn(1, action_id=first)
    for _ in range(stage.limits.marks_kept):
        await stage.earn(1)
    await stage.flush()


# -- action ids that the session forgot --------------------------------------------------------------------------------


async def test_an_id_that_the_session_forgot_is_not_taken_for_a_new_one(stage: Stage) -> None:
    old = _key(NOW_MS - 5_000, "old")
    await _forget_first_key(stage, old)

    assert isinstance(await stage.earn(1, action_id=old), Unsure)
    assert await stage.vault.knows_action(HolderId(1), old)


async def test_an_id_made_after_all_that_were_forgotten_needs_no_look_into_the_ledger(stage: Stage) -> None:
    await _forget_first_key(stage, _key(NOW_MS - 5_000, "old"))

    assert isinstance(await stage.earn(1, action_id=_key(NOW_MS - 4_999, "new")), Saved)


async def test_an_id_that_does_not_tell_its_age_is_unsure_once_something_was_forgotten(stage: Stage) -> None:
    await _forget_first_key(stage, "no uuid at all")

    assert isinstance(await stage.earn(1, action_id="another"), Unsure)


async def test_nothing_is_unsure_while_every_mark_is_kept(stage: Stage) -> None:
    await stage.begin()
    for number in range(stage.limits.marks_kept):
        await stage.earn(1, action_id=f"id-{number}")
    await stage.flush()

    assert isinstance(await stage.earn(1, action_id="any"), Saved)


async def test_after_a_cold_load_an_older_id_is_unsure_if_not_all_marks_came_along(stage: Stage) -> None:
    await stage.begin()
    await push_amounts(stage, [1] * (stage.limits.marks_kept + 1), stem="x")
    await stage.sessions.close_session(HolderId(1))
    await stage.sessions.load_session(HolderId(1))

    assert isinstance(await stage.earn(1, action_id=_key(NOW_MS - 1, "old")), Unsure)
    assert isinstance(await stage.earn(1, action_id="x-1"), Unsure)
    assert isinstance(await stage.earn(1, action_id="x-6"), Replayed)
    assert isinstance(await stage.earn(1, action_id=_key(NOW_MS + 1, "new")), Saved)


# -- indexes -----------------------------------------------------------------------------------------------------------


async def test_a_dirty_session_that_no_index_names_is_found_and_put_back(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5)
    keys = stage.keys.of(1)
    await stage.redis.execute("DEL", keys.due, keys.dirty)
    await stage.redis.execute("PEXPIRE", keys.session, 60_000)

    assert await _reindex(stage) == (1, [])
    assert await claim_one(stage.backlog) == [(0, 1)]
    assert await stage.ttls() == [-1, -1, -1]
    assert await _reindex(stage) == (0, [])


async def test_clean_and_quarantined_sessions_are_left_out_of_the_indexes(stage: Stage) -> None:
    await stage.begin()

    assert await _reindex(stage) == (0, [])
    await stage.earn(5)
    await stage.sessions.quarantine(HolderId(1), "looked at")
    await stage.redis.execute("DEL", stage.keys.of(1).due)
    assert await _reindex(stage) == (0, [])


async def test_a_fork_that_its_attacher_did_not_hand_on_is_found_and_forgotten_once_it_is_kept(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5)
    await push_amounts(stage, [7])

    def die(name: str) -> None:
        if name == "fork.before_keep":
            raise FailpointReached(name)

    with intercept(die), pytest.raises(FailpointReached):
        await stage.sessions.attach(HolderId(1))

    _, forks = await _reindex(stage)
    assert [(fork.char_id, [record.version for record in fork.records]) for fork in forks] == [(1, [1])]
    await stage.backlog.forget_fork(forks[0])
    assert await _reindex(stage) == (0, [])


# -- damage ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["epoch", "fver", "fh", "ver"])
async def test_a_damaged_head_does_not_keep_the_rest_of_its_bucket_from_being_claimed(stage: Stage, field: str) -> None:
    await stage.begin()
    await stage.earn(5)
    await stage.redis.execute("HDEL", stage.keys.of(1).session, field)

    assert await stage.backlog.claim(stage.keys.bucket_of(HolderId(1)), 10, 100, FAR_MS) == []
    assert (await stage.head())["quarantine"] == "the session is damaged"
    assert not await stage.sessions.close_session(HolderId(1))


async def test_a_dirty_session_without_a_journal_is_not_taken_for_a_saved_one(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5)
    await stage.redis.execute("DEL", stage.keys.of(1).journal)

    assert await stage.backlog.claim_one(HolderId(1)) is None
    assert (await stage.head())["quarantine"] == "the session is damaged"


@pytest.mark.parametrize(("field", "value"), [("who", "\x00"), ("w:gold", "many"), ("ver", "one")])
async def test_a_document_that_cannot_be_decoded_says_so(stage: Stage, field: str, value: str) -> None:
    await stage.begin()
    await stage.earn(5)
    await stage.redis.execute("HSET", stage.keys.of(1).session, field, value)

    with pytest.raises(UnreadableSession):
        await stage.others.get_session(HolderId(1))
    assert issubclass(UnreadableSession, InvariantBroken)


async def test_giving_up_a_session_takes_the_vaults_state_and_keeps_the_rest_for_the_operator(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5)
    await stage.flush()
    await stage.earn(7)

    session = await stage.sessions.attach(HolderId(1), give_up=True)

    assert session is not None
    assert (session.version, session.wallet) == (1, {"gold": 5})
    assert [version for _, version, _ in stage.vault.forked] == [2]


async def test_a_journal_whose_session_is_gone_is_kept_for_the_operator(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5)
    await stage.redis.execute("DEL", stage.keys.of(1).session)

    session = await stage.sessions.attach(HolderId(1))

    assert session is not None
    assert (session.version, session.wallet) == (0, {})
    assert [version for _, version, _ in stage.vault.forked] == [1]


async def test_a_fork_without_a_journal_is_attached_all_the_same(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5)
    await push_amounts(stage, [7])
    await stage.redis.execute("DEL", stage.keys.of(1).journal)

    session = await stage.sessions.attach(HolderId(1))

    assert session is not None
    assert (session.version, session.wallet) == (1, {"gold": 7})


async def test_what_a_restored_vault_lost_of_a_clean_session_is_kept_for_the_operator(stage: Stage) -> None:
    await stage.begin()
    for _ in range(5):
        await stage.earn(1)
    await stage.flush()
    row = stage.vault.characters[HolderId(1)]
    row.version, row.h = 1, records((0, "0" * 32), [9], stem="other")[0].h
    stage.vault.ledger[HolderId(1)].clear()

    session = await stage.sessions.attach(HolderId(1))

    assert session is not None
    assert session.version == 1
    assert [version for _, version, _ in stage.vault.forked] == [3, 4, 5]


# -- copies ------------------------------------------------------------------------------------------------------------


async def test_a_read_never_shows_what_is_decided_but_not_saved(stage: Stage) -> None:
    session = await stage.begin()
    reading = asyncio.create_task(stage.sessions.get_session(HolderId(1)))
    await asyncio.sleep(0)  # The read is on its way, and has taken the own copy for its comparison.
    proposal = Proposal(session, at_ms=NOW_MS, action_id="a")
    proposal.set_balance("gold", 5)
    stage.sessions.forget(HolderId(1))

    found = await reading

    assert isinstance(found, InventorySessionDTO)
    assert (found.version, found.wallet) == (0, {})


async def test_an_attach_lock_is_given_back_by_its_holder_only(stage: Stage) -> None:
    await stage.begin()
    await stage.sessions.close_session(HolderId(1))
    lock = stage.keys.of(1).lock

    async def slow() -> None:
        # The holder was so slow that its lock ran out, and somebody else has it now.
        await stage.redis.execute("SET", lock, "another's")

    stage.vault.after_open = slow
    await stage.sessions.load_session(HolderId(1))

    assert await stage.redis.execute("GET", lock) == b"another's"
