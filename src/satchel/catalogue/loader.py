"""Reads a catalogue: the files that `kinds.py` lists. All mistakes are found in one go."""

from functools import cache
from hashlib import blake2b
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from satchel.catalogue.check import check_together
from satchel.catalogue.contents import Contents, Place
from satchel.catalogue.convert import convert
from satchel.catalogue.kinds import FILES, Kind
from satchel.catalogue.problem import Problem, unknown
from satchel.catalogue.source import read_source
from satchel.errors import CatalogueError
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.definitions.items import ItemDefinition
from satchel.inventory.definitions.rules import RuleSet

__all__ = ["check_world", "load_catalogue", "read_contents", "schema"]

Kinds = tuple[Kind, ...]


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
    return read_contents(path)[1]


def read_contents(path: Path | None = None, kinds: Kinds = FILES) -> tuple[Contents, list[Problem]]:
    """Read and check a world.

    Args:
        path: Its directory; the starter world if there is none.
        kinds: The kinds of its files.

    Returns:
        What could be read, and every mistake.
    """
    root = Path(str(resources.files("satchel.catalogue") / "data")) if path is None else path
    contents, problems = Contents(), list[Problem]()
    whole = True
    for kind in kinds:
        complete = _read_kind(root, kind, contents, problems)
        if whole:
            for place in contents.places(kind.entry).values():
                problems += kind.check(place, contents)
        whole = whole and complete
    if not problems:
        problems += check_together(contents)
    return contents, problems


def schema(kinds: Kinds = FILES) -> dict[str, Any]:
    """The JSON Schema of all kinds of files, for editors; `schema.json` is made by it."""
    files = [kind.file() for kind in kinds]
    references, components = msgspec.json.schema_components(files, ref_template="#/$defs/{name}")
    for kind, file in zip(kinds, files, strict=True):
        # Each file may name this schema.
        components[file.__name__]["properties"]["$schema"] = {"type": "string"}
        if kind.many:
            components[file.__name__]["additionalProperties"] = False
    alone = [kind.place for kind in kinds if not kind.many]
    below = [kind.place for kind in kinds if kind.many]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Satchel: {', '.join(alone)}, and the files of {', '.join(below)}",
        "anyOf": list(references),
        "$defs": components,
    }


@cache
def _starter_catalogue() -> Catalogue:
    """Load the starter world once per process: it cannot change, and reading it takes most of a test's start."""
    return _load(None)


def _load(path: Path | None) -> Catalogue:
    contents, problems = read_contents(path)
    if problems:
        raise CatalogueError(problems)
    return Catalogue(contents.only(RuleSet).entry, contents.all(ItemDefinition), _digest(contents, FILES))


def _read_kind(root: Path, kind: Kind, contents: Contents, problems: list[Problem]) -> bool:
    """Read all files of a kind; the answer is whether each of its entries could be read."""
    complete = True
    for path in sorted(root.glob(kind.pattern)) if kind.many else [root / kind.pattern]:
        complete = _read_file(root, path, kind, contents, problems) and complete
    if kind.needed and not contents.places(kind.entry) and not problems:
        problems.append(Problem(kind.place, 0, "", "", f"holds no {kind.many}"))
    return complete and bool(contents.places(kind.entry) or not kind.needed)


def _read_file(root: Path, path: Path, kind: Kind, contents: Contents, problems: list[Problem]) -> bool:
    source, places = read_source(root, path, problems), contents.places(kind.entry)
    if source is None:
        return False
    if not kind.many:
        only = convert(source, source.value, kind.entry, problems)
        if only is not None:
            places[""] = Place(source, source.value, only)
        return only is not None
    values = source.value.get(kind.many)
    if not isinstance(values, list):
        problems.append(source.problem(source.value, kind.many, f"must be a list of {kind.many}"))
        return False
    strangers = source.value.keys() - {kind.many, "$schema"}
    problems += [source.problem(source.value, key, unknown("key", key, (kind.many,))) for key in strangers]
    complete = True
    for value in values:
        entry: Any = convert(source, value, kind.entry, problems)
        if entry is None:
            complete = False
        elif entry.id in places:
            first = places[entry.id]
            problems.append(source.problem(value, "id", f"{entry.id!r} is defined at {first} already"))
        else:
            places[entry.id] = Place(source, value, entry)
    return complete


def _digest(contents: Contents, kinds: Kinds) -> str:
    whole: list[object] = []
    for kind in kinds:
        entries = contents.all(kind.entry)
        if entries or kind.needed:
            whole.append([entries[id_] for id_ in sorted(entries)] if kind.many else entries[""])
    plain = msgspec.to_builtins(whole, str_keys=True)
    return blake2b(msgspec.json.encode(plain, order="deterministic"), digest_size=8).hexdigest()
