import pytest

from satchel.errors import (
    BagFull,
    ContainerIncompatible,
    ContainerUnknown,
    ItemNotFound,
    NotEquipped,
    PositionInvalid,
    TooHeavy,
)
from satchel.inventory.actions import Unequip
from tests.builders import Bench, changed_world, item_id


def test_unequip_lays_the_item_on_the_first_free_position() -> None:
    bench = Bench()
    bench.has("bread")
    sword = bench.has("iron_sword", slot="main_hand")

    bench.act(Unequip(item_id=sword))

    assert bench.worn("main_hand") is None
    assert bench.place(sword) == ("bag", 1)


def test_unequip_lays_the_item_where_it_is_told_to() -> None:
    bench = Bench()
    sword = bench.has("iron_sword", slot="main_hand")

    bench.act(Unequip(item_id=sword, container="stash", position=5))

    assert bench.place(sword) == ("stash", 5)


def test_unequip_of_a_two_hander_frees_both_hands() -> None:
    bench = Bench()
    greatsword = bench.has("greatsword", slot="main_hand")

    bench.act(Unequip(item_id=greatsword))

    assert bench.session.worn == {}


def test_unequip_takes_the_modifiers_and_the_gear_score_away() -> None:
    bench = Bench()
    sword = bench.has("steel_sword", slot="main_hand")
    with_sword = bench.session.stats

    bench.act(Unequip(item_id=sword))

    assert (with_sword.modifiers, with_sword.gear_score) == ({"attack": 14}, 38)
    assert (bench.session.stats.modifiers, bench.session.stats.gear_score) == ({}, 0)


def test_without_a_belt_there_are_no_quick_slots() -> None:
    bench = Bench()
    belt = bench.has("warlord_belt", slot="belt")
    potion = bench.has("healing_potion", quick_slot=3)

    bench.act(Unequip(item_id=belt))

    assert bench.session.quick_slots == {}
    assert bench.item(potion).quick_slot is None
    assert bench.session.stats.quick_slots == 0


def test_a_bag_comes_off_if_it_and_what_it_held_fit() -> None:
    bench = Bench()
    pack = bench.has("small_backpack", slot="back")
    far = [bench.has("straw_hat", position=position) for position in (30, 31)]
    while len(bench.session.cells["bag"].at) < 23:
        bench.has("straw_hat")

    bench.act(Unequip(item_id=pack))

    assert bench.session.stats.slots["bag"].limit == 24
    assert sorted(bench.session.cells["bag"].at) == list(range(24))
    assert {bench.item(hat).container for hat in far} == {"bag"}


@pytest.mark.parametrize("held", [24, 25, 32])
def test_a_bag_stays_on_if_it_and_what_it_held_do_not_fit(held: int) -> None:
    bench = Bench()
    pack = bench.has("small_backpack", slot="back")
    bench.filled(free=32 - held)

    data = bench.refused(BagFull, Unequip(item_id=pack))

    assert data == {"container": "bag", "required": 1, "available": 0}


def test_a_bag_that_goes_to_the_stash_stays_on_if_what_it_held_does_not_fit() -> None:
    bench = Bench()
    pack = bench.has("small_backpack", slot="back")
    bench.filled(free=7)

    data = bench.refused(BagFull, Unequip(item_id=pack, container="stash"))

    assert data == {"container": "bag", "required": 25, "available": 24}


def test_a_bag_cannot_be_laid_on_a_position_that_only_it_gives() -> None:
    bench = Bench()
    pack = bench.has("small_backpack", slot="back")

    data = bench.refused(PositionInvalid, Unequip(item_id=pack, container="bag", position=25))

    assert data == {"container": "bag", "position": 25, "limit": 24}


def test_a_bag_stays_on_if_the_load_would_be_too_heavy_without_it() -> None:
    bench = Bench()
    pack = bench.has("hunter_pack", slot="back")
    bench.has("pine_log", 20)

    data = bench.refused(TooHeavy, Unequip(item_id=pack))

    assert data == {"required": 41_200, "available": 40_000}


def test_unequip_refuses_an_occupied_position() -> None:
    bench = Bench()
    bench.has("bread", position=2)
    sword = bench.has("iron_sword", slot="main_hand")

    data = bench.refused(PositionInvalid, Unequip(item_id=sword, container="bag", position=2))

    assert data == {"container": "bag", "position": 2, "reason": "occupied"}


def test_unequip_refuses_a_container_that_does_not_take_the_item() -> None:
    bench = Bench()
    sword = bench.has("iron_sword", slot="main_hand")

    data = bench.refused(ContainerIncompatible, Unequip(item_id=sword, container="quest"))

    assert data == {"container": "quest", "category": "sword", "accepts": ["quest"]}


def test_unequip_refuses_a_container_that_does_not_exist() -> None:
    bench = Bench()
    sword = bench.has("iron_sword", slot="main_hand")

    data = bench.refused(ContainerUnknown, Unequip(item_id=sword, container="pocket"))

    assert data == {"container": "pocket", "containers": ["bag", "quest", "stash"]}


def test_unequip_refuses_what_is_not_worn() -> None:
    bench = Bench()
    sword = bench.has("iron_sword")

    assert bench.refused(NotEquipped, Unequip(item_id=sword)) == {"item_id": sword}


def test_unequip_refuses_an_item_that_is_not_there() -> None:
    assert Bench().refused(ItemNotFound, Unequip(item_id=item_id(99))) == {"item_id": item_id(99)}


def test_a_full_bag_keeps_the_item_on() -> None:
    bench = Bench()
    sword = bench.has("iron_sword", slot="main_hand")
    bench.filled()

    data = bench.refused(BagFull, Unequip(item_id=sword))

    assert data == {"container": "bag", "required": 1, "available": 0}


def test_a_worn_item_of_unknown_definition_comes_off() -> None:
    bench = Bench()
    relic = bench.has("forgotten_relic", slot="head")

    bench.act(Unequip(item_id=relic))

    assert bench.place(relic) == ("bag", 0)


def test_a_bag_that_a_new_catalogue_made_too_small_lets_things_be_taken_off() -> None:
    bench = Bench(changed_world(slots={"bag": 2}))
    for position in range(5):
        bench.has("bread", position=position)
    ring = bench.has("silver_ring", slot="ring_1")

    bench.act(Unequip(item_id=ring, container="stash"))

    assert bench.place(ring) == ("stash", 0)
