import pytest

from satchel.errors import ItemNotFound, QuickSlotUnavailable
from satchel.inventory.actions import BindQuickSlot, Equip, UnbindQuickSlot
from tests.builders import Bench, item_id

BELTS = {"rope_belt": 0, "leather_belt": 1, "traveller_belt": 2, "alchemist_belt": 3, "warlord_belt": 4}


def _bench(belt: str = "warlord_belt") -> Bench:
    bench = Bench()
    bench.has(belt, slot="belt")
    return bench


@pytest.mark.parametrize(("belt", "given"), BELTS.items())
def test_the_belt_says_how_many_quick_slots_there_are(belt: str, given: int) -> None:
    bench = _bench(belt)
    potion = bench.has("healing_potion")

    data = bench.refused(QuickSlotUnavailable, BindQuickSlot(item_id=potion, quick_slot=given + 1))

    assert data == {"quick_slot": given + 1, "available": given, "item_id": potion, "quick": True}
    assert bench.session.stats.quick_slots == given


def test_without_a_belt_nothing_can_be_bound() -> None:
    bench = Bench()
    potion = bench.has("healing_potion")

    data = bench.refused(QuickSlotUnavailable, BindQuickSlot(item_id=potion, quick_slot=1))

    assert data["available"] == 0


def test_a_bound_item_stays_where_it_lies() -> None:
    bench = _bench()
    potion = bench.has("healing_potion", position=3)

    bench.act(BindQuickSlot(item_id=potion, quick_slot=4))

    assert bench.session.quick_slots == {4: potion}
    assert bench.place(potion) == ("bag", 3)


def test_the_item_that_was_there_is_unbound() -> None:
    bench = _bench()
    old, new = bench.has("healing_potion", quick_slot=1), bench.has("mana_potion")

    bench.act(BindQuickSlot(item_id=new, quick_slot=1))

    assert bench.session.quick_slots == {1: new}
    assert bench.item(old).quick_slot is None


def test_an_item_is_in_one_quick_slot_at_a_time() -> None:
    bench = _bench()
    potion = bench.has("healing_potion", quick_slot=1)

    bench.act(BindQuickSlot(item_id=potion, quick_slot=2))

    assert bench.session.quick_slots == {2: potion}


def test_binding_again_changes_nothing() -> None:
    bench = _bench()
    potion = bench.has("healing_potion", quick_slot=1)

    assert bench.act(BindQuickSlot(item_id=potion, quick_slot=1)).item_changes() == ()


def test_an_equal_belt_keeps_the_quick_slots() -> None:
    bench = _bench("traveller_belt")
    potion = bench.has("healing_potion", quick_slot=2)
    belt = bench.has("traveller_belt")

    bench.act(Equip(item_id=belt))

    assert bench.session.quick_slots == {2: potion}


@pytest.mark.parametrize("definition", ["bread", "iron_sword"])
def test_what_is_not_made_for_a_quick_slot_cannot_be_bound(definition: str) -> None:
    bench = _bench()
    item = bench.has(definition)

    data = bench.refused(QuickSlotUnavailable, BindQuickSlot(item_id=item, quick_slot=1))

    assert data == {"quick_slot": 1, "available": 4, "item_id": item, "quick": False}


def test_what_lies_in_the_stash_cannot_be_bound() -> None:
    bench = _bench()
    potion = bench.has("healing_potion", container="stash")

    data = bench.refused(QuickSlotUnavailable, BindQuickSlot(item_id=potion, quick_slot=1))

    assert data["quick"] is False


def test_bind_refuses_an_item_that_is_not_there() -> None:
    data = _bench().refused(ItemNotFound, BindQuickSlot(item_id=item_id(99), quick_slot=1))

    assert data == {"item_id": item_id(99)}


def test_unbind_empties_the_quick_slot() -> None:
    bench = _bench()
    potion = bench.has("healing_potion", quick_slot=1)

    bench.act(UnbindQuickSlot(quick_slot=1))

    assert (bench.session.quick_slots, bench.item(potion).quick_slot) == ({}, None)


@pytest.mark.parametrize("number", [1, 32])
def test_unbind_refuses_an_empty_quick_slot(number: int) -> None:
    assert _bench().refused(ItemNotFound, UnbindQuickSlot(quick_slot=number)) == {"quick_slot": number}
