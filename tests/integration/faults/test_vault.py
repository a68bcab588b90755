"""What PostgreSQL does to us: away, killed, read-only, silent about a commit."""

from pathlib import Path

import asyncpg
import pytest

from satchel.embedded import PostgresServer
from satchel.errors import VaultUnavailable
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet
from satchel.ports import PushStatus
from tests.builders import Play
from tests.integration.faults.byte_proxy import Proxy
from tests.integration.faults.conftest import Realm
from tests.integration.faults.flushing import SOON_MS, claim_one, copies_equal, is_clean
from tests.integration.faults.rows import fetch

EARN = AdjustWallet(resource="gold", amount=5)


async def _flush_round(play: Play) -> None:
    """One round of the worker, which never raises."""
    await play.satchel.worker.flush_all(SOON_MS)


@pytest.mark.parametrize("how", ["killed", "stopped"])
async def test_actions_go_on_without_postgresql_and_are_flushed_when_it_is_back(
    vault_realm: Realm, postgres: PostgresServer, how: str
) -> None:
    play = await vault_realm.play()
    await play.act(EARN)
    await play.satchel.orchestrator.flush_session(HolderId(1))
    postgres.kill() if how == "killed" else postgres.stop()

    for _ in range(5):
        await play.act(EARN)
        await _flush_round(play)
    with pytest.raises(VaultUnavailable):
        await play.satchel.orchestrator.flush_session(HolderId(1))
    assert not await is_clean(play.satchel)

    postgres.start()
    await _flush_round(play)
    await play.satchel.worker.flush_due(SOON_MS)
    assert await is_clean(play.satchel)
    await copies_equal(play)


async def test_a_postgresql_that_stopped_answering_is_given_up_and_found_again(
    vault_realm: Realm, postgres: PostgresServer
) -> None:
    play = await vault_realm.play()
    await play.act(EARN)
    play.satchel.vault.timeout_s = 0.3
    await play.satchel.vault.close()  # Connections keep the timeout that they were made with.
    await play.satchel.vault.ping()
    postgres.pause()
    with pytest.raises(VaultUnavailable):
        await play.satchel.orchestrator.flush_session(HolderId(1))
    postgres.resume()
    play.satchel.vault.timeout_s = 10

    await play.satchel.orchestrator.flush_session(HolderId(1))

    assert await is_clean(play.satchel)
    await copies_equal(play)


async def test_a_cold_session_cannot_be_opened_without_postgresql_and_a_hot_one_acts(
    vault_realm: Realm, postgres: PostgresServer
) -> None:
    hot = await vault_realm.play(1)
    cold = await Play.begin(hot.satchel, hot.clock, HolderId(2))
    await hot.act(EARN)
    postgres.kill()

    with pytest.raises(VaultUnavailable):
        await cold.act(EARN)
    reply = await hot.act(EARN)
    postgres.start()

    assert reply.version == 2
    assert (await cold.act(EARN)).version == 1


async def test_an_acknowledged_push_survives_a_kill_9_of_postgresql(
    vault_realm: Realm, postgres: PostgresServer
) -> None:
    play = await vault_realm.play()
    await play.act(EARN, durability="durable")
    postgres.kill()
    postgres.start()

    assert await fetch(vault_realm.dsn, "SELECT version FROM satchel.ledger") == [(1,)]


async def test_a_read_only_vault_keeps_sessions_dirty_until_it_may_be_written(vault_realm: Realm) -> None:
    play = await vault_realm.play()
    await play.act(EARN)
    await _set_read_only(vault_realm.dsn, "on")

    await _flush_round(play)
    with pytest.raises(VaultUnavailable, match="ReadOnly"):
        await play.satchel.orchestrator.flush_session(HolderId(1))
    assert (await play.act(EARN)).version == 2

    await _set_read_only(vault_realm.dsn, "off")
    await play.satchel.worker.flush_due(SOON_MS)
    await copies_equal(play)


