import msgspec
import pytest

from satchel.catalogue import load_catalogue
from satchel.errors import BagFull, ItemNotFound, TooHeavy
from satchel.inventory.actions import Drop, Equip, Grant, TakeBack, Unequip
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.item import ItemId
from satchel.inventory.rules.shelf import SHELF_MAX
from tests.builders import Bench


def _world(**changed: object) -> Catalogue:
    world = load_catalogue()
    return Catalogue(msgspec.structs.replace(world.rules, **changed), world.definitions, world.version)


def _dropped(bench: Bench) -> list[ItemId]:
    return [change.item for change in bench.last.shelf_changes() if change.after] if bench.last else []


def test_take_back_brings_a_dropped_item_back_with_its_id_and_its_properties() -> None:
    bench = Bench()
    sword = bench.has("iron_sword", durability=7, properties={"attack": 3})
    before = bench.item(sword)
    bench.act(Drop(item_id=sword))

    bench.act(TakeBack(item_id=sword))

    assert bench.item(sword) == before
    assert bench.session.shelf == {}


def test_drop_of_a_part_gives_the_part_an_id_of_its_own() -> None:
    bench = Bench()
    ore = bench.has("iron_ore", 30)
    bench.act(Drop(item_id=ore, quantity=5))
    (part,) = _dropped(bench)

    bench.act(TakeBack(item_id=part))

    assert part != ore
    assert (bench.item(ore).quantity, bench.item(part).quantity) == (25, 5)


def test_take_back_works_once() -> None:
    bench = Bench()
    sword = bench.has("iron_sword")
    bench.act(Drop(item_id=sword))
    bench.act(TakeBack(item_id=sword))

    with pytest.raises(ItemNotFound):
        bench.act(TakeBack(item_id=sword))

    assert list(bench.session.items) == [sword]


def test_take_back_is_refused_when_its_time_is_over() -> None:
    bench = Bench()
    sword = bench.has("iron_sword")
    bench.act(Drop(item_id=sword))
    bench.now_ms += 60_001

    with pytest.raises(ItemNotFound):
        bench.act(TakeBack(item_id=sword))

    assert sword not in bench.session.items


def test_take_back_at_the_last_moment_works() -> None:
    bench = Bench()
    sword = bench.has("iron_sword")
    bench.act(Drop(item_id=sword))
    bench.now_ms += 60_000

    bench.act(TakeBack(item_id=sword))

    assert sword in bench.session.items


def test_take_back_into_a_full_bag_is_refused_and_the_item_stays_on_the_shelf() -> None:
    bench = Bench()
    sword = bench.has("iron_sword")
    bench.act(Drop(item_id=sword))
    bench.act(Grant(definition="bone_knife", quantity=24))

    with pytest.raises(BagFull):
        bench.act(TakeBack(item_id=sword))

    assert list(bench.session.shelf) == [sword]


def test_take_back_is_refused_when_it_would_be_too_heavy() -> None:
    bench = Bench(_world(weight_limit_g=2_000))
    sword = bench.has("iron_sword")
    bench.act(Drop(item_id=sword))
    bench.act(Grant(definition="bone_knife", quantity=3))

    with pytest.raises(TooHeavy):
        bench.act(TakeBack(item_id=sword))

    assert list(bench.session.shelf) == [sword]


def test_a_worn_item_that_is_dropped_comes_back_to_the_bag() -> None:
    bench = Bench()
    sword = bench.has("iron_sword", slot="main_hand")
    bench.act(Drop(item_id=sword))

    bench.act(TakeBack(item_id=sword))

    assert (bench.item(sword).slot, bench.item(sword).container) == (None, "bag")


def test_the_shelf_gives_up_the_oldest_drop_when_it_is_full() -> None:
    bench = Bench()
    knives = [bench.has("bone_knife") for _ in range(SHELF_MAX + 1)]

    for knife in knives:
        bench.act(Drop(item_id=knife))

    assert list(bench.session.shelf) == knives[1:]


def test_the_shelf_gives_up_what_is_too_old_at_the_next_drop() -> None:
    bench = Bench()
    old, new = bench.has("bone_knife"), bench.has("bone_knife")
    bench.act(Drop(item_id=old))
    bench.now_ms += 60_001

    bench.act(Drop(item_id=new))

    assert list(bench.session.shelf) == [new]


def test_nothing_is_shelved_in_a_world_without_undo() -> None:
    bench = Bench(_world(drop_undo_s=0))
    ore = bench.has("iron_ore", 30)

    bench.act(Drop(item_id=ore, quantity=5))

    assert bench.session.shelf == {}
    with pytest.raises(ItemNotFound):
        bench.act(TakeBack(item_id=ore))


def test_drop_and_take_back_in_one_batch_leave_nothing_behind() -> None:
    bench = Bench()
    sword = bench.has("iron_sword")

    proposal = bench.act(Drop(item_id=sword), TakeBack(item_id=sword))

    assert proposal.item_changes() == ()
    assert proposal.shelf_changes() == ()


def test_undo_of_a_proposal_restores_the_shelf() -> None:
    bench = Bench()
    sword, knife = bench.has("iron_sword"), bench.has("bone_knife")
    bench.act(Drop(item_id=sword))
    shelf = dict(bench.session.shelf)

    bench.act(TakeBack(item_id=sword), Drop(item_id=knife)).undo()

    assert bench.session.shelf == shelf
    assert list(bench.session.items) == [knife]


def test_changes_replayed_on_another_copy_lead_to_the_same_shelf() -> None:
    bench, copy = Bench(), Bench()
    for other in (bench, copy):
        other.has("iron_ore", 30)
        other.has("small_backpack", slot="back")
    ore, pack = bench.session.items

    for operation in (Drop(item_id=ore, quantity=5), Unequip(item_id=pack), Drop(item_id=pack), TakeBack(item_id=pack)):
        proposal = bench.act(operation)
        copy.session.apply(*proposal.item_changes(), *proposal.shelf_changes())
    proposal = bench.act(Equip(item_id=pack))
    copy.session.apply(*proposal.item_changes(), *proposal.shelf_changes())

    assert copy.session.items == bench.session.items
    assert copy.session.shelf == bench.session.shelf
    assert copy.session.stats == bench.session.stats
