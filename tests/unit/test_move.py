from satchel.errors import (
    BagFull,
    ContainerIncompatible,
    ContainerUnknown,
    ItemLocked,
    ItemNotFound,
    PositionInvalid,
    TooHeavy,
)
from satchel.inventory.actions import Move
from tests.builders import Bench, item_id


def test_move_puts_the_item_on_the_position() -> None:
    bench = Bench()
    bread = bench.has("bread")

    bench.act(Move(item_id=bread, container="bag", position=9))

    assert bench.place(bread) == ("bag", 9)


def test_move_without_a_position_takes_the_first_free_one() -> None:
    bench = Bench()
    bench.has("apple")
    bread = bench.has("bread", position=5)

    bench.act(Move(item_id=bread, container="bag"))

    assert bench.place(bread) == ("bag", 1)


def test_move_to_where_the_item_lies_changes_nothing() -> None:
    bench = Bench()
    bread = bench.has("bread", position=5)

    proposal = bench.act(Move(item_id=bread, container="bag", position=5))

    assert proposal.item_changes() == ()


def test_move_onto_another_item_swaps_the_two_also_in_a_full_bag() -> None:
    bench = Bench()
    bread, sword = bench.has("bread", position=1), bench.has("iron_sword", position=2)
    bench.filled()

    bench.act(Move(item_id=bread, container="bag", position=2))

    assert (bench.place(bread), bench.place(sword)) == (("bag", 2), ("bag", 1))


def test_move_swaps_across_containers() -> None:
    bench = Bench()
    bread, sword = bench.has("bread", position=1), bench.has("iron_sword", container="stash", position=2)

    bench.act(Move(item_id=bread, container="stash", position=2))

    assert (bench.place(bread), bench.place(sword)) == (("stash", 2), ("bag", 1))
    assert bench.session.weight_g == 1_400


def test_move_onto_a_like_stack_joins_them_across_containers() -> None:
    bench = Bench()
    source, target = bench.has("bread", 3), bench.has("bread", 4, container="stash")

    bench.act(Move(item_id=source, container="stash", position=0))

    assert bench.quantities("bread") == [7]
    assert bench.item(target).quantity == 7


def test_move_leaves_behind_what_the_other_stack_has_no_room_for() -> None:
    bench = Bench()
    source, target = bench.has("bread", 8), bench.has("bread", 7)

    bench.act(Move(item_id=source, container="bag", position=1))

    assert (bench.item(source).quantity, bench.item(target).quantity) == (5, 10)


def test_move_onto_a_full_like_stack_swaps_the_two() -> None:
    bench = Bench()
    source, target = bench.has("bread", 8), bench.has("bread", 10)

    bench.act(Move(item_id=source, container="bag", position=1))

    assert (bench.place(source), bench.place(target)) == (("bag", 1), ("bag", 0))
    assert bench.quantities("bread") == [8, 10]


def test_stacks_with_other_properties_are_not_joined() -> None:
    bench = Bench()
    plain, blessed = bench.has("bread", 2), bench.has("bread", 2, properties={"luck": 1})

    bench.act(Move(item_id=plain, container="bag", position=1))

    assert (bench.place(plain), bench.place(blessed)) == (("bag", 1), ("bag", 0))


def test_a_locked_item_may_change_its_place_but_not_be_poured_away() -> None:
    bench = Bench()
    locked = bench.has("bread", 2, locked=True)
    bench.has("bread", 2)

    data = bench.refused(ItemLocked, Move(item_id=locked, container="bag", position=1))
    bench.act(Move(item_id=locked, container="bag", position=7))

    assert data == {"item_id": locked}
    assert bench.place(locked) == ("bag", 7)


def test_an_item_that_leaves_what_is_carried_leaves_its_quick_slot() -> None:
    bench = Bench()
    bench.has("warlord_belt", slot="belt")
    potion = bench.has("healing_potion", quick_slot=1)

    bench.act(Move(item_id=potion, container="stash"))

    assert (bench.session.quick_slots, bench.item(potion).quick_slot) == ({}, None)


def test_an_item_that_a_swap_sends_to_the_stash_leaves_its_quick_slot() -> None:
    bench = Bench()
    bench.has("warlord_belt", slot="belt")
    potion = bench.has("healing_potion", quick_slot=1)
    bread = bench.has("bread", container="stash")

    bench.act(Move(item_id=bread, container="bag", position=0))

    assert bench.place(potion) == ("stash", 0)
    assert bench.session.quick_slots == {}


