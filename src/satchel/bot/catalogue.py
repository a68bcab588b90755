"""The catalogue as the bot uses it: with names, and with numbers for buttons to refer to."""

from collections.abc import Sequence
from typing import TypeVar

from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.definitions.items import ItemDefinition
from satchel.inventory.definitions.rules import Category, Section, Slot
from satchel.inventory.item import Item
from satchel.inventory.reads.whole import CatalogueView
from satchel.texts.names import Names

__all__ = ["BotCatalogue"]

_Found = TypeVar("_Found")


class BotCatalogue:
    """The catalogue, with the numbers that buttons use.

    Buttons name a slot, section or category by its number in the rule set. Numbers start at 1; 0 means none.

    Args:
        view: The catalogue as the API gives it.
    """

    def __init__(self, view: CatalogueView) -> None:
        self.full = Catalogue(view.rules, {entry.id: entry for entry in view.definitions}, view.version)
        self.rules = view.rules
        self.names = Names(view.rules)
        self.set_pieces = {
            set_.id: sum(definition.set == set_.id for definition in view.definitions) for set_ in view.rules.sets
        }

    def definition(self, item: Item) -> ItemDefinition:
        """The item's definition, or a stand-in for one that the catalogue does not have."""
        return self.full.definition(item.definition)

    def slot(self, number: int) -> Slot | None:
        """The slot with this number."""
        return _at(self.rules.slots, number)

    def section(self, number: int) -> Section | None:
        """The section with this number."""
        return _at(self.rules.sections, number)

    def category(self, number: int) -> Category | None:
        """The category with this number."""
        return _at(self.rules.categories, number)

    def slot_number(self, id_: str) -> int:
        """The number of a slot; 0 if the rule set does not have it."""
        return next((n for n, slot in enumerate(self.rules.slots, 1) if slot.id == id_), 0)

    def belt_slot(self) -> int:
        """The number of the slot for belts, which give quick slots; 0 if the catalogue has no belt."""
        belts = (d for d in self.full.definitions.values() if d.modifiers.get("quick_slots", 0) > 0)
        slots = (slot for belt in belts for slot in self.full.slots_of[belt.id])
        return self.slot_number(next(slots, ""))


def _at(entries: Sequence[_Found], number: int) -> _Found | None:
    return entries[number - 1] if 0 < number <= len(entries) else None
