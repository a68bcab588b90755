"""What cannot be worn, and why."""

import pytest

from satchel.errors import (
    AlreadyEquipped,
    ItemNotFound,
    RequirementsNotMet,
    SlotIncompatible,
    TooHeavy,
)
from satchel.inventory.actions import Equip
from satchel.inventory.character import Character
from tests.builders import HERO, Bench, changed_world, item_id


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
