"""What follows from the items: capacity, weight, modifiers, set bonuses, gear score."""

import pytest

from satchel.inventory.actions import Equip, Unequip
from satchel.inventory.definitions.rules import GearScore
from satchel.inventory.figures import SlotCount
from tests.builders import Bench, changed_world

WARDEN = {"warden_helm": "head", "warden_plate": "chest", "warden_gauntlets": "gloves", "kite_shield": "off_hand"}


def _wearing(*definitions: str) -> Bench:
    bench = Bench()
    for definition in definitions:
        bench.has(definition, slot=bench.catalogue.slots_of[definition][0])
    return bench


def test_an_empty_inventory_has_the_base_figures() -> None:
    stats = Bench().session.stats

    assert (stats.weight_g, stats.weight_limit_g, stats.quick_slots, stats.gear_score) == (0, 40_000, 0, 0)
    assert stats.slots == {"bag": SlotCount(0, 24), "quest": SlotCount(0, 20), "stash": SlotCount(0, 60)}


def test_carried_and_worn_items_weigh_and_stashed_ones_do_not() -> None:
    bench = _wearing("iron_sword")
    bench.has("bread", 3)
    bench.has("bell_clapper", container="quest")
    bench.has("pine_log", 20, container="stash")

    assert bench.session.stats.weight_g == 1_400 + 3 * 400 + 4_000


@pytest.mark.parametrize(
    ("bag", "limit", "weight_limit_g"),
    [("burlap_sack", 28, 40_000), ("small_backpack", 32, 45_000), ("bottomless_satchel", 64, 80_000)],
)
def test_a_worn_bag_adds_positions_and_weight(bag: str, limit: int, weight_limit_g: int) -> None:
    stats = _wearing(bag).session.stats

    assert (stats.slots["bag"].limit, stats.weight_limit_g) == (limit, weight_limit_g)


def test_a_bag_that_lies_in_the_bag_adds_nothing() -> None:
    bench = Bench()
    bench.has("hunter_pack")

    assert bench.session.stats.slots["bag"].limit == 24


def test_modifiers_of_worn_items_add_up_with_what_was_rolled() -> None:
    bench = _wearing("chain_hauberk")
    bench.has("march_boots", slot="boots", properties={"speed": 2, "luck": -1})

    assert bench.session.stats.modifiers == {"defence": 15, "luck": -1, "speed": 2}


@pytest.mark.parametrize(
    ("pieces", "defence", "health", "weight_limit_g"),
    [(1, 11, 15, 40_000), (2, 33 + 8, 45, 40_000), (3, 42 + 8, 55 + 40, 40_000), (4, 59 + 8, 75 + 40, 46_000)],
)
def test_a_set_gives_more_with_every_piece(pieces: int, defence: int, health: int, weight_limit_g: int) -> None:
    stats = _wearing(*list(WARDEN)[:pieces]).session.stats

    assert stats.sets == {"warden": pieces}
    assert (stats.modifiers["defence"], stats.modifiers["health"]) == (defence, health)
    assert stats.weight_limit_g == weight_limit_g


def test_two_of_the_same_piece_count_once() -> None:
    bench = Bench()
    bench.has("viper_ring", slot="ring_1")
    bench.has("viper_ring", slot="ring_2")

    assert bench.session.stats.sets == {"viper": 1}
    assert bench.session.stats.modifiers == {"crit": 10}


def test_a_set_bonus_may_add_positions_which_go_with_it() -> None:
    bench = _wearing("crown_of_embers", "ember_cloak", "ember_staff")
    ring = bench.has("ember_ring", slot="ring_1")
    whole = bench.session.stats

    bench.act(Unequip(item_id=ring))

    assert (whole.slots["bag"].limit, whole.modifiers["luck"]) == (28, 5)
    assert bench.session.stats.slots["bag"].limit == 24


def test_the_gear_score_adds_rarities_and_weighted_modifiers() -> None:
    stats = _wearing("steel_sword", "iron_helm").session.stats

    assert stats.gear_score == 10 + 10 + (14 * 20 + 6 * 20) // 10


def test_a_two_hander_counts_once() -> None:
    stats = _wearing("greatsword").session.stats

    assert stats.modifiers == {"attack": 24, "speed": -2}
    assert stats.gear_score == 10 + (24 * 20 - 2 * 25) // 10


def test_the_gear_score_rounds_down_also_below_zero() -> None:
    bench = Bench(changed_world(gear_score=GearScore(weights={"speed": 1}, divisor=2)))
    bench.has("caravan_pack", slot="back")

    assert bench.session.stats.gear_score == 25 - 1


def test_quick_slots_stop_at_the_most_that_the_rules_allow() -> None:
    bench = Bench()
    bench.has("warlord_belt", slot="belt", properties={"quick_slots": 9})

    assert bench.session.stats.quick_slots == 4


@pytest.mark.parametrize("name", ["slots.bag", "weight_limit_g", "quick_slots"])
def test_no_figure_falls_below_zero(name: str) -> None:
    bench = Bench()
    bench.has("rope_belt", slot="belt", properties={name: -1_000_000})

    stats = bench.session.stats

    assert min(stats.slots["bag"].limit, stats.weight_limit_g, stats.quick_slots) == 0


def test_figures_are_computed_again_only_when_something_changes() -> None:
    bench = _wearing("iron_sword")
    sword = bench.has("steel_sword")
    gear, stats = bench.session.gear, bench.session.stats

    bench.has("bread")
    same_gear, new_stats = bench.session.gear, bench.session.stats
    bench.act(Equip(item_id=sword))

    assert same_gear is gear
    assert new_stats is not stats
    assert bench.session.gear is not gear
