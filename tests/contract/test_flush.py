"""`claim`, `settle`, `close`, and the indexes of what is dirty."""

import asyncio

from satchel.ids import HolderId
from satchel.inventory.head import Head
from satchel.ports import BacklogFigures, Settlement
from tests.contract.contract_stage import BUCKET, NOW_MS, Stage, claim_one


async def test_character_1_is_where_these_tests_look_for_it(stage: Stage) -> None:
    assert stage.keys.bucket_of(HolderId(1)) == BUCKET


async def test_a_claim_gives_what_is_unflushed_and_leases_it(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5)
    await stage.earn(6)
    assert await stage.redis.execute("ZADD", stage.keys.of(1).due, "XX", 0, 1) == 0

    claimed = await claim_one(stage.backlog, 0)
    again = await claim_one(stage.backlog, 0)
    ahead = await claim_one(stage.backlog, stage.limits.lease_ms * 2)

    assert (claimed, again, ahead) == ([(0, 2)], [], [(0, 2)])


async def test_what_is_not_due_is_only_claimed_ahead_of_time(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5)
    clock = await stage.redis.nodes()[0].execute("TIME")
    await stage.redis.execute("ZADD", stage.keys.of(1).due, "XX", int(clock[0]) * 1000 + 3_600_000, 1)

    assert await claim_one(stage.backlog, 0) == []
    assert await claim_one(stage.backlog, 7_200_000) == [(0, 1)]


async def test_a_claim_ends_at_its_number_of_records(stage: Stage) -> None:
    await stage.begin()
    for _ in range(3):
        await stage.earn()

    assert await claim_one(stage.backlog, records_max=2) == [(0, 2)]


async def test_a_claim_drops_what_has_no_session_from_the_indexes(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5)
    await stage.redis.execute("DEL", stage.keys.of(1).session)

    assert await claim_one(stage.backlog) == []
    assert not await stage.due()
    assert await stage.backlog.claim_one(HolderId(1)) is None


async def test_a_quarantined_session_is_claimed_by_name_only_and_counts_as_no_lag(
    stage: Stage,
) -> None:
    await stage.begin()
    await stage.earn(5)
    await stage.sessions.quarantine(HolderId(1), "looked at")

    assert await claim_one(stage.backlog) == []
    assert await stage.backlog.measure() == BacklogFigures(0, 0)
    one = await stage.backlog.claim_one(HolderId(1))
    assert one is not None
    assert one.head.version == 1
    await stage.sessions.quarantine(HolderId(1), None)
    assert await stage.backlog.measure() == BacklogFigures(1, NOW_MS)
    assert await claim_one(stage.backlog) == [(0, 1)]


async def test_settling_the_present_version_makes_the_session_clean_and_mortal(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5)
    snapshot = await stage.backlog.claim_one(HolderId(1))
    assert snapshot is not None

    clean = await stage.backlog.settle(HolderId(1), snapshot.head)

    assert clean == Settlement.CLEAN
    assert not await stage.due()
    assert all(0 < ttl_ms <= stage.limits.ttl_ms for ttl_ms in await stage.ttls())
    assert await stage.backlog.settle(HolderId(1), snapshot.head) == Settlement.CLEAN


async def test_a_session_that_changed_meanwhile_stays_dirty_and_immortal(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5)
    snapshot = await stage.backlog.claim_one(HolderId(1))
    assert snapshot is not None
    await stage.earn(6)

    clean = await stage.backlog.settle(HolderId(1), snapshot.head)

    assert clean == Settlement.STILL_DIRTY
    assert await stage.due()
    assert await stage.ttls() == [-1, -1, -1]
    assert (await stage.head())["fver"] == "1"
    left = await stage.backlog.claim_one(HolderId(1))
    assert left is not None
    assert (left.base_version, left.head.version) == (1, 2)


async def test_a_settle_of_an_older_epoch_does_nothing(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5)
    snapshot = await stage.backlog.claim_one(HolderId(1))
    assert snapshot is not None
    await stage.others.attach(HolderId(1))

    assert await stage.backlog.settle(HolderId(1), snapshot.head) != Settlement.CLEAN
    assert (await stage.head())["fver"] == "0"
    assert await stage.due()


