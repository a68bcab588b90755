import pytest

from satchel.errors import (
    BagFull,
    ContainerIncompatible,
    ContainerUnknown,
    DefinitionUnknown,
    MalformedAction,
    TooHeavy,
)
from satchel.ids import INT_MAX
from satchel.inventory.actions import Grant
from satchel.inventory.changes import EffectOutcome
from tests.builders import Bench, changed_world


def test_grant_fills_stacks_by_age_and_then_makes_new_ones() -> None:
    bench = Bench()
    old, young = bench.has("bread", 8, position=5), bench.has("bread", 9, position=1)

    bench.act(Grant(definition="bread", quantity=25))

    assert (bench.item(old).quantity, bench.item(young).quantity) == (10, 10)
    assert bench.quantities("bread") == [10, 10, 10, 10, 2]


def test_granted_items_lie_on_the_first_free_positions() -> None:
    bench = Bench()
    bench.has("apple", position=1)

    proposal = bench.act(Grant(definition="iron_sword", quantity=2))

    assert [bench.place(change.item) for change in proposal.item_changes()] == [("bag", 0), ("bag", 2)]


def test_granted_items_are_as_new() -> None:
    bench = Bench()

    proposal = bench.act(Grant(definition="iron_sword"))

    (change,) = proposal.item_changes()
    assert change.after is not None
    assert (change.op, change.after.durability, change.after.quantity) == ("add", 100, 1)


def test_grant_may_give_worn_out_and_rolled_items() -> None:
    bench = Bench()

    proposal = bench.act(Grant(definition="iron_sword", properties={"attack": 5}, durability_left=0))

    item = bench.item(proposal.item_changes()[0].item)
    assert (item.durability, item.properties) == (0, {"attack": 5})


def test_rolled_items_join_only_their_like() -> None:
    bench = Bench()
    plain, blessed = bench.has("bread", 2), bench.has("bread", 2, properties={"luck": 1})

    bench.act(Grant(definition="bread", quantity=3, properties={"luck": 1}))

    assert (bench.item(plain).quantity, bench.item(blessed).quantity) == (2, 5)


@pytest.mark.parametrize(("definition", "durability"), [("iron_sword", 101), ("bread", 0), ("silver_ring", 1)])
def test_grant_refuses_more_durability_than_the_definition_has(definition: str, durability: int) -> None:
    data = Bench().refused(MalformedAction, Grant(definition=definition, durability_left=durability))

    assert "$.durability_left" in data["reason"]


def test_quest_items_go_to_the_container_that_is_made_for_them() -> None:
    bench = Bench()

    proposal = bench.act(Grant(definition="sealed_letter"))

    assert bench.place(proposal.item_changes()[0].item) == ("quest", 0)


def test_grant_puts_items_where_it_is_told_to_and_fills_no_stack_elsewhere() -> None:
    bench = Bench()
    bread = bench.has("bread", 2)

    proposal = bench.act(Grant(definition="bread", container="stash"))

    assert bench.place(proposal.item_changes()[0].item) == ("stash", 0)
    assert bench.item(bread).quantity == 2


def test_grant_to_the_stash_weighs_nothing() -> None:
    bench = Bench()

    bench.act(Grant(definition="pine_log", quantity=60, container="stash"))

    assert bench.session.weight_g == 0


def test_grant_gives_all_or_nothing() -> None:
    bench = Bench()
    bench.has("bread", 8)
    bench.filled(free=1)

    data = bench.refused(BagFull, Grant(definition="bread", quantity=13))

    assert data == {"container": "bag", "required": 2, "available": 1}


def test_grant_refuses_what_is_too_heavy() -> None:
    data = Bench().refused(TooHeavy, Grant(definition="pine_log", quantity=21))

    assert data == {"required": 42_000, "available": 40_000}


def test_whoever_is_overloaded_still_gets_what_weighs_nothing() -> None:
    bench = Bench(changed_world(definitions={"spider_silk": {"weight_g": 0}}))
    bench.has("pine_log", 20)
    bench.has("pine_log", 20)

    bench.act(Grant(definition="spider_silk"))

    assert bench.quantities("spider_silk") == [1]


def test_a_partial_grant_gives_what_has_room_and_reports_the_rest() -> None:
    bench = Bench()
    bench.has("bread", 8)
    bench.filled(free=1)

    proposal = bench.act(Grant(definition="bread", quantity=15, partial=True))

    assert bench.quantities("bread") == [10, 10]
    assert proposal.effects == [EffectOutcome(0, "overflow", "bread", {"quantity": 3})]


def test_a_partial_grant_stops_at_the_weight_limit() -> None:
    bench = Bench()

    proposal = bench.act(Grant(definition="pine_log", quantity=50, partial=True))

    assert bench.session.weight_g == 40_000
    assert proposal.effects == [EffectOutcome(0, "overflow", "pine_log", {"quantity": 30})]


def test_a_partial_grant_without_any_room_gives_nothing() -> None:
    bench = Bench()
    bench.filled()

    proposal = bench.act(Grant(definition="iron_sword", partial=True))

    assert proposal.item_changes() == ()
    assert proposal.effects == [EffectOutcome(0, "overflow", "iron_sword", {"quantity": 1})]


def test_a_partial_grant_that_fits_reports_nothing() -> None:
    proposal = Bench().act(Grant(definition="bread", quantity=3, partial=True))

    assert proposal.effects == []


@pytest.mark.parametrize("definition", ["iron_sword", "bread"])
def test_the_largest_amount_is_refused_and_not_counted_out(definition: str) -> None:
    bench = Bench(changed_world(definitions={definition: {"weight_g": 0}}))

    data = bench.refused(BagFull, Grant(definition=definition, quantity=INT_MAX))

    assert (data["available"], data["required"] > 10**14) == (24, True)


def test_the_largest_amount_granted_in_part_fills_the_bag() -> None:
    bench = Bench(changed_world(definitions={"bread": {"weight_g": 0}}))

    proposal = bench.act(Grant(definition="bread", quantity=INT_MAX, partial=True))

    assert bench.quantities("bread") == [10] * 24
    assert proposal.effects[0].values == {"quantity": INT_MAX - 240}


def test_grant_refuses_a_container_that_does_not_take_the_item() -> None:
    data = Bench().refused(ContainerIncompatible, Grant(definition="bread", container="quest"))

    assert data == {"container": "quest", "category": "food", "accepts": ["quest"]}


def test_grant_refuses_a_container_that_does_not_exist() -> None:
    data = Bench().refused(ContainerUnknown, Grant(definition="bread", container="pocket"))

    assert data == {"container": "pocket", "containers": ["bag", "quest", "stash"]}


def test_grant_refuses_a_definition_that_does_not_exist() -> None:
    data = Bench().refused(DefinitionUnknown, Grant(definition="excalibur"))

    assert data == {"definition": "excalibur"}
