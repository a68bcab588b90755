"""Each kind of mistake in a world is named with file, line, entry and field; all of them at once."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from satchel.catalogue import Problem, load_catalogue
from satchel.catalogue.loader import check_world
from satchel.cli.main import satchel
from satchel.errors import CatalogueError

STARTER = Path(load_catalogue.__code__.co_filename).parent / "data"
WEAPONS, RULES = "items/weapons.json", "rules.json"
SWORD = '"weight_g": 1400, "fits": ["main_hand", "off_hand"], "durability_max": 100,\n      "modifiers": {"attack": 8}'
"""The end of the first definition, lines 8 and 9."""

Edit = Callable[[str, str, str], Path]


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A copy of the starter world."""
    return Path(shutil.copytree(STARTER, tmp_path / "world"))


@pytest.fixture
def edit(world: Path) -> Edit:
    """Replaces the first occurrence of a text in a file of the copy."""

    def replace(file: str, old: str, new: str) -> Path:
        text = (world / file).read_text(encoding="utf-8")
        assert old in text
        (world / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return world

    return replace


def test_the_starter_world_has_no_mistakes() -> None:
    assert check_world() == []


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "message"),
    [
        ('"weight_g": 1400', '"weight": 1400', 8, "weight", "no such key: 'weight' (did you mean 'weight_g'?)"),
        ('"weight_g": 1400', '"weight_g": "1400"', 8, "weight_g", "expected `int`, got `str` (here: '1400')"),
        ('"weight_g": 1400', '"weight_g": true', 8, "weight_g", "expected `int`, got `bool`"),
        ('"weight_g": 1400', '"weight_g": 1.5', 8, "weight_g", "got `float`"),
        ('"weight_g": 1400', '"weight_g": -1', 8, "weight_g", "expected `int` >= 0 (here: -1)"),
        ('"weight_g": 1400', '"weight_g": 9007199254740992', 8, "weight_g", "expected `int` <= 9007199254740991"),
        ('"weight_g": 1400', '"weight_g": 1400, "weight_g": 1', 8, "weight_g", "the key 'weight_g' stands twice"),
        ('"weight_g": 1400', '"weight_g": 1400, "stack_max": 0', 8, "stack_max", "expected `int` >= 1"),
        (', "durability_max": 100', ', "stack_max": 5', 8, "stack_max", "a wearable item cannot be stacked"),
        ('"durability_max": 100', '"durability_max": 0', 8, "durability_max", "expected `int` >= 1"),
        ('"main_hand", "off_hand"', '"main_hand", "of_hand"', 8, "fits", "did you mean 'off_hand'?"),
        ('"main_hand", "off_hand"', '"main_hand",\n 7', 9, "fits.1", "expected `str`, got `int` (here: 7)"),
        ('["main_hand", "off_hand"]', '"main_hand"', 8, "fits", "expected `array`, got `str`"),
        ('"attack": 8', '"attack": "8"', 9, "modifiers.attack", "expected `int`, got `str` (here: '8')"),
        ('"attack": 8', '"luck": 1,\n "attack": null', 10, "modifiers.attack", "expected `int`, got `null`"),
        ('"attack": 8', '"Attack!": 8', 9, "modifiers.Attack!", "matching regex"),
        ('"attack": 8', '"slots.pocket": 8', 9, "modifiers", "no such container: 'pocket'"),
        ('"attack": 8', '"places.bag": 8', 9, "modifiers", "no such modifier: 'places.bag'"),
        ('"attack": 8', '"quick_slots": 5', 9, "modifiers.quick_slots", "more than quick_slots_max"),
        ('"attack": 8}', '"attack": 8}, "also_occupies": ["tail"]', 9, "also_occupies", "no such slot: 'tail'"),
        (
            '"attack": 8}',
            '"attack": 8}, "also_occupies": ["off_hand"]',
            9,
            "also_occupies",
            "it fits 'off_hand' itself",
        ),
        ('"attack": 8}', '"attack": 8}, "set": "wardens"', 9, "set", "no such set: 'wardens' (did you mean 'warden'?)"),
        ('"attack": 8}', '"attack": 8},\n "requires": {"levl": 3}', 10, "requires", "unknown field `levl`"),
        ('"attack": 8}', '"attack": 8},\n "requires": {"level": -3}', 10, "requires.level", "expected `int` >= 0"),
        (
            '"attack": 8}',
            '"attack": 8},\n "requires": {"attributes": {\n"luck": 1,\n"wit": "2"}}',
            12,
            "requires.attributes.wit",
            "expected `int`, got `str`",
        ),
        ('"attack": 8}', '"attack": 8}, "droppable": "no"', 9, "droppable", "expected `bool`, got `str`"),
        (SWORD, '"quick": true', 8, "quick", "a quick slot needs an item that can be used"),
        (SWORD, '"weight_g": 1,\n"modifiers": {"luck": 1}', 9, "modifiers", "only worn items have modifiers"),
        (SWORD, '"weight_g": 1,\n"set": "viper"', 9, "set", "only worn items count for a set"),
        (SWORD, '"stack_max": 2,\n"durability_max": 9', 9, "durability_max", "a stackable item has no durability"),
        (SWORD, '"weight_g": 1,\n"also_occupies": ["head"]', 9, "also_occupies", "an item that fits no slot"),
        (
            '"attack": 8}',
            '"attack": 8},\n "use": {"effect": "swing"}, "quick": true',
            10,
            "quick",
            "a wearable item cannot be put into a quick slot",
        ),
        (
            '"attack": 8}',
            '"attack": 8},\n "use": {"effect": "swing",\n"consumes": 2}',
            11,
            "use.consumes",
            "more than a stack holds (1)",
        ),
    ],
)
def test_a_mistake_in_a_definition_is_named_where_it_stands(
    edit: Edit, old: str, new: str, line: int, field: str, message: str
) -> None:
    problems = check_world(edit(WEAPONS, SWORD, SWORD.replace(old, new)))

    assert [(p.file, p.line, p.entry, p.field) for p in problems] == [(WEAPONS, line, "iron_sword", field)]
    assert message in problems[0].message


