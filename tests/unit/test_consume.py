import pytest

from satchel.errors import BagFull, InsufficientItems, ItemLocked, ItemNotFound, MalformedAction, TooHeavy
from satchel.inventory.actions import Consume
from tests.builders import Bench, item_id


def test_consume_takes_from_the_named_item() -> None:
    bench = Bench()
    first, second = bench.has("bread", 5), bench.has("bread", 2)

    bench.act(Consume(item_id=first, quantity=3))

    assert (bench.item(first).quantity, bench.item(second).quantity) == (2, 2)


def test_consume_of_the_last_one_takes_the_item_with_it() -> None:
    bench = Bench()
    bread = bench.has("bread", 3)

    bench.act(Consume(item_id=bread, quantity=3))

    assert bench.session.items == {}


def test_consume_by_definition_starts_with_the_smallest_stack() -> None:
    bench = Bench()
    large, small, middle = bench.has("bread", 9), bench.has("bread", 2), bench.has("bread", 5, container="stash")

    bench.act(Consume(definition="bread", quantity=6))

    assert small not in bench.session.items
    assert (bench.item(middle).quantity, bench.item(large).quantity) == (1, 9)


def test_of_equal_stacks_the_oldest_goes_first() -> None:
    bench = Bench()
    old, young = bench.has("bread", 5), bench.has("bread", 5)

    bench.act(Consume(definition="bread", quantity=2))

    assert (bench.item(old).quantity, bench.item(young).quantity) == (3, 5)


def test_consume_by_definition_spares_locked_stacks_and_worn_items() -> None:
    bench = Bench()
    bench.has("silver_ring", slot="ring_1")
    bench.has("silver_ring", locked=True)
    bench.has("silver_ring")

    data = bench.refused(InsufficientItems, Consume(definition="silver_ring", quantity=2))

    assert data == {"definition": "silver_ring", "required": 2, "available": 1}


def test_a_locked_stack_among_others_is_left_whole() -> None:
    bench = Bench()
    locked = bench.has("bread", 1, locked=True)
    bench.has("bread", 4)
    bench.has("bread", 3)

    bench.act(Consume(definition="bread", quantity=7))

    assert bench.quantities("bread") == [1]
    assert bench.item(locked).locked


def test_consume_names_a_worn_item_by_its_id_only_and_takes_what_it_gave_too() -> None:
    bench = Bench()
    belt = bench.has("warlord_belt", slot="belt")
    bench.has("healing_potion", quick_slot=4)

    bench.act(Consume(item_id=belt))

    assert (bench.worn("belt"), bench.session.quick_slots) == (None, {})


def test_a_worn_bag_is_not_consumed_if_what_it_holds_does_not_fit() -> None:
    bench = Bench()
    pack = bench.has("small_backpack", slot="back")
    bench.filled(free=7)

    data = bench.refused(BagFull, Consume(item_id=pack))

    assert data == {"container": "bag", "required": 25, "available": 24}


def test_a_worn_bag_is_not_consumed_if_the_load_would_be_too_heavy() -> None:
    bench = Bench()
    pack = bench.has("hunter_pack", slot="back")
    bench.has("pine_log", 20)
    bench.has("wolf_hide", 2)

    data = bench.refused(TooHeavy, Consume(item_id=pack))

    assert data == {"required": 41_800, "available": 40_000}


@pytest.mark.parametrize("quantity", [6, 2**53 - 1])
def test_consume_refuses_more_than_the_item_has(quantity: int) -> None:
    bench = Bench()
    bread = bench.has("bread", 5)
    bench.has("bread", 10)

    data = bench.refused(InsufficientItems, Consume(item_id=bread, quantity=quantity))

    assert data == {"item_id": bread, "required": quantity, "available": 5}


@pytest.mark.parametrize("definition", ["bread", "excalibur"])
def test_consume_refuses_more_of_a_definition_than_there_is(definition: str) -> None:
    data = Bench().refused(InsufficientItems, Consume(definition=definition))

    assert data == {"definition": definition, "required": 1, "available": 0}


def test_consume_refuses_a_locked_item() -> None:
    bench = Bench()
    bread = bench.has("bread", 5, locked=True)

    assert bench.refused(ItemLocked, Consume(item_id=bread)) == {"item_id": bread}


def test_consume_refuses_an_item_that_is_not_there() -> None:
    assert Bench().refused(ItemNotFound, Consume(item_id=item_id(99))) == {"item_id": item_id(99)}


@pytest.mark.parametrize("named", [{}, {"item_id": item_id(1), "definition": "bread"}])
def test_consume_wants_either_an_item_or_a_definition(named: dict[str, str]) -> None:
    data = Bench().refused(MalformedAction, Consume(**named))  # type: ignore[arg-type]  # names only

    assert data == {"reason": "give either item_id or definition - at `$`"}
