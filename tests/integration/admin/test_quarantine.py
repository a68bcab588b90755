"""`satchel quarantine`: who, why, and letting them go on."""

import asyncpg
import pytest

from satchel.admin.report import case_lines
from satchel.admin.tools import AdminTools
from satchel.errors import NotQuarantined, Quarantined, StillWrong
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet
from tests.builders import Play


@pytest.fixture
async def kept(played: Play) -> Play:
    """Character 1 in quarantine, with one save that only the session has."""
    await played.act(AdjustWallet(resource="gold", amount=5))
    await played.satchel.orchestrator.quarantine(HolderId(1), "planted")
    return played


async def test_list_tells_who_and_why(kept: Play, neighbour: Play, workplace: AdminTools) -> None:
    (row,) = await workplace.quarantine().list()

    assert (row.char_id, row.reason, row.dead_letters, row.forked_actions) == (1, "planted", 0, 0)


async def test_show_tells_what_is_unsaved_and_what_lies_aside(kept: Play, workplace: AdminTools) -> None:
    snapshot = await kept.satchel.orchestrator.backlog.claim_one(HolderId(1))
    assert snapshot is not None
    await kept.satchel.vault.dead_letter(snapshot, "no room in heaven")
    case = await workplace.quarantine().show(HolderId(1))

    assert (case.vault_reason, case.session_reason, case.version, case.session_version) == ("planted", "planted", 4, 5)
    assert case.unsaved == 1
    assert any("dead letter" in line and "no room in heaven" in line for line in case_lines(case))


async def test_released_character_may_act_and_is_flushed(kept: Play, workplace: AdminTools) -> None:
    with pytest.raises(Quarantined):
        await kept.act(AdjustWallet(resource="gold", amount=1))
    case = await workplace.quarantine().release(HolderId(1))
    reply = await kept.act(AdjustWallet(resource="gold", amount=1), durability="durable")

    assert case.findings == ()
    assert reply.version == 6
    assert (await workplace.vault.quarantined()) == []


async def test_release_says_what_is_still_wrong(kept: Play, workplace: AdminTools, sql: asyncpg.Connection) -> None:
    await sql.execute("UPDATE satchel.balance SET amount = 99 WHERE char_id = 1")

    with pytest.raises(StillWrong) as refused:
        await workplace.quarantine().release(HolderId(1))
    assert "gold is 99, the ledger says 30" in str(refused.value)
    with pytest.raises(Quarantined):
        await kept.act(AdjustWallet(resource="gold", amount=1))


async def test_release_may_be_forced(kept: Play, workplace: AdminTools, sql: asyncpg.Connection) -> None:
    await sql.execute("UPDATE satchel.balance SET amount = 99 WHERE char_id = 1")
    await workplace.quarantine().release(HolderId(1), force=True)

    assert (await kept.act(AdjustWallet(resource="gold", amount=1))).version == 6


async def test_release_with_discard_goes_on_from_the_vault_and_keeps_the_rest_aside(
    kept: Play, workplace: AdminTools
) -> None:
    await workplace.quarantine().release(HolderId(1), discard=True)
    reply = await kept.act(AdjustWallet(resource="gold", amount=1))

    assert (reply.version, reply.wallet_changes[0].before) == (5, 30)
    (fork,) = await workplace.vault.forked_actions(HolderId(1))
    assert (fork.version, fork.in_ledger) == (5, False)
    (row,) = await workplace.quarantine().list(with_aside=True)
    assert (row.reason, row.forked_actions) == ("", 1)


async def test_character_that_may_act_cannot_be_released(played: Play, workplace: AdminTools) -> None:
    with pytest.raises(NotQuarantined):
        await workplace.quarantine().release(HolderId(1))
