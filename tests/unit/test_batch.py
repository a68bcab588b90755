"""Operations in one request: in order, each seeing the ones before it, all or nothing."""

import pytest

from satchel.errors import BagFull, InsufficientFunds, ItemNotFound, SatchelError
from satchel.inventory.actions import (
    AdjustWallet,
    BindQuickSlot,
    Drop,
    Equip,
    Grant,
    Merge,
    Move,
    Operation,
    Split,
    Unequip,
    UpdateCharacter,
)
from tests.builders import Bench, item_id


def test_later_operations_see_the_earlier_ones() -> None:
    bench = Bench()
    belt, potion = bench.has("leather_belt"), bench.has("healing_potion")

    bench.act(Equip(item_id=belt), BindQuickSlot(item_id=potion, quick_slot=1))

    assert bench.session.quick_slots == {1: potion}


def test_room_that_an_operation_makes_is_there_for_the_next() -> None:
    bench = Bench()
    pack = bench.has("burlap_sack")
    bench.filled()

    bench.act(Equip(item_id=pack), Grant(definition="iron_sword", quantity=5))

    assert bench.session.stats.slots["bag"].used == 28


def test_room_that_only_a_later_operation_makes_is_not_there() -> None:
    bench = Bench()
    pack = bench.has("burlap_sack")
    bench.filled()

    data = bench.refused(BagFull, Grant(definition="iron_sword"), Equip(item_id=pack))

    assert data == {"container": "bag", "required": 1, "available": 0}


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_refused_operation_takes_all_back_and_is_named(place: int) -> None:
    bench = Bench()
    sword = bench.has("iron_sword")
    bench.owns("gold", 5)
    operations: list[Operation] = [Equip(item_id=sword), AdjustWallet(resource="gold", amount=-5)]
    operations.insert(place, Drop(item_id=item_id(99)))

    bench.refused(ItemNotFound, *operations)
    with pytest.raises(SatchelError) as caught:
        bench.act(*operations)

    assert caught.value.data == {"item_id": item_id(99), "operation": place}
    assert (bench.place(sword), bench.session.wallet) == (("bag", 0), {"gold": 5})


def test_a_refused_batch_takes_the_character_back_too() -> None:
    bench = Bench()

    bench.refused(InsufficientFunds, UpdateCharacter(level=99), AdjustWallet(resource="gold", amount=-1))

    assert bench.session.character.level == 20


def test_each_item_is_reported_once_with_its_first_and_last_state() -> None:
    bench = Bench()
    sword = bench.has("iron_sword")

    proposal = bench.act(
        Equip(item_id=sword), Unequip(item_id=sword), Move(item_id=sword, container="stash", position=3)
    )

    (change,) = proposal.item_changes()
    assert change.op == "update"
    assert change.before is not None
    assert change.after is not None
    assert (change.before.container, change.after.container) == ("bag", "stash")


def test_an_item_that_is_back_as_it_was_is_not_reported() -> None:
    bench = Bench()
    sword = bench.has("iron_sword")

    proposal = bench.act(Equip(item_id=sword), Unequip(item_id=sword, container="bag", position=0))

    assert proposal.item_changes() == ()


def test_a_stack_that_came_and_went_within_the_batch_is_not_reported() -> None:
    bench = Bench()
    bread = bench.has("bread", 5)
    part = bench.act(Split(item_id=bread, quantity=2)).item_changes()[1].item

    proposal = bench.act(Merge(item_id=part, target_id=bread), Split(item_id=bread, quantity=2))

    ops = sorted(change.op for change in proposal.item_changes())
    assert ops == ["add", "remove"]
    assert bench.item(bread).quantity == 3


def test_several_new_items_of_one_batch_have_ids_in_order() -> None:
    bench = Bench()

    proposal = bench.act(*[Grant(definition="iron_sword") for _ in range(20)])

    ids = [change.item for change in proposal.item_changes()]
    assert ids == sorted(set(ids))
