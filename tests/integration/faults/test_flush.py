"""Claim, push and settle under faults: whatever dies where, the vault ends up with every save once."""

import asyncio
import os
import signal
import subprocess
import sys

import msgspec
import pytest

from satchel.errors import Operational, VaultUnavailable
from satchel.failpoints import intercept
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet, Grant
from satchel.ports import PushStatus
from satchel.session import SessionLimits
from tests.builders import Play
from tests.integration.faults.conftest import Realm
from tests.integration.faults.flushing import SOON_MS, claim_one, copies_equal, failing_at, is_clean
from tests.integration.faults.rows import fetch, vault_rows

FLUSH_STEPS = (
    "claim.before_send",
    "claim.after_reply",
    "worker.after_claim",
    "flush.before_push",
    "push.after_begin",
    "push.after_fence",
    "push.after_items",
    "push.after_balances",
    "push.after_advance",
    "push.before_commit",
    "push.after_commit",
    "flush.after_push",
    "settle.before_send",
    "settle.after_reply",
    "flush.after_settle",
)
KILL_STEPS = ("claim.after_reply", "push.after_items", "push.before_commit", "push.after_commit", "settle.before_send")
"""Where a kill differs most: nothing is rolled back, given back or closed by us. The campaign kills at every step."""
SHORT = SessionLimits(journal_records_max=4)


async def _two_characters(realm: Realm) -> tuple[Play, Play]:
    """Two characters with items and balances, dirty."""
    one = await realm.play(1)
    two = await Play.begin(one.satchel, one.clock, HolderId(2))
    for play in (one, two):
        await play.grant("healing_potion", 3)
        await play.act(AdjustWallet(resource="gold", amount=5), Grant(definition="iron_sword"))
        await play.act(AdjustWallet(resource="gold", amount=-5))
        await play.act(AdjustWallet(resource="timber", amount=2))
    return one, two


# -- a flush dies at each of its steps, and is repeated ----------------------------------------------------------------


@pytest.mark.parametrize("step", FLUSH_STEPS)
async def test_a_flush_that_fails_at_a_step_and_is_repeated_gives_the_same_vault(realm: Realm, step: str) -> None:
    one, two = await _two_characters(realm)

    with failing_at(step) as reached:
        await one.satchel.worker.flush_all(SOON_MS)
        assert reached == [step]
    await one.satchel.worker.flush_due(SOON_MS)

    assert await is_clean(one.satchel)
    await copies_equal(one)
    await copies_equal(two)


@pytest.mark.parametrize("step", KILL_STEPS)
async def test_a_worker_that_is_killed_at_a_step_leaves_the_rest_to_the_next(realm: Realm, step: str) -> None:
    # Due at once: the first sweep of the worker finds them, not the one after five seconds.
    realm.settings = msgspec.structs.replace(realm.settings, flush_delay_s=0)
    one, two = await _two_characters(realm)

    assert await asyncio.to_thread(_run_worker, realm, f"{step}:kill") == -signal.SIGKILL
    await one.satchel.worker.flush_due(SOON_MS)

    assert await is_clean(one.satchel)
    await copies_equal(one)
    await copies_equal(two)


def _run_worker(realm: Realm, failpoint: str) -> int:
    environment = {
        **os.environ,
        "SATCHEL_FAILPOINT": failpoint,
        "SATCHEL_POSTGRES_DSN": realm.dsn,
        "SATCHEL_REDIS_URL": realm.url,
        "SATCHEL_NAMESPACE": realm.settings.namespace,
        "SATCHEL_DATA_DIR": realm.settings.data_dir,
        "SATCHEL_FLUSH_DELAY_S": "0",
    }
    return subprocess.run(
        [sys.executable, "-m", "satchel", "worker"], env=environment, capture_output=True, timeout=60, check=False
    ).returncode


# -- orders that may happen --------------------------------------------------------------------------------------------


async def test_a_session_that_changes_during_its_flush_stays_dirty_and_loses_nothing(realm: Realm) -> None:
    play = await realm.play()
    await play.act(AdjustWallet(resource="gold", amount=1))
    snapshot = await play.satchel.orchestrator.backlog.claim_one(HolderId(1))
    assert snapshot is not None

    await play.act(AdjustWallet(resource="gold", amount=1))
    await play.satchel.orchestrator.flush([snapshot])

    assert (await play.satchel.orchestrator.backlog.measure()).dirty_sessions == 1
    await play.satchel.worker.flush_due(SOON_MS)
    assert await is_clean(play.satchel)
    await copies_equal(play)