@pytest.mark.parametrize(
    ("old", "new", "field", "message"),
    [
        ('"category": "sword", ', "", "", "the key 'category' is missing"),
        ('"category": "sword"', '"category": "sord"', "category", "no such category: 'sord' (did you mean 'sword'?)"),
        ('"rarity": "common"', '"rarity": "comon"', "rarity", "no such rarity: 'comon' (did you mean 'common'?)"),
        (', "ru": "Железный меч"', "", "name", "missing required field `ru`"),
        ('"ru": "Железный меч"', '"ru": ""', "name.ru", "length >= 1"),
        ('"ru": "Железный меч"', '"ru": "Железный меч", "de": "Eisenschwert"', "name", "unknown field `de`"),
    ],
)
def test_a_mistake_in_the_words_of_a_definition_is_named(
    edit: Edit, old: str, new: str, field: str, message: str
) -> None:
    (problem,) = check_world(edit(WEAPONS, old, new))

    assert (problem.file, problem.entry, problem.field) == (WEAPONS, "iron_sword", field)
    assert message in problem.message


@pytest.mark.parametrize(
    ("old", "new", "entry", "field", "message"),
    [
        ('"weight_limit_g": 40000', '"weight_limit_g": "40"', "", "weight_limit_g", "expected `int`, got `str`"),
        ('"weight_limit_g": 40000,', '"weight_limit_g": 4, "weight_limit": 4,', "", "weight_limit", "no such key"),
        ('"quick_slots_max": 4', '"quick_slots_max": 33', "", "quick_slots_max", "expected `int` <= 32"),
        ('"group": "hands", "kind"', '"group": "hand", "kind"', "main_hand", "group", "no such slot group: 'hand'"),
        ('"id": "ring_2"', '"id": "ring_1"', "", "slots", "'ring_1' stands 2 times"),
        ('"id": "ring_2"', '"id": "Ring 2"', "", "slots.13.id", "matching regex"),
        ('"id": "stash"', '"id": "worn"', "", "containers", "'worn' is a reserved name"),
        ('"accepts": ["quest"]', '"accepts": ["quests"]', "quest", "accepts", "no such category: 'quests'"),
        ('"slots": 24', '"slots": -1', "", "containers.0.slots", "expected `int` >= 0"),
        ('"section": "weapons"', '"section": "weapon"', "sword", "section", "no such section: 'weapon'"),
        ('"group": "currency"', '"group": "money"', "", "resources.0.group", "invalid enum value 'money'"),
        ('"cap": 1000000000', '"cap": 0', "", "resources.0.cap", "expected `int` >= 1"),
        ('"2": {"defence": 8}', '"0": {"defence": 8}', "", "sets.0.bonuses.0", "expected `int` >= 1"),
        ('"2": {"defence": 8}', '"2": {"defence": "x"}', "", "sets.0.bonuses.2.defence", "got `str`"),
        ('"2": {"defence": 8}', '"2": {"slots.sack": 8}', "warden", "bonuses", "no such container: 'sack'"),
        ('"2": {"defence": 8}', '"9": {"defence": 8}', "warden", "bonuses", "a bonus needs 9 pieces, but 5"),
        ('"divisor": 10', '"divisor": 0', "", "gear_score.divisor", "expected `int` >= 1"),
        ('"attack": 20', '"atack": 20', "", "gear_score.weights", "did you mean 'attack'?"),
        ('"attack": 20', '"attack": 10000000000000', "", "gear_score.weights.attack", "expected `int` <= 1000000000"),
    ],
)
def test_a_mistake_in_the_rules_is_named_where_it_stands(
    edit: Edit, old: str, new: str, entry: str, field: str, message: str
) -> None:
    world = edit(RULES, old, new)
    text = (world / RULES).read_text(encoding="utf-8")

    (problem,) = [found for found in check_world(world) if found.file == RULES]

    assert (problem.entry, problem.field) == (entry, field)
    assert message in problem.message
    if old != '"id": "ring_2"' and field not in ("containers", "slots"):
        assert problem.line == text[: text.index(new)].count("\n") + 1


