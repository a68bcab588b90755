import pytest

from satchel.errors import (
    BagFull,
    ContainerIncompatible,
    ContainerUnknown,
    InsufficientItems,
    ItemLocked,
    ItemNotFound,
    PositionInvalid,
    TooHeavy,
)
from satchel.inventory.actions import Drop, Split
from tests.builders import Bench, item_id


def test_split_makes_a_stack_of_its_own() -> None:
    bench = Bench()
    potions = bench.has("healing_potion", 10)

    proposal = bench.act(Split(item_id=potions, quantity=4))

    part = proposal.item_changes()[1].item
    assert (bench.item(potions).quantity, bench.item(part).quantity) == (6, 4)
    assert bench.place(part) == ("bag", 1)


def test_split_lays_the_part_where_it_is_told_to() -> None:
    bench = Bench()
    potions = bench.has("healing_potion", 10)

    proposal = bench.act(Split(item_id=potions, quantity=1, container="stash", position=7))

    assert bench.place(proposal.item_changes()[1].item) == ("stash", 7)


def test_a_part_is_like_the_stack_but_is_in_no_quick_slot() -> None:
    bench = Bench()
    bench.has("warlord_belt", slot="belt")
    potions = bench.has("healing_potion", 10, quick_slot=2, properties={"luck": 1})

    proposal = bench.act(Split(item_id=potions, quantity=4))

    part = bench.item(proposal.item_changes()[1].item)
    assert (part.properties, part.quick_slot) == ({"luck": 1}, None)
    assert bench.item(potions).quick_slot == 2


def test_a_part_of_a_locked_stack_is_locked_too() -> None:
    bench = Bench()
    potions = bench.has("healing_potion", 10, locked=True)
    part = bench.act(Split(item_id=potions, quantity=9)).item_changes()[1].item

    data = bench.refused(ItemLocked, Drop(item_id=part))

    assert data == {"item_id": part}


@pytest.mark.parametrize("quantity", [10, 11, 2**53 - 1])
def test_split_leaves_at_least_one(quantity: int) -> None:
    bench = Bench()
    potions = bench.has("healing_potion", 10)

    data = bench.refused(InsufficientItems, Split(item_id=potions, quantity=quantity))

    assert data == {"item_id": potions, "required": quantity + 1, "available": 10}


def test_split_needs_a_free_position() -> None:
    bench = Bench()
    potions = bench.has("healing_potion", 10)
    bench.filled()

    data = bench.refused(BagFull, Split(item_id=potions, quantity=4))

    assert data == {"container": "bag", "required": 1, "available": 0}


def test_split_refuses_the_position_of_the_stack_itself() -> None:
    bench = Bench()
    potions = bench.has("healing_potion", 10, position=3)

    data = bench.refused(PositionInvalid, Split(item_id=potions, quantity=4, container="bag", position=3))

    assert data == {"container": "bag", "position": 3, "reason": "occupied"}


def test_split_refuses_a_position_that_is_not_there() -> None:
    bench = Bench()
    potions = bench.has("healing_potion", 10)

    data = bench.refused(PositionInvalid, Split(item_id=potions, quantity=4, position=24))

    assert data == {"container": "bag", "position": 24, "limit": 24}


def test_split_refuses_a_container_that_does_not_take_the_item() -> None:
    bench = Bench()
    potions = bench.has("healing_potion", 10)

    data = bench.refused(ContainerIncompatible, Split(item_id=potions, quantity=4, container="quest"))

    assert data == {"container": "quest", "category": "potion", "accepts": ["quest"]}


def test_split_refuses_a_container_that_does_not_exist() -> None:
    bench = Bench()
    potions = bench.has("healing_potion", 10)

    assert bench.refused(ContainerUnknown, Split(item_id=potions, quantity=4, container="x"))["container"] == "x"


def test_split_out_of_the_stash_counts_the_weight() -> None:
    bench = Bench()
    bench.has("pine_log", 19)
    logs = bench.has("pine_log", 20, container="stash")

    data = bench.refused(TooHeavy, Split(item_id=logs, quantity=2, container="bag"))

    assert data == {"required": 42_000, "available": 40_000}


def test_split_refuses_a_stack_that_is_not_there() -> None:
    data = Bench().refused(ItemNotFound, Split(item_id=item_id(99), quantity=1))

    assert data == {"item_id": item_id(99)}
