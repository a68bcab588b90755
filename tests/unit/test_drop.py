import pytest

from satchel.errors import BagFull, InsufficientItems, ItemLocked, ItemNotFound, NotDroppable, TooHeavy
from satchel.inventory.actions import Drop
from tests.builders import Bench, item_id


def test_drop_takes_the_whole_stack_away() -> None:
    bench = Bench()
    bread = bench.has("bread", 5)

    bench.act(Drop(item_id=bread))

    assert bench.session.items == {}
    assert bench.session.weight_g == 0


def test_drop_takes_only_the_quantity_that_is_named() -> None:
    bench = Bench()
    bread = bench.has("bread", 5)

    bench.act(Drop(item_id=bread, quantity=2))

    assert bench.quantities("bread") == [3]


def test_drop_of_all_by_quantity_leaves_no_empty_stack() -> None:
    bench = Bench()
    bread = bench.has("bread", 5)

    bench.act(Drop(item_id=bread, quantity=5))

    assert bench.session.items == {}


@pytest.mark.parametrize("quantity", [6, 2**53 - 1])
def test_drop_refuses_more_than_there_is(quantity: int) -> None:
    bench = Bench()
    bread = bench.has("bread", 5)

    data = bench.refused(InsufficientItems, Drop(item_id=bread, quantity=quantity))

    assert data == {"item_id": bread, "required": quantity, "available": 5}


def test_a_worn_item_can_be_dropped_with_all_that_follows() -> None:
    bench = Bench()
    belt = bench.has("warlord_belt", slot="belt")
    bench.has("healing_potion", quick_slot=4)

    bench.act(Drop(item_id=belt))

    assert (bench.worn("belt"), bench.session.quick_slots) == (None, {})


def test_a_dropped_item_leaves_its_quick_slot() -> None:
    bench = Bench()
    bench.has("warlord_belt", slot="belt")
    potion = bench.has("healing_potion", quick_slot=4)

    bench.act(Drop(item_id=potion))

    assert bench.session.quick_slots == {}


def test_the_bag_that_carries_is_not_dropped_if_what_it_holds_does_not_fit() -> None:
    bench = Bench()
    pack = bench.has("small_backpack", slot="back")
    bench.filled(free=7)

    data = bench.refused(BagFull, Drop(item_id=pack))

    assert data == {"container": "bag", "required": 25, "available": 24}


def test_the_bag_that_carries_is_not_dropped_if_the_load_would_be_too_heavy() -> None:
    bench = Bench()
    pack = bench.has("hunter_pack", slot="back")
    bench.has("pine_log", 20)
    bench.has("wolf_hide", 2)

    data = bench.refused(TooHeavy, Drop(item_id=pack))

    assert data == {"required": 41_800, "available": 40_000}


def test_who_is_overloaded_may_drop_things() -> None:
    bench = Bench()
    bench.has("pine_log", 20)
    logs = bench.has("pine_log", 20)

    bench.act(Drop(item_id=logs, quantity=1))

    assert bench.session.weight_g == 78_000


def test_quest_items_cannot_be_dropped() -> None:
    bench = Bench()
    letter = bench.has("sealed_letter", container="quest")

    data = bench.refused(NotDroppable, Drop(item_id=letter))

    assert data == {"item_id": letter, "definition": "sealed_letter"}


def test_locked_items_cannot_be_dropped() -> None:
    bench = Bench()
    bread = bench.has("bread", 5, locked=True)

    assert bench.refused(ItemLocked, Drop(item_id=bread, quantity=1)) == {"item_id": bread}


def test_drop_refuses_an_item_that_is_not_there() -> None:
    assert Bench().refused(ItemNotFound, Drop(item_id=item_id(99))) == {"item_id": item_id(99)}


def test_what_was_dropped_cannot_be_dropped_again() -> None:
    bench = Bench()
    bread = bench.has("bread")

    data = bench.refused(ItemNotFound, Drop(item_id=bread), Drop(item_id=bread))

    assert data == {"item_id": bread}
