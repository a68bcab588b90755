"""The kinds of files of a catalogue: one table, which reading, checking, the schema and the version all walk."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from satchel.catalogue.check import check_definition, check_rules
from satchel.catalogue.contents import Contents, Place
from satchel.catalogue.problem import Problem
from satchel.inventory.definitions.items import ItemDefinition
from satchel.inventory.definitions.rules import RuleSet

__all__ = ["FILES", "Kind"]


class Kind(msgspec.Struct, frozen=True):
    """A kind of files.

    `pattern` says where they are. Each file holds a list of entries under the key `many`, or is the one entry itself if
    that is empty. `check` is called with every entry when all kinds above this one were read without a mistake, so that
    it may look at their entries. `needed` says that a catalogue must have at least one entry.
    """

    pattern: str
    entry: type[msgspec.Struct]
    check: Callable[[Place[Any], Contents], Iterable[Problem]]
    many: str = ""
    needed: bool = False

    @property
    def place(self) -> str:
        """The file, or the directory of the files, as people call it."""
        return self.pattern.removesuffix("*.json")

    def file(self) -> type[msgspec.Struct]:
        """Make the type of a whole file."""
        if not self.many:
            return self.entry
        name = self.entry.__name__.removesuffix("Definition") + "File"
        fields = [(self.many, tuple[self.entry, ...])]  # type: ignore[name-defined]  # known at run time only
        return msgspec.defstruct(name, fields, namespace={"__doc__": f"A file of `{self.place}`."}, frozen=True)


FILES = (
    Kind("rules.json", RuleSet, check_rules, needed=True),
    Kind("items/*.json", ItemDefinition, check_definition, many="definitions", needed=True),
)
"""All kinds. A new one is a struct and an entry here; a kind may look at those above it."""
