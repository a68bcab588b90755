import pytest

from satchel.errors import (
    AlreadyEquipped,
    BagFull,
    ItemNotFound,
    RequirementsNotMet,
    SlotIncompatible,
    TooHeavy,
)
from satchel.inventory.actions import Equip
from satchel.inventory.character import Character
from tests.builders import HERO, Bench, changed_world, item_id


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


def test_equip_refuses_what_makes_the_load_too_heavy() -> None:
    bench = Bench()
    bench.has("hunter_pack", slot="back")
    bench.has("pine_log", 20)
    bench.has("wolf_hide", 3)
    sack = bench.has("burlap_sack")

    data = bench.refused(TooHeavy, Equip(item_id=sack))

    assert data == {"required": 44_200, "available": 40_000}


def test_equip_from_the_stash_counts_the_weight() -> None:
    bench = Bench()
    bench.has("pine_log", 20)
    sword = bench.has("iron_sword", container="stash")

    data = bench.refused(TooHeavy, Equip(item_id=sword))

    assert data == {"required": 41_400, "available": 40_000}


def test_equip_refuses_a_slot_that_the_item_does_not_fit() -> None:
    bench = Bench()
    sword = bench.has("iron_sword")

    data = bench.refused(SlotIncompatible, Equip(item_id=sword, slot="head"))

    assert data == {"item_id": sword, "slot": "head", "fits": ["main_hand", "off_hand"]}


def test_equip_refuses_a_slot_that_does_not_exist() -> None:
    bench = Bench()
    sword = bench.has("iron_sword")

    data = bench.refused(SlotIncompatible, Equip(item_id=sword, slot="tail"))

    assert data["slot"] == "tail"


def test_equip_refuses_the_slot_that_a_two_hander_only_fills_besides() -> None:
    bench = Bench()
    greatsword = bench.has("greatsword")

    data = bench.refused(SlotIncompatible, Equip(item_id=greatsword, slot="off_hand"))

    assert data["fits"] == ["main_hand"]


def test_equip_refuses_what_cannot_be_worn() -> None:
    bench = Bench()
    bread = bench.has("bread")

    data = bench.refused(SlotIncompatible, Equip(item_id=bread))

    assert data == {"item_id": bread, "slot": None, "fits": []}


def test_equip_refuses_what_is_worn_already() -> None:
    bench = Bench()
    ring = bench.has("silver_ring", slot="ring_2")

    anywhere = bench.refused(AlreadyEquipped, Equip(item_id=ring))
    there = bench.refused(AlreadyEquipped, Equip(item_id=ring, slot="ring_2"))

    assert anywhere == there == {"item_id": ring, "slot": "ring_2"}


def test_equip_names_every_requirement_that_is_missing() -> None:
    bench = Bench(character=Character("tg:1", "Bo", 3, {"agility": 5, "class": "mage"}))
    bow = bench.has("nightjar")

    data = bench.refused(RequirementsNotMet, Equip(item_id=bow))

    assert data == {
        "item_id": bow,
        "missing": [
            {"requirement": "level", "required": 20, "available": 3},
            {"requirement": "agility", "required": 22, "available": 5},
            {"requirement": "class", "required": ["ranger"], "available": "mage"},
        ],
    }


@pytest.mark.parametrize("strength", [None, "thirty", 13])
def test_an_attribute_that_is_absent_or_no_number_or_too_low_does_not_meet_a_requirement(
    strength: int | str | None,
) -> None:
    attributes = {} if strength is None else {"strength": strength}
    bench = Bench(character=Character("tg:1", "Bo", 20, dict(attributes)))
    plate = bench.has("warden_plate")

    data = bench.refused(RequirementsNotMet, Equip(item_id=plate))

    available = 0 if strength is None else strength
    assert data["missing"] == [{"requirement": "strength", "required": 14, "available": available}]


def test_a_requirement_that_is_just_met_is_met() -> None:
    bench = Bench(character=Character("tg:1", "Bo", 8, {"strength": 14}))
    plate = bench.has("warden_plate")

    bench.act(Equip(item_id=plate))

    assert bench.worn("chest") == "warden_plate"


def test_a_locked_item_may_be_worn() -> None:
    bench = Bench()
    sword = bench.has("iron_sword", locked=True)

    bench.act(Equip(item_id=sword))

    assert bench.item(sword).locked


def test_equip_refuses_an_item_that_is_not_there() -> None:
    assert Bench().refused(ItemNotFound, Equip(item_id=item_id(99))) == {"item_id": item_id(99)}


def test_an_item_of_unknown_definition_cannot_be_worn() -> None:
    bench = Bench()
    relic = bench.has("forgotten_relic")

    data = bench.refused(SlotIncompatible, Equip(item_id=relic))

    assert data["fits"] == []


def test_two_worn_items_that_a_changed_catalogue_made_claim_one_slot_are_told_apart() -> None:
    catalogue = changed_world(definitions={"iron_sword": {"fits": ("main_hand",), "also_occupies": ("off_hand",)}})
    bench = Bench(catalogue)
    shield = bench.has("oak_shield", slot="off_hand")
    sword = bench.has("iron_sword", slot="main_hand")
    other = bench.has("bone_knife")

    bench.act(Equip(item_id=other, slot="main_hand"))

    assert bench.session.worn == {"main_hand": other, "off_hand": shield}
    assert bench.place(sword) == ("bag", 0)
    assert bench.session.character == HERO
