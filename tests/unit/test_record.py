"""What one save did, as bytes, and the chain that links the saves."""

from uuid import UUID

import msgspec
import pytest

from satchel.inventory.actions import AdjustWallet, Equip, Grant, UpdateCharacter
from satchel.inventory.changes import ItemChange
from satchel.inventory.decision import record_of
from satchel.inventory.item import Item, new_item_id
from satchel.inventory.record import GENESIS, link, open_record, seal
from tests.builders import AT_MS, Bench, intent


def _bound(item: Item, number: int) -> ItemChange:
    return ItemChange.between(item, item.replace(quick_slot=number))


def test_a_sealed_record_opens_as_it_was() -> None:
    bench = Bench()
    operations = (
        Grant(definition="iron_sword"),
        AdjustWallet(resource="gold", amount=5),
        UpdateCharacter(level=3),
        Grant(definition="pine_log", quantity=50, partial=True),
    )
    record = record_of(bench.session, bench.act(*operations), intent(operations, "a"))

    sealed = seal(GENESIS, record)

    assert open_record(sealed.json) == record
    assert (record.version, record.operations) == (1, ("grant", "adjust_wallet", "update_character", "grant"))
    assert len(record.effects) == 1


def test_the_chain_depends_on_the_head_before_and_on_every_byte() -> None:
    heads = {link(GENESIS, b"a"), link(GENESIS, b"b"), link(link(GENESIS, b"a"), b"a"), link("1" * 32, b"a")}

    assert len(heads) == 4
    assert all(len(head) == 32 and int(head, 16) for head in heads)


def test_the_chain_is_the_published_hash() -> None:
    assert link(GENESIS, b"{}") == "ae2bed9ba78e3b9f822d401c3b40f86d"


def test_what_is_no_record_does_not_open() -> None:
    with pytest.raises(msgspec.DecodeError):
        open_record(b'{"char_id": 1}')


def test_an_item_id_is_a_uuid_of_version_7_with_the_time_in_front() -> None:
    uid = UUID(new_item_id(AT_MS, "1:a", 1))

    assert (uid.version, uid.variant) == (7, "specified in RFC 4122")
    assert uid.int >> 80 == AT_MS


def test_the_same_action_makes_the_same_ids_again() -> None:
    assert new_item_id(AT_MS, "1:a", 1) == new_item_id(AT_MS, "1:a", 1)


def test_ids_differ_by_character_action_and_number() -> None:
    ids = {
        new_item_id(AT_MS, seed, number)
        for seed in ("1:a", "2:a", "1:b", "12:a", "1:2:a")
        for number in range(1, 5_000)
    }

    assert len(ids) == 5 * 4_999


def test_ids_sort_by_age_also_within_one_action() -> None:
    ids = [new_item_id(AT_MS, "1:a", number) for number in range(1, 4_096)]

    assert ids == sorted(ids)
    assert new_item_id(AT_MS + 1, "1:a", 1) > ids[-1]


def test_deciding_again_makes_the_same_items() -> None:
    wanted = intent((Grant(definition="iron_sword", quantity=3),), "same")
    first, second = Bench(), Bench()

    made = [record_of(bench.session, bench.act(*wanted.operations), wanted).changes for bench in (first, second)]

    assert made[0] == made[1]


def test_equal_inventories_give_equal_records_however_they_were_loaded() -> None:
    first, second = Bench(), Bench()
    for bench, order in ((first, (1, 2, 3, 4)), (second, (4, 3, 2, 1))):
        bench.has("warlord_belt", slot="belt")
        belt = bench.has("rope_belt")
        potions = {number: bench.has("healing_potion", 1) for number in (1, 2, 3, 4)}
        for number in order:
            item = bench.item(potions[number])
            bench.session.apply(_bound(item, number))
    wanted = intent((Equip(item_id=belt),), "a")

    records = [seal(GENESIS, record_of(b.session, b.act(*wanted.operations), wanted)) for b in (first, second)]

    assert records[0] == records[1]
