"""The vault: what it takes, what it refuses, and what it remembers."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from satchel.errors import CharacterNotFound, DuplicateItem, InvariantBroken, PushRejected
from satchel.ids import HolderId
from satchel.inventory.changes import ItemChange
from satchel.inventory.character import Character, CharacterEntry
from satchel.inventory.item import Item
from satchel.inventory.record import GENESIS, SealedRecord, link, open_record, seal
from satchel.ports import PushStatus, Snapshot, Vault
from tests.builders import HERO, item_id
from tests.contract.contract_stage import records

START = (0, GENESIS)
POTION = Item(item_id(1), "healing_potion", 3, "bag", 4, quick_slot=2, locked=True, properties={"luck": 2})
SWORD = Item(item_id(2), "iron_sword", 1, slot="main_hand", durability=17)


@pytest.fixture(autouse=True)
async def _characters(vault: Vault) -> None:
    for char_id in (1, 2):
        assert await vault.create_character(HolderId(char_id), HERO)
        await vault.open_epoch(HolderId(char_id), 0, 0)


def _snapshot(
    chain: Sequence[SealedRecord], base: tuple[int, str] = START, *, epoch: int = 1, char_id: int = 1
) -> Snapshot:
    return Snapshot(HolderId(char_id), epoch, *base, tuple(chain))


async def _push(vault: Vault, *snapshots: Snapshot) -> list[PushStatus]:
    return [outcome.status for outcome in await vault.push(snapshots)]


async def test_a_character_is_made_once(vault: Vault) -> None:
    assert not await vault.create_character(HolderId(1), Character("tg:2", "Bob"))
    assert (await vault.read_state(HolderId(1))).character == HERO


async def test_a_players_characters_are_found_by_id(vault: Vault) -> None:
    await vault.create_character(HolderId(4), Character("tg:4", "Dan", 7))
    await vault.create_character(HolderId(3), Character("tg:4", "Cid"))

    assert await vault.find_characters("tg:4") == [CharacterEntry(3, "Cid", 1), CharacterEntry(4, "Dan", 7)]
    assert await vault.find_characters("tg:9") == []


async def test_a_fast_forward_is_pushed_with_items_balances_and_ledger(vault: Vault) -> None:
    chain = records(START, [5, 6], items=(POTION, SWORD))

    outcome = (await vault.push([_snapshot(chain)]))[0]

    state = await vault.read_state(HolderId(1))
    assert (outcome.status, outcome.head.epoch, outcome.head.version, outcome.head.h) == (
        PushStatus.PUSHED,
        1,
        2,
        chain[-1].h,
    )
    assert (state.head.version, state.head.h, state.head.epoch) == (2, chain[-1].h, 1)
    assert sorted(state.items, key=lambda item: item.id) == [POTION, SWORD]
    assert state.wallet == {"gold": 11}
    rows = await vault.read_ledger(HolderId(1), 99, 99)
    assert [(row.version, row.h, row.action_id, row.record_json) for row in rows] == [
        (record.version, record.h, open_record(record.json).action_id, record.json) for record in chain[::-1]
    ]


async def test_the_same_snapshot_again_is_done(vault: Vault) -> None:
    snapshot = _snapshot(records(START, [5], items=(POTION,)))

    assert await _push(vault, snapshot) == [PushStatus.PUSHED]
    assert await _push(vault, snapshot) == [PushStatus.DONE]
    assert len(await vault.read_ledger(HolderId(1), 99, 99)) == 1


async def test_only_what_is_new_in_an_overlapping_snapshot_is_pushed(vault: Vault) -> None:
    chain = records(START, [5, 6, 7])
    await vault.push([_snapshot(chain[:2])])

    assert await _push(vault, _snapshot(chain)) == [PushStatus.PUSHED]
    assert [row.version for row in await vault.read_ledger(HolderId(1), 99, 99)] == [3, 2, 1]
    assert (await vault.read_state(HolderId(1))).wallet == {"gold": 18}


async def test_an_older_snapshot_that_arrives_last_changes_nothing(vault: Vault) -> None:
    chain = records(START, [5, 6, 7])
    await vault.push([_snapshot(chain)])

    assert await _push(vault, _snapshot(chain[:1])) == [PushStatus.NEWER]
    assert (await vault.read_state(HolderId(1))).head.version == 3


async def test_a_higher_version_of_another_history_is_not_taken(vault: Vault) -> None:
    await vault.push([_snapshot(records(START, [5, 6]))])

    outcome = (await vault.push([_snapshot(records(START, [1, 1, 1, 1], stem="other"))]))[0]

    assert (outcome.status, outcome.head.version) == (PushStatus.UNKNOWN_BASE, 2)
    assert (await vault.read_state(HolderId(1))).wallet == {"gold": 11}


async def test_a_snapshot_of_an_older_epoch_is_fenced_even_if_it_fits(vault: Vault) -> None:
    chain = records(START, [5])
    await vault.open_epoch(HolderId(1), 0, 0)

    outcome = (await vault.push([_snapshot(chain)]))[0]

    assert (outcome.status, outcome.head.epoch, outcome.head.version) == (PushStatus.FENCED, 2, 0)


async def test_a_snapshot_of_a_newer_epoch_brings_it_to_a_vault_that_fell_back(vault: Vault) -> None:
    assert await _push(vault, _snapshot(records(START, [5], epoch=4), epoch=4)) == [PushStatus.PUSHED]
    assert await vault.read_epoch(HolderId(1)) == 4
    assert await _push(vault, _snapshot((), (1, (await vault.read_state(HolderId(1))).head.h), epoch=5)) == [
        PushStatus.PUSHED
    ]
    assert await vault.read_epoch(HolderId(1)) == 5


async def test_a_snapshot_of_nobody_is_missing(vault: Vault) -> None:
    outcome = (await vault.push([_snapshot(records(START, [5], char_id=HolderId(9)), char_id=9)]))[0]

    assert (outcome.status, outcome.head.epoch, outcome.head.version, outcome.head.h) == (PushStatus.MISSING, 0, 0, "")


async def test_a_batch_gives_each_snapshot_its_own_outcome_in_order(vault: Vault) -> None:
    first, second = records(START, [5]), records(START, [6], char_id=HolderId(2))
    await vault.push([_snapshot(first)])

    statuses = await _push(
        vault,
        _snapshot(second, char_id=2),
        _snapshot(first),
        _snapshot(records(START, [5], char_id=HolderId(9)), char_id=9),
    )

    assert statuses == [PushStatus.PUSHED, PushStatus.DONE, PushStatus.MISSING]


async def test_a_batch_names_each_character_once(vault: Vault) -> None:
    snapshot = _snapshot(records(START, [5]))

    with pytest.raises(InvariantBroken):
        await vault.push([snapshot, snapshot])


async def test_a_broken_chain_is_refused(vault: Vault) -> None:
    good = records(START, [5, 6])
    forged = SealedRecord(2, "c" * 32, good[1].json)

    with pytest.raises(PushRejected, match="chain is broken"):
        await vault.push([_snapshot((good[0], forged))])
    assert (await vault.read_state(HolderId(1))).head.version == 0


async def test_an_unreadable_record_is_refused(vault: Vault) -> None:
    with pytest.raises(PushRejected, match="unreadable"):
        await vault.push([_snapshot((SealedRecord(1, link(GENESIS, b"{}"), b"{}"),))])


async def test_an_item_of_another_character_is_a_duplicate_and_its_batch_is_not_saved(vault: Vault) -> None:
    await vault.push([_snapshot(records(START, [5], items=(POTION,)))])
    thief = records(START, [1], char_id=HolderId(2), items=(POTION,))

    with pytest.raises(DuplicateItem) as caught:
        await vault.push([_snapshot(thief, char_id=2)])

    assert caught.value.data == {"item_id": POTION.id, "char_id": 2, "owner_char_id": 1}
    assert (await vault.read_state(HolderId(2))).head.version == 0
    assert (await vault.read_state(HolderId(1))).items == (POTION,)


async def test_an_item_that_two_characters_of_one_batch_bring_is_a_duplicate(vault: Vault) -> None:
    batch = [
        _snapshot(records(START, [5], char_id=HolderId(char_id), items=(POTION,)), char_id=char_id)
        for char_id in (1, 2)
    ]

    with pytest.raises(DuplicateItem):
        await vault.push(batch)


@pytest.mark.parametrize(
    "item",
    [
        POTION.replace(quantity=0),
        POTION.replace(slot="main_hand"),
        POTION.replace(container=None, position=None),
    ],
)
async def test_an_item_that_breaks_a_check_is_refused(vault: Vault, item: Item) -> None:
    with pytest.raises(PushRejected) as caught:
        await vault.push([_snapshot(records(START, [5], items=(item,)))])

    assert not isinstance(caught.value, DuplicateItem)
    assert (await vault.read_state(HolderId(1))).head.version == 0


async def test_an_action_id_stands_in_the_ledger_once(vault: Vault) -> None:
    chain = records(START, [5])
    await vault.push([_snapshot(chain)])
    base = (1, chain[-1].h)
    replayed = _rewritten(chain[0], base, "a-1")

    with pytest.raises(PushRejected) as caught:
        await vault.push([_snapshot((replayed,), base)])

    assert caught.value.data["constraint"] == "ledger_char_id_action_id_key"
    assert (await vault.read_state(HolderId(1))).head.version == 1


async def test_an_epoch_opens_one_above_both_the_vaults_and_the_floor(vault: Vault) -> None:
    assert (await vault.open_epoch(HolderId(1), 0, 0)).head.epoch == 2
    assert (await vault.open_epoch(HolderId(1), 0, 0, epoch_floor=9)).head.epoch == 10
    assert (await vault.open_epoch(HolderId(1), 0, 0, epoch_floor=3)).head.epoch == 11
    assert (await vault.read_epoch(HolderId(1)), await vault.read_epoch(HolderId(9))) == (11, 0)


async def test_an_epoch_opens_with_the_newest_records_and_marks(vault: Vault) -> None:
    chain = records(START, [1, 2, 3, 4])
    await vault.push([_snapshot(chain)])

    state = await vault.open_epoch(HolderId(1), 2, 3)

    assert state.recent == chain[-2:]
    assert [(mark.action_id, mark.version) for mark in state.marks] == [("a-2", 2), ("a-3", 3), ("a-4", 4)]


async def test_reading_leaves_the_epoch_alone_and_brings_no_records(vault: Vault) -> None:
    await vault.push([_snapshot(records(START, [1]))])

    state = await vault.read_state(HolderId(1))

    assert (state.head.epoch, state.recent, state.marks) == (1, (), ())
    assert await vault.read_epoch(HolderId(1)) == 1


async def test_nobody_is_not_found(vault: Vault) -> None:
    with pytest.raises(CharacterNotFound):
        await vault.open_epoch(HolderId(9), 0, 0)
    with pytest.raises(CharacterNotFound):
        await vault.read_state(HolderId(9))
    assert await vault.read_ledger(HolderId(9), 99, 99) == []


async def test_the_ledger_is_read_in_pages_newest_first(vault: Vault) -> None:
    await vault.push([_snapshot(records(START, [1, 2, 3, 4, 5]))])

    assert [row.version for row in await vault.read_ledger(HolderId(1), 5, 2)] == [4, 3]
    assert [row.version for row in await vault.read_ledger(HolderId(1), 3, 9)] == [2, 1]
    assert await vault.read_ledger(HolderId(1), 1, 9) == []


async def test_an_item_that_is_gone_and_a_balance_of_zero_have_no_row(vault: Vault) -> None:
    chain = records(START, [5, -5], items=(POTION,))
    gone = _rewritten(chain[1], (1, chain[0].h), "gone", drops=POTION)
    await vault.push([_snapshot((chain[0], gone))])

    state = await vault.read_state(HolderId(1))

    assert (state.items, state.wallet) == ((), {})


async def test_quarantine_is_set_and_lifted(vault: Vault) -> None:
    await vault.quarantine(HolderId(1), "looked at")
    assert (await vault.read_state(HolderId(1))).quarantine == "looked at"
    await vault.quarantine(HolderId(1), None)
    assert (await vault.read_state(HolderId(1))).quarantine is None
    await vault.quarantine(HolderId(9), "nobody")


async def test_burying_and_keeping_a_fork_twice_is_as_once(vault: Vault) -> None:
    snapshot = _snapshot(records(START, [5]))

    for _ in range(2):
        await vault.dead_letter(snapshot, "refused")
        await vault.keep_fork(HolderId(1), 2, list(snapshot.records))


async def test_the_vault_answers(vault: Vault) -> None:
    await vault.ping()


def _rewritten(record: SealedRecord, base: tuple[int, str], action_id: str, drops: Item | None = None) -> SealedRecord:
    changes = (ItemChange.between(drops, None),) if drops is not None else ()
    opened = open_record(record.json)
    return seal(base[1], replace(opened, version=base[0] + 1, action_id=action_id, changes=changes))