async def test_an_old_snapshot_that_arrives_last_overwrites_nothing(realm: Realm) -> None:
    play = await realm.play()
    await play.act(AdjustWallet(resource="gold", amount=1))
    old = await claim_one(play)
    await play.act(AdjustWallet(resource="gold", amount=1))
    await play.satchel.orchestrator.flush_session(HolderId(1))
    before = await vault_rows(realm.dsn)

    outcome = (await play.satchel.vault.push([old]))[0]

    assert outcome.status == PushStatus.NEWER
    assert await vault_rows(realm.dsn) == before
    await play.satchel.orchestrator.flush([old])
    assert await vault_rows(realm.dsn) == before
    await copies_equal(play)


async def test_two_workers_with_one_snapshot_save_it_once(realm: Realm) -> None:
    play = await realm.play()
    other = await realm.also(play)
    await play.act(AdjustWallet(resource="gold", amount=1))
    snapshot = await claim_one(play)

    outcomes = await asyncio.gather(*(p.satchel.orchestrator.flush([snapshot]) for p in (play, other)))

    assert sorted(outcome.status for part in outcomes for outcome in part) == [PushStatus.DONE, PushStatus.PUSHED]
    assert await is_clean(play.satchel)
    await copies_equal(play)


async def test_a_lease_that_is_over_while_its_worker_runs_costs_double_work_only(
    realm: Realm,
) -> None:
    play = await realm.play()
    other = await realm.also(play)
    await play.act(AdjustWallet(resource="gold", amount=1))
    slow = await claim_one(play)
    await play.act(AdjustWallet(resource="gold", amount=1))

    assert await other.satchel.worker.flush_due(SOON_MS) == 1
    await play.satchel.orchestrator.flush([slow])

    assert await is_clean(play.satchel)
    await copies_equal(play)


async def test_a_claimed_session_is_not_handed_out_again_before_its_lease_is_over(realm: Realm) -> None:
    play = await realm.play()
    other = await realm.also(play)
    await play.act(AdjustWallet(resource="gold", amount=1))
    bucket = play.satchel.sessions.keys.bucket_of(HolderId(1))

    claims = [await p.satchel.orchestrator.backlog.claim(bucket, 10, 100, 1_000) for p in (play, other)]

    assert [len(claim) for claim in claims] == [1, 0]


async def test_a_session_that_was_attached_anew_fences_the_worker_of_before(realm: Realm) -> None:
    play = await realm.play()
    await play.act(AdjustWallet(resource="gold", amount=1))
    old = await claim_one(play)
    await play.satchel.sessions.attach(HolderId(1))

    outcome = (await play.satchel.vault.push([old]))[0]

    assert outcome.status == PushStatus.FENCED
    assert await fetch(realm.dsn, "SELECT version FROM satchel.inventory") == [(0,)]
    await play.satchel.worker.flush_due(SOON_MS)
    await copies_equal(play)


async def test_a_vault_behind_after_its_own_failover_is_flushed_again_and_is_no_fork(realm: Realm) -> None:
    play = await realm.play()
    await play.act(AdjustWallet(resource="gold", amount=1))
    await play.satchel.orchestrator.flush_session(HolderId(1))
    row = await fetch(realm.dsn, "SELECT version, h FROM satchel.inventory")
    await play.act(AdjustWallet(resource="gold", amount=1))
    await play.satchel.orchestrator.flush_session(HolderId(1))
    # The replica that was promoted had not heard of the second save.
    await fetch(realm.dsn, "DELETE FROM satchel.ledger WHERE version = 2")
    await fetch(realm.dsn, "UPDATE satchel.balance SET amount = 1")
    await fetch(realm.dsn, "UPDATE satchel.inventory SET version = $1, h = $2", *row[0])
    await play.act(AdjustWallet(resource="gold", amount=1))

    await play.satchel.worker.flush_all(SOON_MS)
    await play.satchel.worker.flush_due(SOON_MS)

    assert await fetch(realm.dsn, "SELECT count(*) FROM satchel.forked_action") == [(0,)]
    assert (await play.session()).wallet == {"gold": 3}
    await copies_equal(play)


