from satchel.errors import InsufficientItems, ItemLocked, ItemNotFound, NotUsable, RequirementsNotMet, TooHeavy
from satchel.inventory.actions import Use
from satchel.inventory.changes import EffectOutcome
from satchel.inventory.character import Character
from satchel.inventory.definitions.items import Effect
from tests.builders import Bench, changed_world, item_id

DRINK = Effect(effect="restore_health", consumes=3, values={"amount": 50})


def test_use_takes_one_and_hands_the_effect_to_the_game() -> None:
    bench = Bench()
    potions = bench.has("healing_potion", 3)

    proposal = bench.act(Use(item_id=potions))

    assert bench.item(potions).quantity == 2
    assert proposal.effects == [EffectOutcome(0, "restore_health", "healing_potion", {"amount": 50})]


def test_the_last_one_takes_the_item_and_its_quick_slot_with_it() -> None:
    bench = Bench()
    bench.has("warlord_belt", slot="belt")
    potion = bench.has("healing_potion", quick_slot=1)

    bench.act(Use(item_id=potion))

    assert potion not in bench.session.items
    assert bench.session.quick_slots == {}


def test_what_consumes_nothing_is_still_there_after_use() -> None:
    bench = Bench()
    whistle = bench.has("whistle_of_calling", locked=True)

    proposal = bench.act(Use(item_id=whistle))

    assert bench.item(whistle).quantity == 1
    assert [effect.effect for effect in proposal.effects] == ["call_companion"]
    assert proposal.item_changes() == ()


def test_each_use_in_a_batch_names_its_operation() -> None:
    bench = Bench()
    potions = bench.has("healing_potion", 3)

    proposal = bench.act(Use(item_id=potions), Use(item_id=potions))

    assert [effect.operation for effect in proposal.effects] == [0, 1]
    assert bench.quantities("healing_potion") == [1]


def test_use_refuses_when_it_would_consume_more_than_there_is() -> None:
    bench = Bench(changed_world(definitions={"healing_potion": {"use": DRINK}}))
    potions = bench.has("healing_potion", 2)

    data = bench.refused(InsufficientItems, Use(item_id=potions))

    assert data == {"item_id": potions, "required": 3, "available": 2}


def test_a_refused_use_hands_no_effect_to_the_game() -> None:
    bench = Bench()
    potions = bench.has("healing_potion", 1)

    data = bench.refused(ItemNotFound, Use(item_id=potions), Use(item_id=potions))

    assert data == {"item_id": potions}
    assert bench.last is None


def test_use_refuses_what_has_no_use() -> None:
    bench = Bench()
    ore = bench.has("iron_ore")

    assert bench.refused(NotUsable, Use(item_id=ore)) == {"item_id": ore, "definition": "iron_ore"}


def test_use_refuses_what_is_locked_if_it_would_be_used_up() -> None:
    bench = Bench()
    potions = bench.has("healing_potion", 3, locked=True)

    assert bench.refused(ItemLocked, Use(item_id=potions)) == {"item_id": potions}


def test_use_refuses_whoever_does_not_meet_the_requirements() -> None:
    bench = Bench(character=Character("tg:1", "Bo", 4))
    potions = bench.has("greater_healing_potion", 3)

    data = bench.refused(RequirementsNotMet, Use(item_id=potions))

    missing = [{"requirement": "level", "required": 6, "available": 4}]
    assert data == {"item_id": potions, "missing": missing}


def test_a_worn_item_that_is_used_up_takes_what_it_gave_with_it() -> None:
    belt_use = {"use": Effect(effect="throw_belt")}
    bench = Bench(changed_world(definitions={"warlord_belt": belt_use}))
    belt = bench.has("warlord_belt", slot="belt")
    bench.has("healing_potion", quick_slot=2)

    bench.act(Use(item_id=belt))

    assert (bench.worn("belt"), bench.session.quick_slots) == (None, {})


def test_a_worn_item_is_not_used_up_if_the_load_would_be_too_heavy() -> None:
    bench = Bench(changed_world(definitions={"warlord_belt": {"use": Effect(effect="throw_belt")}}))
    belt = bench.has("warlord_belt", slot="belt")
    bench.has("pine_log", 20)
    bench.has("iron_ore", 2)

    data = bench.refused(TooHeavy, Use(item_id=belt))

    assert data == {"required": 41_000, "available": 40_000}


def test_use_refuses_an_item_that_is_not_there() -> None:
    assert Bench().refused(ItemNotFound, Use(item_id=item_id(99))) == {"item_id": item_id(99)}