async def _set_read_only(dsn: str, value: str) -> None:
    connection = await asyncpg.connect(dsn, server_settings={"default_transaction_read_only": "off"})
    await connection.execute(f"ALTER DATABASE satchel SET default_transaction_read_only = {value}")
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'satchel'"
    )
    await connection.close()


@pytest.fixture
async def postgres_proxy(postgres: PostgresServer, tmp_path: Path) -> Proxy:
    return Proxy(_socket(postgres), tmp_path / ".s.PGSQL.5432")


def _socket(postgres: PostgresServer) -> Path:
    return Path(postgres.dsn.split("host=")[1]) / ".s.PGSQL.5432"


async def test_a_push_whose_commit_was_not_answered_is_repeated_and_saved_once(
    vault_realm: Realm, postgres_proxy: Proxy
) -> None:
    await postgres_proxy.open()
    head = vault_realm.dsn.split("?")[0]
    play = await vault_realm.play()
    cut_off = await vault_realm.also(play, dsn=f"{head}?host={postgres_proxy.path.parent}")
    await play.act(EARN)
    postgres_proxy.cut_at = b"COMMIT;"

    with pytest.raises(VaultUnavailable):
        await cut_off.satchel.orchestrator.flush_session(HolderId(1))
    assert await fetch(vault_realm.dsn, "SELECT version FROM satchel.inventory") == [(1,)]
    outcome = (await cut_off.satchel.vault.push([await claim_one(play)]))[0]
    await cut_off.satchel.orchestrator.flush_session(HolderId(1))

    assert outcome.status == PushStatus.DONE
    assert await is_clean(play.satchel)
    await copies_equal(play)
    await postgres_proxy.close()


async def test_a_push_that_was_cut_before_its_commit_left_nothing(vault_realm: Realm, postgres_proxy: Proxy) -> None:
    await postgres_proxy.open()
    head = vault_realm.dsn.split("?")[0]
    play = await vault_realm.play()
    cut_off = await vault_realm.also(play, dsn=f"{head}?host={postgres_proxy.path.parent}")
    await play.act(EARN)
    postgres_proxy.cut_at = b"INSERT INTO satchel.ledger"

    with pytest.raises(VaultUnavailable):
        await cut_off.satchel.orchestrator.flush_session(HolderId(1))
    await cut_off.satchel.orchestrator.flush_session(HolderId(1))

    await copies_equal(play)
    await postgres_proxy.close()


async def test_deadlocked_or_locked_rows_are_waited_out_and_saved(vault_realm: Realm) -> None:
    play = await vault_realm.play()
    await play.act(EARN)
    holder = await asyncpg.connect(vault_realm.dsn)
    await holder.execute("BEGIN")
    await holder.execute("SELECT FROM satchel.inventory FOR UPDATE")
    play.satchel.vault.timeout_s = 0.2

    with pytest.raises(VaultUnavailable):
        await play.satchel.orchestrator.flush_session(HolderId(1))
    await holder.execute("ROLLBACK")
    await holder.close()
    play.satchel.vault.timeout_s = 10

    await play.satchel.worker.flush_due(SOON_MS)
    await copies_equal(play)


async def test_the_ledger_grows_with_the_flush_append_only_and_without_gaps(vault_realm: Realm) -> None:
    play = await vault_realm.play()
    seen: list[tuple[object, ...]] = []

    for flush in range(1, 5):
        for _ in range(flush):
            await play.act(EARN)
        await play.satchel.orchestrator.flush_session(HolderId(1))
        rows = await fetch(vault_realm.dsn, "SELECT version, h, xmin::text FROM satchel.ledger ORDER BY version")
        assert rows[: len(seen)] == seen
        heads = await fetch(vault_realm.dsn, "SELECT xmin::text FROM satchel.inventory")
        assert {row[2] for row in rows[len(seen) :]} == {heads[0][0]}
        seen = rows

    assert [row[0] for row in seen] == list(range(1, 11))