async def test_old_dirty_sessions_are_not_starved_by_new_ones(realm: Realm) -> None:
    play = await realm.play()
    bucket = play.satchel.sessions.keys.bucket_of(HolderId(1))
    crowd = [n for n in range(2, 5_000) if play.satchel.sessions.keys.bucket_of(HolderId(n)) == bucket][:12]
    for char_id in (1, *crowd):
        character = await Play.begin(play.satchel, play.clock, HolderId(char_id))
        await character.act(AdjustWallet(resource="gold", amount=1))

    first = await play.satchel.orchestrator.backlog.claim(bucket, 5, 1_000, SOON_MS // 2)
    await Play(play.satchel, play.clock, HolderId(crowd[0])).act(AdjustWallet(resource="gold", amount=1))
    second = await play.satchel.orchestrator.backlog.claim(bucket, 5, 1_000, 10_000)
    third = await play.satchel.orchestrator.backlog.claim(bucket, 5, 1_000, 10_000)

    claimed = [snapshot.char_id for snapshot in (*first, *second, *third)]
    assert sorted(claimed) == sorted([1, *crowd])
    assert claimed[0] == 1


# -- durable -----------------------------------------------------------------------------------------------------------


async def test_a_durable_action_is_in_the_vault_before_its_reply(realm: Realm) -> None:
    play = await realm.play()

    reply = await play.act(AdjustWallet(resource="gold", amount=5), durability="durable")

    assert reply.durability == "durable"
    assert await fetch(realm.dsn, "SELECT version, h FROM satchel.ledger") == [(reply.version, reply.h)]
    assert await fetch(realm.dsn, "SELECT amount FROM satchel.balance") == [(5,)]


async def test_a_replayed_action_that_is_asked_for_as_durable_is_in_the_vault_too(realm: Realm) -> None:
    play = await realm.play()
    await play.act(AdjustWallet(resource="gold", amount=5), key="k")

    reply = await play.act(AdjustWallet(resource="gold", amount=5), key="k", durability="durable")

    assert (reply.replayed, reply.durability) == (True, "durable")
    assert await fetch(realm.dsn, "SELECT version, h FROM satchel.ledger") == [(reply.version, reply.h)]


async def test_durable_is_never_told_of_a_save_that_lost_against_another_history(realm: Realm) -> None:
    play = await realm.play()
    await play.act(AdjustWallet(resource="gold", amount=5), key="k")
    # Another deployment's history grew in the vault meanwhile.
    await fetch(realm.dsn, "UPDATE satchel.inventory SET version = 1, h = repeat('e', 32), epoch = epoch + 1")

    with pytest.raises(Operational, match="another history won"):
        await play.act(AdjustWallet(resource="gold", amount=5), key="k", durability="durable")

    assert await fetch(realm.dsn, "SELECT count(*) FROM satchel.ledger") == [(0,)]
    assert await fetch(realm.dsn, "SELECT version FROM satchel.forked_action") == [(1,)]


# -- the journal's bound -----------------------------------------------------------------------------------------------


async def test_a_full_journal_makes_the_action_pay_for_the_flush(realm: Realm) -> None:
    play = await realm.play()
    play.satchel.sessions.limits = SHORT

    for _ in range(9):
        await play.act(AdjustWallet(resource="gold", amount=1))

    assert await fetch(realm.dsn, "SELECT version FROM satchel.inventory") == [(8,)]
    assert (await play.session()).wallet == {"gold": 9}


async def test_a_full_journal_without_a_vault_refuses_and_loses_nothing(realm: Realm) -> None:
    play = await realm.play()
    play.satchel.sessions.limits = SHORT
    for _ in range(4):
        await play.act(AdjustWallet(resource="gold", amount=1))

    def down(name: str) -> None:
        if name == "push.after_begin":
            raise VaultUnavailable(reason="down")

    with intercept(down), pytest.raises(VaultUnavailable):
        await play.act(AdjustWallet(resource="gold", amount=1), key="k")

    reply = await play.act(AdjustWallet(resource="gold", amount=1), key="k")
    assert (reply.version, reply.replayed) == (5, False)
