import pytest

from satchel.errors import ItemLocked, ItemNotFound
from satchel.inventory.actions import Consume, Drop, Lock, Merge, Move, Operation, Unlock, Use
from tests.builders import Bench, item_id


def test_lock_marks_the_item_and_unlock_takes_the_mark_off() -> None:
    bench = Bench()
    bread = bench.has("bread")

    bench.act(Lock(item_id=bread))
    locked = bench.item(bread).locked
    bench.act(Unlock(item_id=bread))

    assert (locked, bench.item(bread).locked) == (True, False)


def test_locking_or_unlocking_twice_changes_nothing() -> None:
    bench = Bench()
    bread, locked = bench.has("bread"), bench.has("bread", locked=True)

    proposal = bench.act(Lock(item_id=locked), Unlock(item_id=bread))

    assert proposal.item_changes() == ()


def test_a_lock_keeps_an_item_from_every_way_of_losing_it() -> None:
    bench = Bench()
    potions, other = bench.has("healing_potion", 5, locked=True), bench.has("healing_potion", 5)
    ways: list[Operation] = [
        Drop(item_id=potions),
        Use(item_id=potions),
        Consume(item_id=potions),
        Merge(item_id=potions, target_id=other),
        Move(item_id=potions, container="bag", position=1),
    ]

    refused = [bench.refused(ItemLocked, way) for way in ways]

    assert refused == [{"item_id": potions}] * len(ways)


def test_an_item_that_is_unlocked_earlier_in_the_batch_can_be_dropped() -> None:
    bench = Bench()
    bread = bench.has("bread", locked=True)

    bench.act(Unlock(item_id=bread), Drop(item_id=bread))

    assert bench.session.items == {}


@pytest.mark.parametrize("action", [Lock, Unlock])
def test_lock_and_unlock_refuse_an_item_that_is_not_there(action: type[Lock] | type[Unlock]) -> None:
    assert Bench().refused(ItemNotFound, action(item_id=item_id(99))) == {"item_id": item_id(99)}
