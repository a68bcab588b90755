"""`satchel restore` and `satchel history`: nothing is rewritten, and who did it stands in the ledger."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from satchel.admin.history import read_history
from satchel.admin.report import restored_lines, save_lines
from satchel.admin.tools import AdminTools
from satchel.errors import ItemsElsewhere, LedgerBroken, Quarantined, VersionUnknown
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet, Consume, Drop, Grant, Unequip
from tests.builders import Play


async def test_restore_makes_a_new_version_that_equals_the_old_one(played: Play, workplace: AdminTools) -> None:
    before = await played.session()
    items, wallet = dict(before.items), dict(before.wallet)
    sword = before.worn["main_hand"]
    await played.act(Unequip(item_id=sword), AdjustWallet(resource="gold", amount=-30))
    await played.act(Drop(item_id=sword), Grant(definition="oak_shield"))
    restored = await workplace.restorer().restore(HolderId(1), 4, actor="ann", reason="ticket 7")

    after = await played.session()
    assert (restored.from_version, restored.to_version, restored.version) == (6, 4, 7)
    assert (after.items, after.wallet, after.version) == (items, wallet, 7)
    assert (await workplace.audit().run()).findings == ()


async def test_restore_names_actor_and_reason_in_the_ledger(played: Play, workplace: AdminTools) -> None:
    await played.act(AdjustWallet(resource="gold", amount=-30))
    await workplace.restorer().restore(HolderId(1), 4, actor="ann", reason="ticket 7")
    page = await read_history(workplace.sessions, workplace.postgres, HolderId(1), 2**53, 1)

    (save,) = page.saves
    assert (save.unsaved, save.record.operations) == (False, ("restore",))
    assert (save.record.actor, save.record.reason) == ("operator ann", "ticket 7 (restored to version 4)")


async def test_dry_run_shows_the_difference_and_changes_nothing(played: Play, workplace: AdminTools) -> None:
    await played.act(AdjustWallet(resource="gold", amount=-30))
    restored = await workplace.restorer().restore(HolderId(1), 4, actor="ann", reason="look", dry_run=True)

    assert (await played.session()).version == 5
    assert list(restored_lines(restored)) == [
        "character 1: version 5 back to 4: would change, nothing is written",
        "    gold: 0 -> 30",
    ]


async def test_restore_to_a_moment_takes_the_last_version_before_it(
    played: Play, workplace: AdminTools, sql: asyncpg.Connection
) -> None:
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    await sql.execute("UPDATE satchel.ledger SET at = $1 WHERE version <= 3", moment - timedelta(hours=1))
    restored = await workplace.restorer().restore(HolderId(1), moment, actor="ann", reason="look", dry_run=True)

    assert restored.to_version == 3


async def test_restore_to_before_everything_empties_the_inventory(played: Play, workplace: AdminTools) -> None:
    await workplace.restorer().restore(HolderId(1), 0, actor="ann", reason="start over")

    session = await played.session()
    assert (session.items, session.wallet) == ({}, {})


async def test_restore_refuses_items_that_live_elsewhere_by_name(
    neighbour: Play, played: Play, workplace: AdminTools, sql: asyncpg.Connection
) -> None:
    sword = (await played.session()).worn["main_hand"]
    await played.act(Unequip(item_id=sword), Consume(item_id=sword))
    await played.satchel.orchestrator.flush_session(HolderId(1))
    await sql.execute(
        "INSERT INTO satchel.item (uid, char_id, definition, quantity, container, position) "
        "VALUES ($1::text::uuid, 2, 'iron_sword', 1, 'bag', 5)",
        sword,
    )

    with pytest.raises(ItemsElsewhere) as refused:
        await workplace.restorer().restore(HolderId(1), 4, actor="ann", reason="ticket 7")
    assert f"item {sword} (1 iron_sword worn in main_hand): now with character 2" in str(refused.value)


async def test_restore_refuses_a_version_that_was_never_there(played: Play, workplace: AdminTools) -> None:
    with pytest.raises(VersionUnknown) as refused:
        await workplace.restorer().restore(HolderId(1), 9, actor="ann", reason="ticket 7")

    assert refused.value.data == {"char_id": 1, "version": 9, "last": 4}


async def test_restore_refuses_to_build_on_a_broken_ledger(
    played: Play, workplace: AdminTools, sql: asyncpg.Connection
) -> None:
    await sql.execute("DELETE FROM satchel.ledger WHERE version = 2")

    with pytest.raises(LedgerBroken):
        await workplace.restorer().restore(HolderId(1), 3, actor="ann", reason="ticket 7")


async def test_restore_of_a_quarantined_character_is_refused(played: Play, workplace: AdminTools) -> None:
    await played.satchel.orchestrator.quarantine(HolderId(1), "test")

    with pytest.raises(Quarantined):
        await workplace.restorer().restore(HolderId(1), 3, actor="ann", reason="ticket 7")


async def test_history_shows_the_unsaved_too_newest_first(played: Play, workplace: AdminTools) -> None:
    await played.act(AdjustWallet(resource="gold", amount=1))
    page = await read_history(workplace.sessions, workplace.postgres, HolderId(1), 2**53, 3)

    assert [(save.record.version, save.unsaved) for save in page.saves] == [(5, True), (4, False), (3, False)]
    assert page.before == 3


async def test_history_goes_on_where_the_page_ended(played: Play, workplace: AdminTools) -> None:
    page = await read_history(workplace.sessions, workplace.postgres, HolderId(1), 3, 10)

    assert [save.record.version for save in page.saves] == [2, 1]
    assert page.before is None


async def test_history_of_one_item_leaves_the_rest_out(played: Play, workplace: AdminTools) -> None:
    sword = (await played.session()).worn["main_hand"]
    page = await read_history(workplace.sessions, workplace.postgres, HolderId(1), 2**53, 10, sword)

    assert [save.record.version for save in page.saves] == [3, 1]


async def test_history_says_what_was_before_and_after(played: Play, workplace: AdminTools) -> None:
    page = await read_history(workplace.sessions, workplace.postgres, HolderId(1), 2**53, 1)
    (save,) = page.saves
    lines = list(save_lines(save.record, save.h))

    assert "drop  by service" in lines[0]
    assert "(10 iron_ore in bag[" in lines[2]
    assert "-> item" in lines[2]
