"""A bag in some order: sorted once, then kept up to date by every change, so that a page costs no more in a big bag."""

from bisect import bisect_left, insort
from collections.abc import Callable

import msgspec

from satchel.inventory.character import Character, missing_requirements
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.definitions.items import ItemDefinition
from satchel.inventory.item import Item, ItemId

__all__ = ["BagEntry", "Listing", "Order"]

Order = tuple[tuple[str, bool], ...]
"""Fields to sort by, each with whether it descends."""

DEFAULT_ORDER: Order = (("category", False), ("rarity", True), ("name", False))

Rank = Callable[[Item, ItemDefinition], int]


class BagEntry(msgspec.Struct, frozen=True, gc=False):
    """A row of the bag.

    `score` is what the item alone adds to a gear score. `wearable` is whether it can be worn now. `gain` is how the
    gear score would change if it were worn in the slot that was asked for.
    """

    item: Item
    name: str
    category: str
    rarity: str
    score: int
    wearable: bool
    gain: int | None = None


class Listing:
    """The kept items that pass a filter, in order. Equal ones stand by id, the same in every process.

    Args:
        catalogue: What the items are looked up in.
        character: Whose they are; another level or class needs another listing.
        container: Only what lies there; None: everywhere.
        wanted: The filter. Items of unknown definition never pass; they are hidden, not lost.
        order: What to sort by.
        lang: The language whose names are sorted.
        items: All items by id; the session's own, so that they are always the present ones.

    Attributes:
        categories: Number of items in each category before the filter.
    """

    __slots__ = (
        "_catalogue",
        "_character",
        "_container",
        "_entries",
        "_items",
        "_lang",
        "_ranks",
        "_rows",
        "_wanted",
        "categories",
    )

    def __init__(
        self,
        catalogue: Catalogue,
        character: Character,
        container: str | None,
        wanted: Callable[[ItemDefinition], bool],
        order: Order,
        lang: str,
        items: dict[ItemId, Item],
    ) -> None:
        self.categories = dict.fromkeys(catalogue.categories, 0)
        self._catalogue = catalogue
        self._character = character
        self._container = container
        self._entries: dict[ItemId, BagEntry] = {}
        self._items = items
        self._lang = lang
        self._wanted = wanted
        self._ranks = [(self._rank(field), -1 if falls else 1) for field, falls in order or DEFAULT_ORDER]
        self._rows = sorted(row for item in items.values() if (row := self._count(item, 1)) is not None)

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, item: Item) -> None:
        """Take an item in, if it belongs here."""
        row = self._count(item, 1)
        if row is not None:
            insort(self._rows, row)

    def remove(self, item: Item) -> None:
        """Take an item out, if it belongs here."""
        self._entries.pop(item.id, None)
        row = self._count(item, -1)
        if row is not None:
            del self._rows[bisect_left(self._rows, row)]

    def behind(self, item: Item) -> int | None:
        """The number of the row behind an item; None if it is not listed."""
        definition = self._catalogue.definitions.get(item.definition)
        if definition is None or not self._lists(item) or not self._wanted(definition):
            return None
        return bisect_left(self._rows, self._row(item, definition)) + 1

    def entries(self, start: int, count: int) -> list[BagEntry]:
        """Some rows, without gain. What was shown before and has not changed is shown again as it was."""
        known, items = self._entries, self._items
        return [known.get(item_id) or self._entry(items[item_id]) for _, item_id in self._rows[start : start + count]]

    def _lists(self, item: Item) -> bool:
        return item.slot is None and self._container in (None, item.container)

    def _count(self, item: Item, change: int) -> "tuple[tuple[int, ...], ItemId] | None":
        definition = self._catalogue.definitions.get(item.definition)
        if definition is None or not self._lists(item):
            return None
        self.categories[definition.category] += change
        return self._row(item, definition) if self._wanted(definition) else None

    def _row(self, item: Item, definition: ItemDefinition) -> tuple[tuple[int, ...], ItemId]:
        return tuple([sign * rank(item, definition) for rank, sign in self._ranks]), item.id

    def _entry(self, item: Item) -> BagEntry:
        definition = self._catalogue.definitions[item.definition]
        entry = self._entries[item.id] = BagEntry(
            item=item,
            name=definition.name.ru if self._lang == "ru" else definition.name.en,
            category=definition.category,
            rarity=definition.rarity,
            score=_score(self._catalogue, item, definition),
            wearable=_is_wearable(self._character, definition),
        )
        return entry

    def _rank(self, field: str) -> Rank:
        catalogue = self._catalogue
        match field:
            case "rarity":
                return lambda item, definition: catalogue.rarity_rank[definition.rarity]
            case "category":
                return lambda item, definition: catalogue.category_rank[definition.category]
            case "newest":
                return lambda item, definition: int(item.id.replace("-", ""), 16)
            case "quantity":
                return lambda item, definition: item.quantity
            case "score":
                return lambda item, definition: _score(catalogue, item, definition)
            case "wearable":
                return lambda item, definition: _is_wearable(self._character, definition)
            case _:
                names = catalogue.name_rank[self._lang]
                return lambda item, definition: names[definition.id]


def _score(catalogue: Catalogue, item: Item, definition: ItemDefinition) -> int:
    """What the item alone adds to a gear score."""
    rules = catalogue.rules.gear_score
    weighted = catalogue.modifier_weight[definition.id]
    if item.properties:
        weighted += sum([value * rules.weights.get(name, 0) for name, value in item.properties.items()])
    return (catalogue.rarity_score.get(definition.rarity, 0) if definition.fits else 0) + weighted // rules.divisor


def _is_wearable(character: Character, definition: ItemDefinition) -> bool:
    """Whether the character can wear such an item now."""
    return bool(definition.fits) and not missing_requirements(character, definition.requires)
