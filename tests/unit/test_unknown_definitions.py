"""A catalogue that no longer knows a definition, or asks less or more of it: what is owned stays owned."""

from satchel.errors import NotDroppable, NotStackable, NotUsable, QuickSlotUnavailable
from satchel.inventory.actions import BindQuickSlot, Drop, Merge, Move, Sort, Split, Use
from satchel.inventory.reads.bag import BagQuery, bag_page
from satchel.inventory.reads.card import item_card
from satchel.inventory.reads.whole import inventory
from tests.builders import Bench, changed_world


def test_an_unknown_item_is_kept_and_hidden_from_the_bag() -> None:
    bench = Bench()
    relic = bench.has("forgotten_relic")

    page = bag_page(bench.session, BagQuery())

    assert (page.items, page.total) == ((), 0)
    assert [item.id for item in inventory(bench.session).items] == [relic]
    assert bench.session.stats.slots["bag"].used == 1


def test_an_unknown_item_weighs_nothing_and_can_be_moved() -> None:
    bench = Bench()
    relic = bench.has("forgotten_relic", 3)

    bench.act(Move(item_id=relic, container="stash", position=4))

    assert bench.place(relic) == ("stash", 4)
    assert bench.session.stats.weight_g == 0


def test_an_unknown_item_cannot_be_dropped_used_or_bound() -> None:
    bench = Bench()
    bench.has("warlord_belt", slot="belt")
    relic = bench.has("forgotten_relic")

    assert bench.refused(NotDroppable, Drop(item_id=relic))["definition"] == "forgotten_relic"
    assert bench.refused(NotUsable, Use(item_id=relic))["definition"] == "forgotten_relic"
    assert bench.refused(QuickSlotUnavailable, BindQuickSlot(item_id=relic, quick_slot=1))["quick"] is False


def test_unknown_items_never_become_one_stack() -> None:
    bench = Bench()
    relics = [bench.has("forgotten_relic"), bench.has("forgotten_relic")]

    bench.act(Sort(container="bag"), Move(item_id=relics[0], container="bag", position=1))
    data = bench.refused(NotStackable, Merge(item_id=relics[0], target_id=relics[1]))

    assert bench.quantities("forgotten_relic") == [1, 1]
    assert data["available"] == 0


def test_a_stack_that_became_unknown_can_still_be_split() -> None:
    bench = Bench()
    relics = bench.has("forgotten_relic", 5)

    bench.act(Split(item_id=relics, quantity=2))

    assert bench.quantities("forgotten_relic") == [3, 2]


def test_the_card_of_an_unknown_item_offers_only_what_can_be_done_with_it() -> None:
    bench = Bench()
    relic = bench.has("forgotten_relic", 2)

    card = item_card(bench.session, bench.item(relic))

    assert (card.name, card.category, card.actions) == ("forgotten_relic", "unknown", ("move", "split", "lock"))


def test_a_container_that_is_gone_keeps_its_items_and_gives_them_out() -> None:
    bench = Bench()
    bread = bench.has("bread", container="saddlebag", position=3)

    bench.act(Move(item_id=bread, container="bag"))

    assert bench.place(bread) == ("bag", 0)


def test_what_a_smaller_bag_does_not_take_can_be_used_and_dropped_and_worn() -> None:
    bench = Bench(changed_world(slots={"bag": 2}))
    bread = [bench.has("bread", position=position) for position in range(6)]
    cap = bench.has("leather_cap", position=6)

    bench.act(Drop(item_id=bread[0]), Use(item_id=bread[1]))
    bench.act(Move(item_id=bread[2], container="stash"))

    assert bench.session.stats.slots["bag"].used == 4
    assert bench.place(cap) == ("bag", 6)


def test_a_stack_above_a_lowered_limit_takes_no_more_and_gives_what_it_has() -> None:
    bench = Bench(changed_world(definitions={"healing_potion": {"stack_max": 5}}))
    potions = bench.has("healing_potion", 12)
    other = bench.has("healing_potion", 2)

    data = bench.refused(NotStackable, Merge(item_id=other, target_id=potions))
    bench.act(Use(item_id=potions))

    assert data["available"] == 0
    assert bench.item(potions).quantity == 11
