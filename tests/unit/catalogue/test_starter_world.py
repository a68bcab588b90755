"""The starter world shows everything that the engine can do."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest

from satchel.inventory.actions import Equip
from satchel.inventory.definitions.items import ItemDefinition
from satchel.inventory.definitions.rules import ItemSet, Resource, RuleSet
from tests.builders import Bench, starter_world

WORLD = starter_world()
CYRILLIC = re.compile("[\u0400-\u04ff]")
DEFINITIONS = list(WORLD.definitions.values())


def _texts(value: Any) -> Iterator[dict[str, str]]:
    """Every text of a world, wherever it stands."""
    if isinstance(value, dict) and value.keys() == {"en", "ru"}:
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        yield from _texts(child)


def test_it_has_at_least_120_definitions() -> None:
    assert len(DEFINITIONS) >= 120


@pytest.mark.parametrize("field", [field.name for field in msgspec.structs.fields(ItemDefinition)])
def test_every_field_of_a_definition_is_used(field: str) -> None:
    values = {repr(getattr(definition, field)) for definition in DEFINITIONS}

    assert len(values) > 1


@pytest.mark.parametrize("field", [field for field in msgspec.structs.fields(RuleSet) if not field.required])
def test_every_choice_of_the_rule_set_is_used(field: msgspec.structs.FieldInfo) -> None:
    assert getattr(WORLD.rules, field.name) != field.default


@pytest.mark.parametrize("part", ["level", "attributes", "classes"])
def test_every_kind_of_requirement_is_used(part: str) -> None:
    assert any(getattr(definition.requires, part) for definition in DEFINITIONS)


@pytest.mark.parametrize("consumes", [0, 1])
def test_some_uses_consume_and_some_do_not(consumes: int) -> None:
    assert any(definition.use and definition.use.consumes == consumes for definition in DEFINITIONS)


def test_every_slot_category_rarity_and_section_has_definitions() -> None:
    fitted = {slot for slots in WORLD.slots_of.values() for slot in slots}
    categories = {definition.category for definition in DEFINITIONS}

    assert fitted == set(WORLD.slots)
    assert categories == set(WORLD.categories)
    assert {definition.rarity for definition in DEFINITIONS} == set(WORLD.rarity_rank)
    assert {WORLD.categories[name].section for name in categories} == {s.id for s in WORLD.rules.sections}


def test_there_are_layers_pairs_and_two_handers() -> None:
    kinds = Counter(slot.kind for slot in WORLD.rules.slots)

    assert {"armour", "garments"} <= {slot.group for slot in WORLD.rules.slots}
    assert kinds["ring"] == 2
    assert sum(bool(definition.also_occupies) for definition in DEFINITIONS) >= 10


def test_belts_give_none_to_four_quick_slots() -> None:
    belts = [definition for definition in DEFINITIONS if definition.category == "belt"]

    assert {belt.modifiers.get("quick_slots", 0) for belt in belts} == {0, 1, 2, 3, 4}
    assert WORLD.rules.quick_slots_max == 4


@pytest.mark.parametrize("modifier", ["slots.bag", "weight_limit_g", "quick_slots"])
def test_every_modifier_that_the_engine_reads_is_used(modifier: str) -> None:
    assert any(modifier in definition.modifiers for definition in DEFINITIONS)


def test_every_modifier_counts_for_the_gear_score_or_is_read_by_the_engine() -> None:
    used = {name for definition in DEFINITIONS for name in definition.modifiers}
    engine = {"weight_limit_g", "quick_slots", *(f"slots.{name}" for name in WORLD.containers)}

    assert used - engine <= set(WORLD.rules.gear_score.weights)


def test_every_group_of_the_wallet_is_used() -> None:
    groups = set(get_args(Resource.__annotations__["group"]))

    assert {resource.group for resource in WORLD.rules.resources} == groups == {"currency", "resource", "component"}


def test_one_container_is_not_carried_and_one_has_categories_of_its_own() -> None:
    containers = WORLD.rules.containers

    assert any(not container.carried for container in containers)
    assert any(container.accepts for container in containers)


def test_quest_items_can_be_neither_dropped_nor_traded() -> None:
    quest = [definition for definition in DEFINITIONS if definition.category == "quest"]

    assert len(quest) >= 5
    assert not any(definition.droppable or definition.tradable for definition in quest)


@pytest.mark.parametrize("item_set", WORLD.rules.sets, ids=lambda item_set: item_set.id)
def test_every_set_can_be_worn_up_to_its_last_bonus(item_set: ItemSet) -> None:
    name = item_set.id
    bench = Bench()
    for definition in DEFINITIONS:
        free = not any(
            slot in bench.session.worn for slot in (*WORLD.slots_of[definition.id], *definition.also_occupies)
        )
        if definition.set == name and free:
            bench.act(Equip(item_id=bench.has(definition.id)))

    assert bench.session.stats.sets[name] >= max(item_set.bonuses)


def test_every_text_is_there_in_both_languages_and_the_russian_one_is_russian() -> None:
    texts = list(_texts(msgspec.to_builtins([WORLD.rules, DEFINITIONS], str_keys=True)))

    assert len(texts) > 2 * len(DEFINITIONS)
    assert [text["ru"] for text in texts if not CYRILLIC.search(text["ru"])] == []
    assert [text["en"] for text in texts if CYRILLIC.search(text["en"])] == []


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_no_two_definitions_have_the_same_name(lang: str) -> None:
    names = Counter(getattr(definition.name, lang) for definition in DEFINITIONS)

    assert [name for name, count in names.items() if count > 1] == []
