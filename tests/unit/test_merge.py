import pytest

from satchel.errors import InsufficientItems, ItemLocked, ItemNotFound, NotStackable, TooHeavy
from satchel.inventory.actions import Merge
from tests.builders import Bench, changed_world, item_id


def test_merge_pours_one_stack_into_another() -> None:
    bench = Bench()
    source, target = bench.has("bread", 3), bench.has("bread", 4)

    bench.act(Merge(item_id=source, target_id=target))

    assert source not in bench.session.items
    assert bench.item(target).quantity == 7


def test_merge_pours_as_much_as_fits() -> None:
    bench = Bench()
    source, target = bench.has("bread", 8), bench.has("bread", 7)

    bench.act(Merge(item_id=source, target_id=target))

    assert (bench.item(source).quantity, bench.item(target).quantity) == (5, 10)


def test_merge_pours_just_the_quantity() -> None:
    bench = Bench()
    source, target = bench.has("bread", 8), bench.has("bread", 1)

    bench.act(Merge(item_id=source, target_id=target, quantity=2))

    assert (bench.item(source).quantity, bench.item(target).quantity) == (6, 3)


def test_merge_works_across_containers() -> None:
    bench = Bench()
    source, target = bench.has("bread", 3, container="stash"), bench.has("bread", 4)

    bench.act(Merge(item_id=source, target_id=target))

    assert bench.place(target) == ("bag", 0)
    assert bench.session.weight_g == 7 * 400


def test_a_locked_target_takes_more_and_stays_locked() -> None:
    bench = Bench()
    source, target = bench.has("bread", 3), bench.has("bread", 4, locked=True)

    bench.act(Merge(item_id=source, target_id=target))

    assert (bench.item(target).quantity, bench.item(target).locked) == (7, True)


def test_a_stack_that_is_poured_away_leaves_its_quick_slot() -> None:
    bench = Bench()
    bench.has("warlord_belt", slot="belt")
    source, target = bench.has("healing_potion", 3, quick_slot=1), bench.has("healing_potion", 4)

    bench.act(Merge(item_id=source, target_id=target))

    assert bench.session.quick_slots == {}


def test_a_locked_stack_cannot_be_poured_away() -> None:
    bench = Bench()
    source, target = bench.has("bread", 3, locked=True), bench.has("bread", 4)

    assert bench.refused(ItemLocked, Merge(item_id=source, target_id=target)) == {"item_id": source}


def test_different_items_are_no_stack() -> None:
    bench = Bench()
    source, target = bench.has("bread", 3), bench.has("apple", 4)

    data = bench.refused(NotStackable, Merge(item_id=source, target_id=target))

    assert data == {"item_id": source, "target_id": target, "required": 3, "available": 16}


def test_stacks_with_other_properties_are_no_stack() -> None:
    bench = Bench()
    source, target = bench.has("bread", 3), bench.has("bread", 4, properties={"luck": 1})

    data = bench.refused(NotStackable, Merge(item_id=source, target_id=target))

    assert data["target_id"] == target


def test_a_full_stack_takes_nothing() -> None:
    bench = Bench()
    source, target = bench.has("bread", 3), bench.has("bread", 10)

    data = bench.refused(NotStackable, Merge(item_id=source, target_id=target))

    assert data == {"item_id": source, "target_id": target, "required": 1, "available": 0}


def test_merge_refuses_a_quantity_that_the_target_has_no_room_for() -> None:
    bench = Bench()
    source, target = bench.has("bread", 8), bench.has("bread", 7)

    data = bench.refused(NotStackable, Merge(item_id=source, target_id=target, quantity=4))

    assert data == {"item_id": source, "target_id": target, "required": 4, "available": 3}


def test_merge_refuses_a_quantity_that_the_source_does_not_have() -> None:
    bench = Bench()
    source, target = bench.has("bread", 2), bench.has("bread", 1)

    data = bench.refused(InsufficientItems, Merge(item_id=source, target_id=target, quantity=3))

    assert data == {"item_id": source, "required": 3, "available": 2}


def test_a_stack_cannot_be_poured_into_itself() -> None:
    bench = Bench()
    bread = bench.has("bread", 3)

    data = bench.refused(NotStackable, Merge(item_id=bread, target_id=bread))

    assert data["item_id"] == data["target_id"] == bread


def test_single_items_are_no_stack() -> None:
    bench = Bench()
    source, target = bench.has("iron_sword"), bench.has("iron_sword")

    data = bench.refused(NotStackable, Merge(item_id=source, target_id=target))

    assert data["available"] == 0


@pytest.mark.parametrize("worn_first", [True, False])
def test_worn_items_are_no_stack(worn_first: bool) -> None:
    bench = Bench(changed_world(definitions={"silver_ring": {"stack_max": 9}}))
    worn, kept = bench.has("silver_ring", slot="ring_1"), bench.has("silver_ring")
    source, target = (worn, kept) if worn_first else (kept, worn)

    data = bench.refused(NotStackable, Merge(item_id=source, target_id=target))

    assert data == {"item_id": source, "target_id": target, "required": 1, "available": 0}


def test_merge_out_of_the_stash_counts_the_weight() -> None:
    bench = Bench()
    target = bench.has("pine_log", 19)
    source = bench.has("pine_log", 20, container="stash")
    bench.has("iron_sword")

    data = bench.refused(TooHeavy, Merge(item_id=source, target_id=target, quantity=1))

    assert data == {"required": 41_400, "available": 40_000}


@pytest.mark.parametrize("missing", ["item_id", "target_id"])
def test_merge_refuses_a_stack_that_is_not_there(missing: str) -> None:
    bench = Bench()
    source, target = bench.has("bread"), bench.has("bread")
    source, target = (item_id(99), target) if missing == "item_id" else (source, item_id(99))

    assert bench.refused(ItemNotFound, Merge(item_id=source, target_id=target)) == {"item_id": item_id(99)}