async def test_a_settle_of_another_history_does_nothing(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5)

    assert await stage.backlog.settle(HolderId(1), Head(1, 1, "d" * 32)) != Settlement.CLEAN
    assert await stage.backlog.settle(HolderId(1), Head(1, 9, "d" * 32)) != Settlement.CLEAN
    assert (await stage.head())["fver"] == "0"


async def test_a_settle_of_a_session_that_is_gone_does_nothing(stage: Stage) -> None:
    await stage.begin()
    await stage.sessions.close_session(HolderId(1))

    assert await stage.backlog.settle(HolderId(1), Head(1, 1, "d" * 32)) != Settlement.CLEAN


async def test_a_settle_keeps_the_newest_records_and_marks_and_all_that_is_unflushed(stage: Stage) -> None:
    await stage.begin()
    for _ in range(8):
        await stage.earn()
    await stage.flush()
    for _ in range(5):
        await stage.earn()

    peeked = await stage.sessions.peek(HolderId(1))

    assert peeked is not None
    assert [record.version for record in peeked.journal] == [6, 7, 8, 9, 10, 11, 12, 13]
    await stage.backlog.settle(HolderId(1), Head(1, 8, peeked.top.flushed_h))
    peeked = await stage.sessions.peek(HolderId(1))
    assert peeked is not None
    assert [record.version for record in peeked.journal] == [9, 10, 11, 12, 13]


async def test_marks_of_unflushed_saves_are_never_trimmed(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(action_id="flushed")
    snapshot = await stage.backlog.claim_one(HolderId(1))
    assert snapshot is not None
    await stage.earn(action_id="unflushed")
    for _ in range(stage.limits.marks_kept):
        await stage.earn()
    await stage.vault.push([snapshot])

    await stage.backlog.settle(HolderId(1), snapshot.head)

    before = (await stage.head())["ver"]
    await stage.earn(action_id="unflushed")
    assert (await stage.head())["ver"] == before


async def test_close_takes_a_clean_session_away_and_leaves_a_dirty_one(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5)
    assert not await stage.sessions.close_session(HolderId(1))
    await stage.flush()

    assert await stage.sessions.close_session(HolderId(1))
    assert await stage.ttls() == [-2, -2, -2]
    assert await stage.sessions.close_session(HolderId(1))


async def test_defer_moves_the_time_of_the_next_claim(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5)

    await stage.backlog.defer([HolderId(1), HolderId(2)], 1_234)

    assert int(await stage.redis.execute("ZSCORE", stage.keys.of(1).due, 1)) == NOW_MS + 1_234
    assert await stage.redis.execute("ZSCORE", stage.keys.of(2).due, 2) is None


async def test_measure_counts_dirty_sessions_and_dates_the_oldest(stage: Stage) -> None:
    await stage.begin()
    assert await stage.backlog.measure() == BacklogFigures(0, 0)
    await stage.earn(5)

    assert await stage.backlog.measure() == BacklogFigures(1, NOW_MS)


async def test_a_hint_names_the_bucket_that_became_dirty(stage: Stage) -> None:
    await stage.begin()
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    link = await stage.redis.subscribe(stage.keys.hints, heard.put_nowait)

    await stage.earn(5)

    assert int(await asyncio.wait_for(heard.get(), 5)) == BUCKET
    link.close()


async def test_a_hint_names_the_bucket_of_a_session_that_changed_during_its_flush(stage: Stage) -> None:
    await stage.begin()
    await stage.earn(5)
    snapshot = await stage.backlog.claim_one(HolderId(1))
    assert snapshot is not None
    await stage.earn(6)
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    link = await stage.redis.subscribe(stage.keys.hints, heard.put_nowait)

    await stage.backlog.settle(HolderId(1), snapshot.head)

    assert int(await asyncio.wait_for(heard.get(), 5)) == BUCKET
    link.close()
