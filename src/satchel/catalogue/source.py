"""JSON files with the line of every entry and key, so that mistakes can be named where they stand."""

import json
import re
from json import scanner
from pathlib import Path
from typing import Any

from satchel.catalogue.problem import Problem

__all__ = ["Source", "read_source"]


class _Located(dict[str, Any]):
    """An object of the file, with the offset of its first key and of each of its keys."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        self.twice = sorted({name for name in names if names.count(name) > 1})


class Source:
    """A file that was read: its value, and where things stand in it."""

    def __init__(self, name: str, text: str, value: dict[str, Any], starts: dict[int, int]) -> None:
        self.name = name
        self.value = value
        self._text = text
        self._starts = starts

    def line(self, entry: object, field: str = "") -> int:
        """The line of a field of an entry (dotted, list items by number), or of as much of it as stands there."""
        place = start = self._starts.get(id(entry), 0)
        for part in field.split(".") if field else ():
            found = _find(self._text, start, part)
            if found is None:
                break
            place, value = found
            if self._text[value] not in "{[":
                break
            start = value + 1
        return self._text.count("\n", 0, place) + 1

    def problem(self, entry: Any, field: str, message: str) -> Problem:
        """Name a mistake in an entry."""
        id_ = entry.get("id", "") if isinstance(entry, dict) else ""
        return Problem(self.name, self.line(entry, field), id_ if isinstance(id_, str) else "", field, message)


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def _find(text: str, start: int, part: str) -> tuple[int, int] | None:
    """Find a key of an object, or an item of a list by its number.

    Args:
        text: Sound JSON.
        start: Just behind the opening bracket.
        part: The key or the number.

    Returns:
        Offsets of the key (or item) and of its value; None if it is not there.
    """
    depth = number = 0
    before, last = "[" if text[start - 1] == "[" else "{", start
    for token in _TOKEN.finditer(text, start):
        word = token[0]
        if depth == 0:
            if before == "[" and word not in "]," and str(number) == part:
                return token.start(), token.start()
            if before == ":" and text[last:].startswith(json.dumps(part, ensure_ascii=False)):
                return last, token.start()
            number += word == ","
            before = "[" if text[start - 1] == "[" and word == "," else word
            last = token.start() if word[0] == '"' else last
        depth += (word in "{[") - (word in "}]")
        if depth < 0:
            return None
    return None


def read_source(root: Path, path: Path, problems: list[Problem]) -> Source | None:
    """Read one JSON file.

    Args:
        root: The world's directory; the file is named relative to it.
        path: The file.
        problems: Where mistakes are noted.

    Returns:
        The file, or None if it is not a JSON object.
    """
    name = path.relative_to(root).as_posix()
    starts: dict[int, int] = {}
    decoder: Any = json.JSONDecoder(object_pairs_hook=_Located)
    parse_object = decoder.parse_object

    def located(begin: tuple[str, int], *rest: Any) -> Any:
        value, end = parse_object(begin, *rest)
        starts[id(value)] = begin[1]
        return value, end

    decoder.parse_object = located
    decoder.scan_once = scanner.py_make_scanner(decoder)  # type: ignore[attr-defined]  # the C one cannot be hooked
    try:
        text = path.read_text(encoding="utf-8")
        value = decoder.decode(text)
    except OSError as error:
        problems.append(Problem(name, 0, "", "", f"cannot be read: {error.strerror}"))
    except UnicodeDecodeError as error:
        problems.append(Problem(name, 0, "", "", f"is not UTF-8 (byte {error.start})"))
    except json.JSONDecodeError as error:
        problems.append(Problem(name, error.lineno, "", "", f"is not JSON: {error.msg} (column {error.colno})"))
    else:
        if isinstance(value, dict):
            source = Source(name, text, value, starts)
            _note_doubled_keys(source, value, problems)
            return source
        problems.append(Problem(name, 1, "", "", "must hold an object"))
    return None


def _note_doubled_keys(source: Source, value: Any, problems: list[Problem]) -> None:
    if isinstance(value, _Located):
        problems.extend(source.problem(value, key, f"the key {key!r} stands twice") for key in value.twice)
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _note_doubled_keys(source, child, problems)
