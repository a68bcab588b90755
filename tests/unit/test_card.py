from typing import Any

import pytest

from satchel.inventory.character import Character, Missing
from satchel.inventory.definitions.items import Effect
from satchel.inventory.reads.card import Comparison, item_card
from tests.builders import Bench, changed_world


def _actions(bench: Bench, item_id: str) -> set[str]:
    return set(item_card(bench.session, bench.item(item_id)).actions)


def test_the_card_adds_what_was_rolled_to_the_modifiers_of_the_definition() -> None:
    bench = Bench()
    sword = bench.has("duelist_blade", properties={"crit": 2, "luck": 1})

    card = item_card(bench.session, bench.item(sword))

    assert card.modifiers == {"attack": 19, "crit": 7, "luck": 1}
    assert (card.category, card.rarity, card.slots) == ("sword", "rare", ("main_hand", "off_hand"))


@pytest.mark.parametrize(("lang", "name"), [("en", "Iron Sword"), ("ru", "Железный меч")])
def test_the_card_speaks_the_language_that_is_asked_for(lang: str, name: str) -> None:
    bench = Bench()
    sword = bench.has("iron_sword")

    assert item_card(bench.session, bench.item(sword), lang).name == name


def test_the_card_compares_per_figure_with_what_would_come_off() -> None:
    bench = Bench()
    worn = bench.has("whisper", slot="main_hand")
    bench.has("oak_shield", slot="off_hand")
    sword = bench.has("iron_sword")

    comparison = item_card(bench.session, bench.item(sword)).comparison

    assert comparison is not None
    assert (comparison.slot, comparison.instead_of) == ("main_hand", (worn,))
    assert comparison.modifiers == {"attack": -14, "crit": -10, "speed": -3}
    assert comparison.gear_score == 28 - 138


def test_a_two_hander_is_compared_with_both_hands() -> None:
    bench = Bench()
    sword, shield = bench.has("iron_sword", slot="main_hand"), bench.has("oak_shield", slot="off_hand")
    greatsword = bench.has("greatsword")

    comparison = item_card(bench.session, bench.item(greatsword)).comparison

    assert comparison is not None
    assert comparison.instead_of == (sword, shield)
    assert comparison.modifiers == {"attack": 16, "defence": -6, "speed": -2}


def test_the_comparison_counts_set_bonuses_that_come_and_go() -> None:
    bench = Bench()
    bench.has("warden_helm", slot="head")
    plate = bench.has("warden_plate")

    comparison = item_card(bench.session, bench.item(plate)).comparison

    assert comparison is not None
    assert comparison.modifiers == {"defence": 22 + 8, "health": 30, "speed": -2}


def test_a_ring_is_compared_with_the_finger_that_is_asked_for() -> None:
    bench = Bench()
    bench.has("silver_ring", slot="ring_1")
    second = bench.has("copper_band", slot="ring_2")
    ring = bench.has("garnet_ring")

    comparison = item_card(bench.session, bench.item(ring), slot="ring_2").comparison

    assert comparison == Comparison("ring_2", (second,), {"attack": 3, "health": -5}, 10 + 6 - 2)


@pytest.mark.parametrize(("definition", "fields"), [("iron_sword", {"slot": "main_hand"}), ("bread", {})])
def test_what_is_worn_or_cannot_be_worn_is_not_compared(definition: str, fields: dict[str, Any]) -> None:
    bench = Bench()
    item = bench.has(definition, **fields)

    assert item_card(bench.session, bench.item(item)).comparison is None


@pytest.mark.parametrize(
    ("definition", "fields", "actions"),
    [
        ("iron_sword", {}, {"equip", "move", "lock", "drop"}),
        ("iron_sword", {"slot": "main_hand"}, {"unequip", "lock", "drop"}),
        ("iron_sword", {"locked": True}, {"equip", "move", "unlock"}),
        ("bread", {"quantity": 2}, {"use", "move", "split", "lock", "drop"}),
        ("bread", {"locked": True}, {"move", "unlock"}),
        ("healing_potion", {}, {"use", "bind_quick_slot", "move", "lock", "drop"}),
        ("healing_potion", {"container": "stash"}, {"use", "move", "lock", "drop"}),
        ("healing_potion", {"quick_slot": 1}, {"use", "bind_quick_slot", "unbind_quick_slot", "move", "lock", "drop"}),
        ("whistle_of_calling", {"locked": True}, {"use", "bind_quick_slot", "move", "unlock"}),
        ("sealed_letter", {"container": "quest"}, {"move", "lock"}),
        ("nightjar", {}, {"move", "lock", "drop"}),
    ],
)
def test_the_card_offers_what_the_rules_would_not_refuse_out_of_hand(
    definition: str, fields: dict[str, Any], actions: set[str]
) -> None:
    bench = Bench()
    bench.has("warlord_belt", slot="belt")
    item = bench.has(definition, **fields)

    assert _actions(bench, item) == actions


def test_the_card_offers_no_quick_slot_without_a_belt() -> None:
    bench = Bench()
    potion = bench.has("healing_potion")

    assert "bind_quick_slot" not in _actions(bench, potion)


def test_the_card_offers_no_use_when_there_are_fewer_than_it_consumes() -> None:
    bench = Bench(changed_world(definitions={"bread": {"use": Effect(effect="feast", consumes=3)}}))
    few, enough = bench.has("bread", 2), bench.has("bread", 3)

    assert ("use" in _actions(bench, few), "use" in _actions(bench, enough)) == (False, True)


def test_the_card_says_what_is_missing() -> None:
    bench = Bench(character=Character("tg:1", "Bo", 3))
    sword = bench.has("steel_sword")

    card = item_card(bench.session, bench.item(sword))

    assert card.missing == [Missing("level", 4, 3)]
    assert "equip" not in card.actions
