"""The failpoints that healthy play never leads to: each is brought about, fails there, and everything ends well."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest
from proof.chaos.kills import OTHERS

from satchel.failpoints import FAILPOINTS, FailpointReached
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet
from satchel.session import SessionLimits
from satchel.vault import check_schema, upgrade_schema
from tests.builders import Play
from tests.controls.scenarios.setups import OldAof
from tests.integration.faults.conftest import Realm
from tests.integration.faults.flushing import SOON_MS, copies_equal, failing_at
from tests.integration.faults.rows import fetch

EARN = AdjustWallet(resource="gold", amount=5)

POISON_STEPS = (
    "worker.before_bisect",
    "defer.before_send",
    "defer.after_reply",
    "bury.before_insert",
    "bury.after_insert",
    "quarantine.before_vault",
    "quarantine.before_session",
    "quarantine.after_session",
)
FORK_STEPS = ("flush.before_reattach", "fork.before_keep", "fork.after_keep", "fork.after_forget")
MIGRATE_STEPS = ("migrate.after_lock", "migrate.before_commit", "migrate.after_commit")


async def _rounds(play: Play, number: int) -> None:
    for _ in range(number):
        await play.satchel.worker.flush_all(SOON_MS)


@pytest.mark.parametrize("step", POISON_STEPS)
async def test_a_poisoned_character_ends_in_quarantine_wherever_its_burial_fails(realm: Realm, step: str) -> None:
    poisoned = await realm.play(1)
    healthy = await Play.begin(poisoned.satchel, poisoned.clock, HolderId(2))
    for play in (poisoned, healthy):
        await play.act(EARN)
    await fetch(realm.dsn, "ALTER TABLE satchel.balance ADD CONSTRAINT mood CHECK (char_id <> 1)")

    with failing_at(step) as reached:
        await _rounds(healthy, 2 * healthy.satchel.worker.limits.rejections_max + 2)

    assert reached == [step]
    assert await fetch(realm.dsn, "SELECT char_id, version FROM satchel.dead_letter") == [(1, 1)]
    assert await fetch(realm.dsn, "SELECT char_id FROM satchel.inventory WHERE quarantine IS NOT NULL") == [(1,)]
    peeked = await poisoned.satchel.sessions.peek(HolderId(1))
    assert peeked is not None
    assert peeked.top.quarantine is not None
    await copies_equal(healthy)


@pytest.mark.parametrize("step", FORK_STEPS)
async def test_a_lost_history_is_kept_once_wherever_its_keeping_fails(realm: Realm, step: str) -> None:
    play = await realm.play()
    old = OldAof(play)
    await play.session()
    await old.keep()
    await play.act(EARN)
    await play.satchel.orchestrator.flush_session(HolderId(1))
    await old.put_back(run_id=(await play.satchel.redis.nodes()[0].link()).run_id)
    play.satchel.sessions.forget(HolderId(1))
    await play.act(AdjustWallet(resource="timber", amount=1))

    with failing_at(step) as reached:
        await _rounds(play, 2)
    await _rounds(play, 1)
    await play.session()
    await play.satchel.worker.reindex()
    while play.satchel.worker.reindexing:
        await play.satchel.worker.reindex()

    assert reached == [step]
    assert await fetch(realm.dsn, "SELECT char_id, version FROM satchel.forked_action") == [(1, 1)]
    assert (await play.session()).wallet == {"gold": 5}
    await copies_equal(play)


async def test_an_action_that_pays_for_the_flush_and_fails_at_it_can_be_tried_again(realm: Realm) -> None:
    play = await realm.play()
    play.satchel.sessions.limits = SessionLimits(journal_records_max=2)
    for _ in range(2):
        await play.act(EARN)

    with failing_at("action.before_overflow_flush") as reached, pytest.raises(FailpointReached):
        await play.act(EARN, key="k")
    reply = await play.act(EARN, key="k")

    assert reached == ["action.before_overflow_flush"]
    assert (reply.version, reply.replayed) == (3, False)


# -- the schema --------------------------------------------------------------------------------------------------------


def _upgrade(dsn: str, failpoint: str = "") -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "SATCHEL_FAILPOINT": failpoint,
        "SATCHEL_POSTGRES_DSN": dsn,
        "SATCHEL_REDIS_URL": "redis://127.0.0.1:1",
    }
    command = [sys.executable, "-m", "satchel", "db", "upgrade"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.parametrize("step", MIGRATE_STEPS)
async def test_an_upgrade_that_is_killed_at_a_step_is_finished_by_the_next(postgres_dsn: str, step: str) -> None:
    killed = await asyncio.to_thread(_upgrade, postgres_dsn, f"{step}:kill")

    await upgrade_schema(postgres_dsn)

    assert killed.returncode == -signal.SIGKILL
    await check_schema(postgres_dsn)
    assert await fetch(postgres_dsn, "SELECT count(*) FROM satchel.deployment") == [(1,)]


async def test_two_processes_that_upgrade_an_empty_database_at_once_make_one_schema(postgres_dsn: str) -> None:
    done = await asyncio.gather(*(asyncio.to_thread(_upgrade, postgres_dsn) for _ in range(2)))

    assert [process.returncode for process in done] == [0, 0], [process.stderr for process in done]
    await check_schema(postgres_dsn)
    assert await fetch(postgres_dsn, "SELECT count(*) FROM satchel.deployment") == [(1,)]


async def test_an_upgrade_of_an_upgraded_schema_changes_nothing(vault_dsn: str) -> None:
    before = await fetch(vault_dsn, "SELECT id, made_at FROM satchel.deployment")

    await upgrade_schema(vault_dsn)

    assert await fetch(vault_dsn, "SELECT id, made_at FROM satchel.deployment") == before


# -- none is left untried ----------------------------------------------------------------------------------------------


def test_what_chaos_cannot_reach_under_load_is_brought_about_here() -> None:
    here = {*POISON_STEPS, *FORK_STEPS, *MIGRATE_STEPS, "action.before_overflow_flush"}

    assert set(OTHERS) <= here <= set(FAILPOINTS)