def test_broken_json_is_named_with_its_line(edit: Edit) -> None:
    problems = check_world(edit(WEAPONS, '"attack": 8}', '"attack": 8]'))

    assert [(p.file, p.line) for p in problems if p.file == WEAPONS] == [(WEAPONS, 9)]
    assert "is not JSON" in problems[0].message


def test_a_definition_that_stands_twice_names_both_places(edit: Edit) -> None:
    (problem,) = check_world(edit(WEAPONS, '"id": "steel_sword"', '"id": "iron_sword"'))

    assert (problem.file, problem.line, problem.entry, problem.field) == (WEAPONS, 12, "iron_sword", "id")
    assert "items/weapons.json:4" in problem.message


def test_a_definition_that_stands_in_two_files_names_the_other_file(world: Path) -> None:
    shutil.copy(world / "items" / "quest.json", world / "items" / "relics.json")

    problems = check_world(world)

    assert len(problems) == 7
    assert all(p.file == "items/relics.json" and "items/quest.json:" in p.message for p in problems)


def test_many_mistakes_are_told_at_once(edit: Edit) -> None:
    edit(WEAPONS, '"weight_g": 1400', '"weight_g": -1, "color": "red"')
    edit(WEAPONS, '"attack": 14', '"slots.pocket": 1')
    edit("items/quest.json", '"rarity": "common"', '"rarity": "comon"')
    world = edit(RULES, '"group": "hands", "kind"', '"group": "hand", "kind"')

    found = {(p.file, p.entry, p.field) for p in check_world(world)}

    assert found == {
        (RULES, "main_hand", "group"),
        (WEAPONS, "iron_sword", "weight_g"),
        (WEAPONS, "iron_sword", "color"),
        (WEAPONS, "steel_sword", "modifiers"),
        ("items/quest.json", "sealed_letter", "rarity"),
    }


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (WEAPONS, b"[]", "must hold an object"),
        (WEAPONS, b"\xff\xfe", "is not UTF-8"),
        (WEAPONS, b"", "is not JSON"),
        (WEAPONS, b"{}", "must be a list of definitions"),
        (WEAPONS, b'{"definitions": [7]}', "expected an object, got 7"),
        (WEAPONS, b'{"definitions": [], "defs": []}', "no such key: 'defs'"),
        (RULES, b"{}", "the key 'name' is missing"),
    ],
)
def test_a_file_of_the_wrong_shape_is_named(world: Path, file: str, content: bytes, message: str) -> None:
    (world / file).write_bytes(content)

    problems = [problem for problem in check_world(world) if problem.file == file]

    assert message in problems[0].message


def test_a_world_without_rules_or_definitions_is_named(world: Path) -> None:
    shutil.rmtree(world / "items")

    assert [str(problem) for problem in check_world(world)] == ["items/: holds no definitions"]
    (world / RULES).unlink()
    assert "rules.json: cannot be read" in str(check_world(world)[0])


def test_a_world_with_mistakes_is_not_loaded(edit: Edit) -> None:
    with pytest.raises(CatalogueError, match=r"items/weapons\.json:8: iron_sword: weight_g") as caught:
        load_catalogue(edit(WEAPONS, '"weight_g": 1400', '"weight_g": -1'))

    assert len(caught.value.problems) == 1


def test_the_version_of_a_world_changes_with_any_entry(edit: Edit) -> None:
    starter = load_catalogue().version

    changed = load_catalogue(edit(WEAPONS, '"weight_g": 1400', '"weight_g": 1401')).version
    back = load_catalogue(edit(WEAPONS, '"weight_g": 1401', '"weight_g": 1400')).version

    assert changed != starter
    assert back == starter


def test_a_problem_reads_as_one_line() -> None:
    assert str(Problem("rules.json", 3, "", "name", "is wrong")) == "rules.json:3: name: is wrong"


def test_the_command_prints_every_mistake_and_fails(edit: Edit) -> None:
    world = edit(WEAPONS, '"weight_g": 1400', '"weight_g": -1')

    plain = CliRunner().invoke(satchel, ["catalogue", "check", str(world)])
    machine = CliRunner().invoke(satchel, ["catalogue", "check", "--json", str(world)])

    assert plain.exit_code == machine.exit_code == 1
    line = "items/weapons.json:8: iron_sword: weight_g: expected `int` >= 0 (here: -1)"
    assert plain.output.splitlines() == [line, "1 problem"]
    assert json.loads(machine.output)[0]["line"] == 8


def test_the_command_is_content_with_the_starter_world() -> None:
    result = CliRunner().invoke(satchel, ["catalogue", "check"])

    assert result.exit_code == 0
    assert result.output.startswith("no problems: 140 definitions, 16 slots")
