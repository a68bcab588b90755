"""A new kind of catalogue file is a struct and one entry of the table: reading, checks, schema and messages follow."""

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from satchel.catalogue import Problem, load_catalogue
from satchel.catalogue.contents import Contents, Place
from satchel.catalogue.kinds import FILES, Kind
from satchel.catalogue.loader import read_contents, schema
from satchel.inventory.definitions.entry import Name, Positive, Strict
from satchel.inventory.definitions.items import ItemDefinition

STARTER = Path(load_catalogue.__code__.co_filename).parent / "data"
SOUP = {"id": "soup", "makes": "bread", "seconds": 5}


class Recipe(Strict, frozen=True, kw_only=True):
    """How to make an item."""

    id: Name
    makes: Name
    seconds: Positive = 1


def check_recipe(place: Place[Recipe], contents: Contents) -> list[Problem]:
    """A recipe makes something that there is."""
    known = place.entry.makes in contents.all(ItemDefinition)
    return [] if known else [place.problem("makes", f"no such definition: {place.entry.makes!r}")]


KINDS = (*FILES, Kind("recipes/*.json", Recipe, check_recipe, many="recipes"))


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A copy of the starter world."""
    return Path(shutil.copytree(STARTER, tmp_path / "world"))


def _write(world: Path, content: object, name: str = "food") -> None:
    (world / "recipes").mkdir(exist_ok=True)
    (world / f"recipes/{name}.json").write_text(json.dumps(content, indent=1), encoding="utf-8")


def test_entries_of_a_new_kind_are_read(world: Path) -> None:
    _write(world, {"$schema": "../schema.json", "recipes": [SOUP]})

    contents, problems = read_contents(world, KINDS)
    assert problems == []
    assert contents.all(Recipe) == {"soup": Recipe(id="soup", makes="bread", seconds=5)}


def test_a_world_needs_no_files_of_a_kind_that_may_be_missing(world: Path) -> None:
    contents, problems = read_contents(world, KINDS)

    assert (contents.all(Recipe), problems) == ({}, [])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ([], "recipes/food.json:1: must hold an object"),
        ({"recipes": 1}, "recipes/food.json:2: recipes: must be a list of recipes"),
        ({"recipe": [], "recipes": []}, "recipes/food.json:2: recipe: no such key: 'recipe' (did you mean 'recipes'?)"),
        ({"recipes": [{**SOUP, "makes": "bred"}]}, "recipes/food.json:5: soup: makes: no such definition: 'bred'"),
        (
            {"recipes": [{**SOUP, "seconds": 0}]},
            "recipes/food.json:6: soup: seconds: expected `int` >= 1 (here: 0)",
        ),
        ({"recipes": [SOUP, SOUP]}, "recipes/food.json:9: soup: id: 'soup' is defined at recipes/food.json:3 already"),
    ],
)
def test_a_mistake_in_an_entry_of_a_new_kind_is_named_where_it_stands(
    world: Path, content: object, problem: str
) -> None:
    _write(world, content)

    assert [str(found) for found in read_contents(world, KINDS)[1]] == [problem]


def test_a_kind_is_not_checked_against_kinds_above_it_that_could_not_be_read(world: Path) -> None:
    (world / "items/weapons.json").write_text("{", encoding="utf-8")
    _write(world, {"recipes": [{**SOUP, "makes": "iron_sword"}]})

    assert [found.file for found in read_contents(world, KINDS)[1]] == ["items/weapons.json"]


def test_the_schema_knows_a_new_kind(world: Path) -> None:
    validator = jsonschema.Draft202012Validator(schema(KINDS))

    assert schema(KINDS)["title"] == "Satchel: rules.json, and the files of items/, recipes/"
    assert validator.is_valid({"$schema": "../schema.json", "recipes": [SOUP]})
    assert not validator.is_valid({"recipes": [{**SOUP, "colour": "red"}]})
