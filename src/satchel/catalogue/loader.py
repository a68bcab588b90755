"""Reads a world: `rules.json` and `items/*.json`. All mistakes are found in one go."""

import re
from functools import cache
from hashlib import blake2b
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec.structs import FieldInfo

from satchel.catalogue.check import check_definition, check_rules, check_world_wide
from satchel.catalogue.problem import Problem, unknown
from satchel.catalogue.source import Source, read_source
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.definitions.items import ItemDefinition
from satchel.inventory.definitions.rules import RuleSet

__all__ = ["CatalogueError", "check_world", "load_catalogue", "schema"]

Entry = TypeVar("Entry", RuleSet, ItemDefinition)


class CatalogueError(Exception):
    """A world cannot be used; `problems` says why, all of it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class ItemFile(msgspec.Struct, frozen=True):
    """A file of `items/`."""

    definitions: tuple[ItemDefinition, ...]


def load_catalogue(path: Path | None = None) -> Catalogue:
    """Load a world.

    Args:
        path: Its directory; the starter world if there is none.

    Raises:
        CatalogueError: With every mistake, each with file, line, entry and field.
    """
    return _starter_catalogue() if path is None else _load(path)


def check_world(path: Path | None = None) -> list[Problem]:
    """List every mistake of a world; empty when it can be used."""
    return _read(_starter_world() if path is None else path)[1]


def schema() -> dict[str, Any]:
    """The JSON Schema of both kinds of files, for editors; `schema.json` is made by it."""
    (rules, items), components = msgspec.json.schema_components((RuleSet, ItemFile), ref_template="#/$defs/{name}")
    for file in (RuleSet, ItemFile):
        # Each file may name this schema.
        components[file.__name__]["properties"]["$schema"] = {"type": "string"}
    components[ItemFile.__name__]["additionalProperties"] = False
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Satchel: rules.json, and the files of items/",
        "anyOf": [rules, items],
        "$defs": components,
    }


def _starter_world() -> Path:
    return Path(str(resources.files("satchel.catalogue") / "data"))


@cache
def _starter_catalogue() -> Catalogue:
    """Load the starter world once per process: it cannot change, and reading it takes most of a test's start."""
    return _load(_starter_world())


def _load(root: Path) -> Catalogue:
    catalogue, problems = _read(root)
    if catalogue is None or problems:
        raise CatalogueError(problems)
    return catalogue


def _read(root: Path) -> tuple[Catalogue | None, list[Problem]]:
    problems: list[Problem] = []
    rules_source = read_source(root, root / "rules.json", problems)
    rules = None if rules_source is None else _convert(rules_source, rules_source.value, RuleSet, problems)
    if rules is not None and rules_source is not None:
        problems += check_rules(rules_source, rules)
    definitions, places = _read_definitions(root, problems)
    if rules is None:
        return None, problems
    for id_, (source, entry) in places.items():
        problems += check_definition(source, entry, definitions[id_], rules)
    if not problems and rules_source is not None:
        problems += check_world_wide(rules_source, rules, definitions)
    return Catalogue(rules, definitions, _digest(rules, definitions)), problems


def _read_definitions(
    root: Path, problems: list[Problem]
) -> tuple[dict[str, ItemDefinition], dict[str, tuple[Source, Any]]]:
    definitions: dict[str, ItemDefinition] = {}
    places: dict[str, tuple[Source, Any]] = {}
    for path in sorted((root / "items").glob("*.json")):
        source = read_source(root, path, problems)
        if source is None:
            continue
        entries = source.value.get("definitions")
        if not isinstance(entries, list):
            problems.append(source.problem(source.value, "definitions", "must be a list of definitions"))
            continue
        strangers = source.value.keys() - {"definitions", "$schema"}
        problems += [source.problem(source.value, key, unknown("key", key, ("definitions",))) for key in strangers]
        for entry in entries:
            definition = _convert(source, entry, ItemDefinition, problems)
            if definition is None:
                continue
            if definition.id in places:
                first, other = places[definition.id]
                place = f"{first.name}:{first.line(other)}"
                problems.append(source.problem(entry, "id", f"{definition.id!r} is defined at {place} already"))
                continue
            definitions[definition.id], places[definition.id] = definition, (source, entry)
    if not places and not problems:
        problems.append(Problem("items/", 0, "", "", "holds no definitions"))
    return definitions, places


def _convert(source: Source, value: Any, type_: type[Entry], problems: list[Problem]) -> Entry | None:
    """Convert an entry; every mistake in it is noted by mending each and trying again."""
    if not isinstance(value, dict):
        problems.append(source.problem(source.value, "", f"expected an object, got {value!r}"))
        return None
    plain = {key: child for key, child in value.items() if key != "$schema"}
    known = msgspec.structs.fields(type_)
    found = len(problems)
    for key in plain.keys() - {field.encode_name for field in known}:
        names = [field.encode_name for field in known]
        problems.append(source.problem(value, key, unknown("key", key, names)))
    for field in known:
        if field.encode_name not in plain:
            if field.required:
                problems.append(source.problem(value, "", f"the key {field.encode_name!r} is missing"))
            continue
        try:
            msgspec.convert(plain[field.encode_name], field.type, str_keys=True)
        except msgspec.ValidationError as error:
            problems.append(_mistake(source, value, field, plain[field.encode_name], str(error)))
    return msgspec.convert(plain, type_, str_keys=True) if len(problems) == found else None


def _mistake(source: Source, value: Any, field: FieldInfo, given: Any, error: str) -> Problem:
    """Turn msgspec's words into a problem: `Expected `int`, got `str` - at `$.level`` under the right field."""
    message, _, place = error.partition(" - at `")
    steps = [name or number for name, number in re.findall(r"\.(\w+)|\[(\d+|\.\.\.)\]", place.rstrip("`"))]
    if place.startswith("key` in "):
        steps.append("...")
    for at, step in enumerate(steps):
        if step == "...":
            steps[at] = _key_to_blame(field.type, given, steps[:at], error)
    for step in steps:
        given = _step(given, step)
    shown = f" (here: {given!r})" if isinstance(given, str | int | float | bool) else ""
    return source.problem(value, ".".join([field.encode_name, *steps]), message[:1].lower() + message[1:] + shown)


def _key_to_blame(type_: Any, value: Any, path: list[str], error: str) -> str:
    """Find the key that msgspec leaves open as `...`: the one that alone makes the same mistake."""
    inner = value
    for step in path:
        inner = _step(inner, step)
    for key in inner:
        try:
            msgspec.convert(_with_only(value, path, key), type_, str_keys=True)
        except msgspec.ValidationError as same:
            if str(same) == error:
                return str(key)
    return "..."


def _with_only(value: Any, path: list[str], key: str) -> Any:
    """A copy in which the object at the path has only one key."""
    if not path:
        return {key: value[key]}
    if isinstance(value, dict):
        return {**value, path[0]: _with_only(value[path[0]], path[1:], key)}
    number = int(path[0])
    return [*value[:number], _with_only(value[number], path[1:], key), *value[number + 1 :]]


def _step(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    return value[int(step)] if isinstance(value, list) and step.isdigit() and int(step) < len(value) else None


def _digest(rules: RuleSet, definitions: dict[str, ItemDefinition]) -> str:
    ordered = sorted(definitions.values(), key=lambda definition: definition.id)
    plain = msgspec.to_builtins([rules, ordered], str_keys=True)
    return blake2b(msgspec.json.encode(plain, order="deterministic"), digest_size=8).hexdigest()
