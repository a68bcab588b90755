"""What is handed out, kept, and found again."""

import asyncio

from satchel.ids import HolderId
from satchel.session import SessionLimits
from tests.controls.scenarios.setups import EARN, LEASE_WAIT_S, claim, flush_round, vault_gold
from tests.integration.faults.conftest import Realm


async def what_was_saved_during_a_flush_is_kept_until_it_is_flushed_itself(realm: Realm) -> None:
    play = await realm.play()
    play.satchel.orchestrator.backlog.limits = SessionLimits(records_kept=0)  # type: ignore[attr-defined]
    await play.act(EARN)
    first = await claim(play)
    await play.act(EARN)
    await play.satchel.orchestrator.flush([first])

    await flush_round(play, 2)

    assert await vault_gold(realm) == 10


async def a_session_that_changed_during_its_flush_stays_in_the_index(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN)
    first = await claim(play)
    await play.act(EARN)
    await play.satchel.orchestrator.flush([first])
    keys = play.satchel.sessions.keys.of(1)

    assert (await play.satchel.orchestrator.backlog.measure()).dirty_sessions == 1
    assert await play.satchel.redis.execute("PTTL", keys.session) == -1


async def what_a_dead_worker_had_claimed_is_claimed_by_another(realm: Realm) -> None:
    play = await realm.play()
    backlog = play.satchel.orchestrator.backlog
    backlog.limits = SessionLimits(lease_ms=1)  # type: ignore[attr-defined]
    await play.act(EARN)
    bucket = play.satchel.sessions.keys.bucket_of(HolderId(1))
    assert await backlog.claim(bucket, 10, 100, 10_000)

    try:
        async with asyncio.timeout(LEASE_WAIT_S):
            while not await backlog.claim(bucket, 10, 100):
                await play.satchel.redis.execute("PING")
    except TimeoutError:
        raise AssertionError("nobody may flush it any more") from None


async def a_dirty_session_that_no_index_names_is_found(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN)
    keys = play.satchel.sessions.keys.of(1)
    await play.satchel.redis.execute("DEL", keys.due, keys.dirty)

    await play.satchel.worker.reindex()
    while play.satchel.worker.reindexing:
        await play.satchel.worker.reindex()
    await flush_round(play)

    assert await vault_gold(realm) == 5
