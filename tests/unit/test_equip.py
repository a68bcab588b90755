import pytest

from satchel.errors import (
    BagFull,
)
from satchel.inventory.actions import Equip
from tests.builders import Bench, changed_world


def test_equip_wears_the_item_and_frees_its_position() -> None:
    bench = Bench()
    sword = bench.has("iron_sword")

    bench.act(Equip(item_id=sword))

    assert bench.worn("main_hand") == "iron_sword"
    assert bench.place(sword) == (None, None)
    assert bench.session.stats.slots["bag"].used == 0


def test_equip_lays_what_was_worn_on_the_position_that_the_new_one_left() -> None:
    bench = Bench()
    worn = bench.has("linen_shirt", slot="shirt")
    new = bench.has("silk_shirt", position=7)
    bench.filled()

    bench.act(Equip(item_id=new))

    assert bench.worn("shirt") == "silk_shirt"
    assert bench.place(worn) == ("bag", 7)


def test_armour_and_garment_are_worn_at_once() -> None:
    bench = Bench()
    jack, shirt = bench.has("padded_jack"), bench.has("linen_shirt")

    bench.act(Equip(item_id=jack), Equip(item_id=shirt))

    assert (bench.worn("chest"), bench.worn("shirt")) == ("padded_jack", "linen_shirt")


def test_two_hander_fills_both_hands() -> None:
    bench = Bench()
    greatsword = bench.has("greatsword")

    bench.act(Equip(item_id=greatsword))

    assert (bench.worn("main_hand"), bench.worn("off_hand")) == ("greatsword", "greatsword")
    assert bench.session.stats.modifiers["attack"] == 24


def test_two_hander_frees_both_hands() -> None:
    bench = Bench()
    sword, shield = bench.has("iron_sword", slot="main_hand"), bench.has("oak_shield", slot="off_hand")
    greatsword = bench.has("greatsword", position=5)

    bench.act(Equip(item_id=greatsword))

    assert bench.place(sword) == ("bag", 5)
    assert bench.place(shield) == ("bag", 0)


def test_two_hander_stays_in_a_full_bag_when_shield_and_sword_would_need_two_positions() -> None:
    bench = Bench()
    bench.has("iron_sword", slot="main_hand")
    bench.has("oak_shield", slot="off_hand")
    greatsword = bench.has("greatsword")
    bench.filled()

    data = bench.refused(BagFull, Equip(item_id=greatsword))

    assert data == {"container": "bag", "required": 1, "available": 0}


def test_two_hander_takes_the_place_of_a_shield_alone_in_a_full_bag() -> None:
    bench = Bench()
    shield = bench.has("oak_shield", slot="off_hand")
    greatsword = bench.has("greatsword", position=3)
    bench.filled()

    bench.act(Equip(item_id=greatsword))

    assert bench.place(shield) == ("bag", 3)


@pytest.mark.parametrize(("definition", "slot"), [("oak_shield", "off_hand"), ("iron_sword", "main_hand")])
def test_a_one_handed_item_takes_a_two_hander_off(definition: str, slot: str) -> None:
    bench = Bench()
    greatsword = bench.has("greatsword", slot="main_hand")
    item = bench.has(definition, position=4)
    bench.filled()

    bench.act(Equip(item_id=item))

    assert bench.session.worn == {slot: item}
    assert bench.place(greatsword) == ("bag", 4)


def test_a_second_ring_goes_to_the_free_finger() -> None:
    bench = Bench()
    first, second = bench.has("silver_ring"), bench.has("copper_band")

    bench.act(Equip(item_id=first), Equip(item_id=second))

    assert (bench.worn("ring_1"), bench.worn("ring_2")) == ("silver_ring", "copper_band")


def test_the_free_finger_is_taken_also_when_it_is_the_first() -> None:
    bench = Bench()
    bench.has("silver_ring", slot="ring_2")
    ring = bench.has("copper_band")

    bench.act(Equip(item_id=ring))

    assert bench.worn("ring_1") == "copper_band"


def test_a_third_ring_takes_the_place_of_the_first() -> None:
    bench = Bench()
    first = bench.has("silver_ring", slot="ring_1")
    bench.has("copper_band", slot="ring_2")
    third = bench.has("garnet_ring", position=2)

    bench.act(Equip(item_id=third))

    assert (bench.worn("ring_1"), bench.worn("ring_2")) == ("garnet_ring", "copper_band")
    assert bench.place(first) == ("bag", 2)


def test_a_worn_ring_put_on_the_other_finger_changes_places_with_the_ring_there() -> None:
    bench = Bench()
    first, second = bench.has("silver_ring", slot="ring_1"), bench.has("copper_band", slot="ring_2")
    bench.filled()

    bench.act(Equip(item_id=first, slot="ring_2"))

    assert bench.session.worn == {"ring_2": first, "ring_1": second}


def test_a_worn_ring_moves_to_a_free_finger() -> None:
    bench = Bench()
    ring = bench.has("silver_ring", slot="ring_1")

    bench.act(Equip(item_id=ring, slot="ring_2"))

    assert bench.session.worn == {"ring_2": ring}


def test_a_sword_that_changes_hands_sends_the_shield_to_the_bag() -> None:
    bench = Bench()
    sword, shield = bench.has("iron_sword", slot="main_hand"), bench.has("oak_shield", slot="off_hand")

    bench.act(Equip(item_id=sword, slot="off_hand"))

    assert bench.session.worn == {"off_hand": sword}
    assert bench.place(shield) == ("bag", 0)


def test_equip_takes_an_item_out_of_the_stash_and_leaves_the_old_one_there() -> None:
    bench = Bench()
    worn = bench.has("linen_shirt", slot="shirt")
    new = bench.has("silk_shirt", container="stash", position=9)

    bench.act(Equip(item_id=new))

    assert bench.place(worn) == ("stash", 9)


def test_a_worn_item_that_its_container_does_not_take_goes_home() -> None:
    catalogue = changed_world(definitions={"silk_shirt": {"category": "quest"}})
    bench = Bench(catalogue)
    worn = bench.has("linen_shirt", slot="shirt")
    new = bench.has("silk_shirt", container="quest")

    bench.act(Equip(item_id=new))

    assert bench.place(worn) == ("bag", 0)


def test_a_lesser_belt_clears_the_quick_slots_that_it_does_not_give() -> None:
    bench = Bench()
    bench.has("warlord_belt", slot="belt")
    kept = bench.has("healing_potion", quick_slot=1)
    cleared = [bench.has("mana_potion", quick_slot=2), bench.has("antidote", quick_slot=4)]
    belt = bench.has("leather_belt")

    bench.act(Equip(item_id=belt))

    assert bench.session.quick_slots == {1: kept}
    assert [bench.item(potion).quick_slot for potion in cleared] == [None, None]


def test_a_smaller_bag_is_put_on_if_all_fits_and_what_lay_beyond_it_moves_up() -> None:
    bench = Bench()
    bench.has("hunter_pack", slot="back")
    far = bench.has("straw_hat", position=37)
    sack = bench.has("burlap_sack", position=30)

    bench.act(Equip(item_id=sack))

    assert bench.worn("back") == "burlap_sack"
    assert bench.item(far).position is not None
    assert bench.place(far) == ("bag", 1)


def test_a_smaller_bag_stays_off_if_what_the_larger_holds_does_not_fit() -> None:
    bench = Bench()
    bench.has("hunter_pack", slot="back")
    sack = bench.has("burlap_sack")
    bench.filled(free=3)

    data = bench.refused(BagFull, Equip(item_id=sack))

    assert data == {"container": "bag", "required": 35, "available": 28}
