"""Turns what stands in a file into structs, and names every mistake under the field that it is made in."""

import re
from typing import Any, TypeVar

import msgspec
from msgspec.structs import FieldInfo

from satchel.catalogue.problem import Problem, unknown
from satchel.catalogue.source import Source

__all__ = ["convert"]

Entry = TypeVar("Entry", bound=msgspec.Struct)


def convert(source: Source, value: Any, type_: type[Entry], problems: list[Problem]) -> Entry | None:
    """Convert an entry field by field, so that every mistake in it is found.

    Args:
        source: The file that it stands in.
        value: What stands there.
        type_: The struct of such entries.
        problems: Where mistakes are noted.

    Returns:
        The entry, or None if there is a mistake in it.
    """
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
