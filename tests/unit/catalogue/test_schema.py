"""The JSON Schema that editors help with is made from the same structs that the loader reads with."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from satchel import catalogue
from satchel.catalogue.loader import schema

PLACE = Path(catalogue.__file__).parent
FILES = sorted(PLACE.glob("data/**/*.json"))
AGAIN = (
    "python -c 'import json; from satchel.catalogue.loader import schema; "
    "print(json.dumps(schema(), indent=2, ensure_ascii=False))' > src/satchel/catalogue/schema.json"
)


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    stored = json.loads((PLACE / "schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(stored)
    return jsonschema.Draft202012Validator(stored)


def _load(name: str) -> Any:
    return json.loads((PLACE / "data" / name).read_text(encoding="utf-8"))


def test_the_stored_schema_is_what_the_structs_make() -> None:
    stored = (PLACE / "schema.json").read_text(encoding="utf-8")

    assert stored == json.dumps(schema(), indent=2, ensure_ascii=False) + "\n", f"make it again: {AGAIN}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_of_the_starter_world_is_valid_and_names_the_schema(
    validator: jsonschema.Draft202012Validator, path: Path
) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))

    validator.validate(content)
    assert (path.parent / content["$schema"]).resolve() == PLACE / "schema.json"


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("colour", "red"),
        ("weight_g", -1),
        ("weight_g", "1"),
        ("weight_g", True),
        ("stack_max", 0),
        ("id", "Iron Sword"),
        ("name", {"en": "Iron Sword"}),
        ("modifiers", {"At tack": 1}),
        ("requires", {"levl": 1}),
        ("use", {"consumes": 1}),
        ("fits", "main_hand"),
    ],
)
def test_what_the_loader_refuses_the_schema_refuses(
    validator: jsonschema.Draft202012Validator, field: str, wrong: object
) -> None:
    content = _load("items/weapons.json")
    content["definitions"][0][field] = wrong

    assert not validator.is_valid(content)


def test_unknown_keys_of_the_files_themselves_are_refused(validator: jsonschema.Draft202012Validator) -> None:
    assert not validator.is_valid({**_load("rules.json"), "colour": "red"})
    assert not validator.is_valid({**_load("items/quest.json"), "colour": "red"})
