"""What was read of a catalogue so far, and where each entry stands."""

from typing import Any, Generic, TypeVar

from satchel.catalogue.problem import Problem
from satchel.catalogue.source import Source

__all__ = ["Contents", "Place"]

Entry = TypeVar("Entry")


class Place(Generic[Entry]):
    """An entry, and where it stands.

    Attributes:
        source: The file.
        value: What stands there.
        entry: The same as a struct.
    """

    def __init__(self, source: Source, value: Any, entry: Entry) -> None:
        self.source = source
        self.value = value
        self.entry = entry

    def __str__(self) -> str:
        return f"{self.source.name}:{self.source.line(self.value)}"

    def problem(self, field: str, message: str) -> Problem:
        """Name a mistake in the entry."""
        return self.source.problem(self.value, field, message)

    def nested_problem(self, field: str, number: int, inner: str, message: str) -> Problem:
        """Name a mistake in one member of a list of the entry."""
        return self.source.problem(self.value[field][number], inner, message)


class Contents:
    """The entries that were read, by type and id; the id is empty where a whole file is the one entry of its type."""

    def __init__(self) -> None:
        self._places: dict[type, dict[str, Place[Any]]] = {}

    def places(self, type_: type[Entry]) -> dict[str, Place[Entry]]:
        """All entries of a type with their places, by id, in the order of the files."""
        return self._places.setdefault(type_, {})

    def all(self, type_: type[Entry]) -> dict[str, Entry]:
        """All entries of a type by id, in the order of the files."""
        return {id_: place.entry for id_, place in self.places(type_).items()}

    def only(self, type_: type[Entry]) -> Place[Entry]:
        """The one entry of a type that is a whole file; it must have been read."""
        return self.places(type_)[""]