def test_an_item_that_moves_within_the_bag_keeps_its_quick_slot() -> None:
    bench = Bench()
    bench.has("warlord_belt", slot="belt")
    potion = bench.has("healing_potion", quick_slot=1)

    bench.act(Move(item_id=potion, container="bag", position=3))

    assert bench.session.quick_slots == {1: potion}


def test_moving_a_worn_item_takes_it_off_with_all_that_follows() -> None:
    bench = Bench()
    belt = bench.has("warlord_belt", slot="belt")
    bench.has("healing_potion", quick_slot=1)

    bench.act(Move(item_id=belt, container="stash", position=3))

    assert (bench.worn("belt"), bench.session.quick_slots) == (None, {})


def test_a_worn_item_cannot_be_moved_onto_another() -> None:
    bench = Bench()
    sword = bench.has("iron_sword", slot="main_hand")
    bench.has("iron_sword", position=3)

    data = bench.refused(PositionInvalid, Move(item_id=sword, container="bag", position=3))

    assert data == {"container": "bag", "position": 3, "reason": "occupied"}


def test_move_refuses_a_swap_that_puts_the_other_where_it_may_not_lie() -> None:
    bench = Bench()
    letter, bread = bench.has("sealed_letter", container="quest"), bench.has("bread", position=4)

    data = bench.refused(ContainerIncompatible, Move(item_id=letter, container="bag", position=4))

    assert data == {"container": "quest", "category": "food", "accepts": ["quest"]}
    assert bench.place(bread) == ("bag", 4)


def test_move_refuses_a_container_that_does_not_take_the_item() -> None:
    bench = Bench()
    bread = bench.has("bread")

    data = bench.refused(ContainerIncompatible, Move(item_id=bread, container="quest"))

    assert data == {"container": "quest", "category": "food", "accepts": ["quest"]}
    assert len(bench.explain(Move(item_id=bread, container="quest"))) == 1


def test_move_refuses_a_container_that_does_not_exist() -> None:
    bench = Bench()
    bread = bench.has("bread")

    data = bench.refused(ContainerUnknown, Move(item_id=bread, container="pocket"))

    assert data == {"container": "pocket", "containers": ["bag", "quest", "stash"]}


def test_move_refuses_a_position_that_is_not_there() -> None:
    bench = Bench()
    bread = bench.has("bread")

    data = bench.refused(PositionInvalid, Move(item_id=bread, container="bag", position=24))

    assert data == {"container": "bag", "position": 24, "limit": 24}


def test_move_refuses_a_full_container() -> None:
    bench = Bench()
    bread = bench.has("bread")
    bench.filled("stash")

    data = bench.refused(BagFull, Move(item_id=bread, container="stash"))

    assert data == {"container": "stash", "required": 1, "available": 0}


def test_move_out_of_the_stash_counts_the_weight() -> None:
    bench = Bench()
    bench.has("pine_log", 20)
    hammer = bench.has("bell_hammer", container="stash")

    data = bench.refused(TooHeavy, Move(item_id=hammer, container="bag"))

    assert data == {"required": 45_000, "available": 40_000}


def test_a_swap_that_only_makes_the_load_heavier_is_refused() -> None:
    bench = Bench()
    bench.has("pine_log", 19)
    bread = bench.has("bread")
    hammer = bench.has("bell_hammer", container="stash")

    data = bench.refused(TooHeavy, Move(item_id=bread, container="stash", position=0))

    assert data == {"required": 43_000, "available": 40_000}
    assert bench.place(hammer) == ("stash", 0)


def test_who_is_overloaded_may_get_lighter_but_not_heavier() -> None:
    bench = Bench()
    bench.has("pine_log", 20)
    bench.has("pine_log", 20)
    sword = bench.has("iron_sword")
    bread = bench.has("bread", container="stash")

    data = bench.refused(TooHeavy, Move(item_id=bread, container="bag"))
    bench.act(Move(item_id=sword, container="stash"))

    assert data["required"] == 81_800
    assert bench.session.weight_g == 80_000


def test_move_refuses_an_item_that_is_not_there() -> None:
    data = Bench().refused(ItemNotFound, Move(item_id=item_id(99), container="bag"))

    assert data == {"item_id": item_id(99)}
