from satchel.inventory.reads.doll import doll
from satchel.inventory.reads.whole import inventory
from tests.builders import Bench, item_id


def test_the_doll_shows_every_slot_in_the_order_of_the_rules() -> None:
    shown = doll(Bench().session)

    assert [slot.slot for slot in shown.slots][:3] == ["main_hand", "off_hand", "head"]
    assert len(shown.slots) == 16
    assert all(slot.item is None for slot in shown.slots)


def test_a_two_hander_stands_in_both_of_its_slots() -> None:
    bench = Bench()
    greatsword = bench.has("greatsword", slot="main_hand")

    hands = doll(bench.session).slots[:2]

    assert [slot.item.id for slot in hands if slot.item] == [greatsword, greatsword]


def test_the_doll_shows_as_many_quick_slots_as_the_belt_gives() -> None:
    bench = Bench()
    bench.has("alchemist_belt", slot="belt")
    potion = bench.has("healing_potion", quick_slot=2)

    shown = doll(bench.session).quick_slots

    assert [None if item is None else item.id for item in shown] == [None, potion, None]


def test_a_slot_that_the_rules_lost_is_in_the_inventory_and_not_on_the_doll() -> None:
    bench = Bench()
    relic = bench.has("forgotten_relic", slot="tail")

    assert all(slot.item is None for slot in doll(bench.session).slots)
    assert inventory(bench.session).worn == {"tail": relic}


def test_the_inventory_lists_items_by_age_and_names_in_order() -> None:
    bench = Bench()
    for definition in ("bread", "iron_sword", "apple"):
        bench.has(definition)
    bench.owns("silver", 1)
    bench.owns("gold", 2)

    shown = inventory(bench.session)

    assert [item.id for item in shown.items] == [item_id(1), item_id(2), item_id(3)]
    assert list(shown.wallet) == ["gold", "silver"]
