"""`satchel audit` finds what is planted, and names it."""

import asyncio
import json
import os
import sys

import asyncpg
import pytest

from satchel.admin.audit import Report
from satchel.admin.finding import Finding
from satchel.admin.tools import Addresses, AdminTools
from satchel.inventory.actions import AdjustWallet
from tests.builders import Play


def kinds(report: Report) -> list[str]:
    return sorted({str(finding.kind) for finding in report.findings})


def only(report: Report, kind: str) -> Finding:
    (found,) = [finding for finding in report.findings if finding.kind == kind]
    return found


async def audited(workplace: AdminTools) -> Report:
    return await workplace.audit().run()


async def test_sound_game_has_no_findings(neighbour: Play, workplace: AdminTools) -> None:
    report = await audited(workplace)

    assert report.findings == ()
    assert (report.characters, report.records, report.items, report.sessions) == (2, 5, 3, 2)
    ore = report.definitions["iron_ore"]
    assert (ore.came, ore.went, ore.present) == (10, 1, 9)
    assert report.resources["gold"].present == 30


async def test_unsaved_session_is_sound_too(played: Play, workplace: AdminTools) -> None:
    await played.act(AdjustWallet(resource="gold", amount=1))

    assert (await audited(workplace)).findings == ()


async def test_gap_is_named_with_its_version(played: Play, workplace: AdminTools, sql: asyncpg.Connection) -> None:
    await sql.execute("DELETE FROM satchel.ledger WHERE char_id = 1 AND version = 2")
    report = await audited(workplace)

    gap = only(report, "gap")
    assert (gap.char_id, gap.version, gap.text) == (1, 3, "version 1 is followed by 3")
    assert kinds(report) == ["gap", "not_conserved", "starts_elsewhere"]


async def test_wrong_balance_is_named_with_both_amounts(
    played: Play, workplace: AdminTools, sql: asyncpg.Connection
) -> None:
    await sql.execute("UPDATE satchel.balance SET amount = 31 WHERE char_id = 1")
    report = await audited(workplace)

    wrong = only(report, "wrong_balance")
    assert (wrong.char_id, wrong.resource, wrong.text) == (1, "gold", "gold is 31, the ledger says 30")
    assert kinds(report) == ["not_conserved", "wrong_balance"]


async def test_copied_item_is_named(neighbour: Play, workplace: AdminTools, sql: asyncpg.Connection) -> None:
    copy = await sql.fetchval(
        "INSERT INTO satchel.item (uid, char_id, definition, quantity, container, position) "
        "SELECT gen_random_uuid(), 2, definition, quantity, 'bag', 7 FROM satchel.item WHERE definition = 'iron_sword' "
        "RETURNING uid::text"
    )
    report = await audited(workplace)

    found = only(report, "item_without_history")
    assert (found.char_id, found.item_id, found.lineage) == (2, copy, ())
    assert only(report, "not_conserved").text == "item iron_sword: 1 came, 0 went, but there are 2"


async def test_item_that_two_ledgers_hold_is_named_with_its_lineage(
    neighbour: Play, workplace: AdminTools, sql: asyncpg.Connection
) -> None:
    sword = (await sql.fetchval("SELECT uid::text FROM satchel.item WHERE definition = 'iron_sword'")) or ""
    shield = (await sql.fetchval("SELECT uid::text FROM satchel.item WHERE definition = 'oak_shield'")) or ""
    await sql.execute("DELETE FROM satchel.item WHERE uid = $1::text::uuid", shield)
    await sql.execute(
        "UPDATE satchel.ledger SET record = replace(record::text, $1, $2)::json WHERE char_id = 2", shield, sword
    )
    report = await audited(workplace)

    found = only(report, "duplicate_item")
    assert (found.char_id, found.item_id) == (2, sword)
    assert "held by characters 1, 2; its row lies with 1" in found.text
    assert [(trace.char_id, trace.version) for trace in found.lineage] == [(1, 1), (1, 3), (2, 1)]


async def test_lost_item_is_named(played: Play, workplace: AdminTools, sql: asyncpg.Connection) -> None:
    sword = await sql.fetchval("DELETE FROM satchel.item WHERE definition = 'iron_sword' RETURNING uid::text")
    report = await audited(workplace)

    assert only(report, "item_missing").item_id == sword


async def test_changed_item_is_named(played: Play, workplace: AdminTools, sql: asyncpg.Connection) -> None:
    await sql.execute("UPDATE satchel.item SET quantity = 99 WHERE definition = 'iron_ore'")
    report = await audited(workplace)

    assert "quantity=99" in only(report, "item_differs").text


async def test_forged_record_breaks_its_link(played: Play, workplace: AdminTools, sql: asyncpg.Connection) -> None:
    await sql.execute(
        "UPDATE satchel.ledger SET record = replace(record::text, 'service', 'nobody')::json WHERE version = 3"
    )
    report = await audited(workplace)

    assert only(report, "broken_link").version == 3


async def test_row_whose_columns_lie_is_named(played: Play, workplace: AdminTools, sql: asyncpg.Connection) -> None:
    await sql.execute("UPDATE satchel.ledger SET action_id = 'forged' WHERE version = 2")
    report = await audited(workplace)

    assert only(report, "row_differs").version == 2


async def test_head_that_is_not_the_last_row_is_named(
    played: Play, workplace: AdminTools, sql: asyncpg.Connection
) -> None:
    await sql.execute("DELETE FROM satchel.ledger WHERE version = 4")
    report = await audited(workplace)

    assert "it is at version 4" in only(report, "head_differs").text


async def test_session_that_stays_unsaved_is_named(played: Play, workplace: AdminTools) -> None:
    await played.act(AdjustWallet(resource="gold", amount=1))
    report = await workplace.audit(unsaved_max_s=0.000_001).run()

    assert only(report, "session_behind").char_id == 1


async def test_dirty_session_that_no_worker_would_find_is_named(played: Play, workplace: AdminTools) -> None:
    await played.act(AdjustWallet(resource="gold", amount=1))
    keys = played.satchel.sessions.keys.of(1)
    await played.satchel.redis.execute("ZREM", keys.due, 1)
    report = await audited(workplace)

    assert "no worker will find it" in only(report, "session_behind").text


async def test_session_with_other_items_than_its_history_is_named(played: Play, workplace: AdminTools) -> None:
    await played.satchel.redis.execute("HSET", played.satchel.sessions.keys.of(1).session, "w:gold", 31)
    report = await audited(workplace)

    assert only(report, "session_differs").text == "session: gold is 31, the ledger says 30"


@pytest.mark.parametrize("every", [False, True])
async def test_command_exits_with_1_and_names_what_it_finds(
    played: Play, addresses: Addresses, sql: asyncpg.Connection, every: bool
) -> None:
    await sql.execute("UPDATE satchel.balance SET amount = 31 WHERE char_id = 1")
    options = ["--every", "0.1"] if every else []
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "satchel", "audit", "--json", *options),
        env={
            **os.environ,
            "SATCHEL_POSTGRES_DSN": addresses.postgres_dsn,
            "SATCHEL_REDIS_URL": addresses.redis_url,
            "SATCHEL_NAMESPACE": addresses.settings.namespace,
        },
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    lines = [await process.stdout.readline() for _ in range(3 if every else 1)]
    if every:
        process.terminate()
    code = await process.wait()

    for line in lines:
        assert {finding["kind"] for finding in json.loads(line)["findings"]} == {"wrong_balance", "not_conserved"}
    assert every or code == 1
