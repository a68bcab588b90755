"""The bag as a list: filtered, sorted, a page at a time."""

from collections.abc import Callable

import msgspec

from satchel.inventory.card import compare
from satchel.inventory.definitions import Catalogue, ItemDefinition
from satchel.inventory.model import InventorySessionDTO, Item, Stats
from satchel.inventory.rules.requirements import missing_requirements

__all__ = ["SORT_FIELDS", "BagEntry", "BagPage", "BagQuery", "bag_page"]

SORT_FIELDS = ("rarity", "name", "category", "newest", "quantity", "score", "wearable")


class BagQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which items of the containers to list, and how.

    `fits` is a slot: only what can be worn there. `quick`: only what can (or cannot) be bound to a quick slot.
    `search` is looked for in names of the language `lang`. `sort` are fields out of `SORT_FIELDS`, each with whether it
    descends. The page starts `offset` rows behind the page whose cursor is `after`.
    """

    container: str | None = None
    section: str | None = None
    category: str | None = None
    fits: str | None = None
    quick: bool | None = None
    search: str = ""
    sort: tuple[tuple[str, bool], ...] = ()
    limit: int = 50
    after: str = ""
    offset: int = 0
    lang: str = "en"


class BagEntry(msgspec.Struct, frozen=True):
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


class BagPage(msgspec.Struct, frozen=True):
    """One page, starting with row `offset` of `total`; `cursor` leads to the next one.

    `sections` and `categories` count the items before the filter. `worn` is what is worn in the slot that was asked
    for.
    """

    char_id: int
    version: int
    items: tuple[BagEntry, ...]
    total: int
    offset: int
    sections: dict[str, int]
    categories: dict[str, int]
    stats: Stats
    worn: Item | None = None
    cursor: str | None = None


def bag_page(session: InventorySessionDTO, query: BagQuery) -> BagPage:
    """List kept items: filtered, sorted, one page of them. Items of unknown definition are hidden, not lost."""
    catalogue = session.catalogue
    sections = {section.id: 0 for section in catalogue.rules.sections}
    categories = dict.fromkeys(catalogue.categories, 0)
    rows: list[_Row] = []
    # By id first, so that equal rows keep their order from page to page, and in every process.
    for _, item in sorted(session.items.items()):
        definition = catalogue.definitions.get(item.definition)
        if definition is None or item.slot is not None or query.container not in (None, item.container):
            continue
        categories[definition.category] += 1
        sections[catalogue.categories[definition.category].section] += 1
        if _wanted(catalogue, definition, query):
            rows.append((item, definition))
    order = query.sort or (("category", False), ("rarity", True), ("name", False))
    for field, descending in (*reversed(order),):
        rows.sort(key=_order(session, field, query.lang), reverse=descending)
    start = _behind(rows, query.after) + query.offset
    page = rows[start : start + query.limit]
    more = start + query.limit < len(rows)
    worn = session.worn.get(query.fits or "")
    return BagPage(
        char_id=session.char_id,
        version=session.version,
        items=tuple(_entry(session, item, definition, query) for item, definition in page),
        total=len(rows),
        offset=start,
        sections=sections,
        categories=categories,
        stats=session.stats,
        worn=None if worn is None else session.items[worn],
        cursor=f"{start + query.limit}.{page[-1][0].id}" if more and page else None,
    )


_Row = tuple[Item, ItemDefinition]


def _behind(rows: list[_Row], cursor: str) -> int:
    """Where a page begins: behind the last row of the page before; where that one was, if it is gone."""
    passed, _, item_id = cursor.partition(".")
    found = next((number + 1 for number, (item, _) in enumerate(rows) if item.id == item_id), None)
    return found if found is not None else max(0, int(passed or 0) - 1)


def _wanted(catalogue: Catalogue, definition: ItemDefinition, query: BagQuery) -> bool:
    return (
        query.section in (None, catalogue.categories[definition.category].section)
        and query.category in (None, definition.category)
        and (query.fits is None or query.fits in catalogue.slots_of[definition.id])
        and query.quick in (None, definition.quick)
        and (not query.search or query.search.casefold() in _name(definition, query.lang).casefold())
    )


def _entry(session: InventorySessionDTO, item: Item, definition: ItemDefinition, query: BagQuery) -> BagEntry:
    comparison = None if query.fits is None else compare(session, item, query.fits)
    return BagEntry(
        item=item,
        name=_name(definition, query.lang),
        category=definition.category,
        rarity=definition.rarity,
        score=_score(session.catalogue, item, definition),
        wearable=_wearable(session, definition),
        gain=None if comparison is None else comparison.gear_score,
    )


def _name(definition: ItemDefinition, lang: str) -> str:
    return definition.name.ru if lang == "ru" else definition.name.en


def _score(catalogue: Catalogue, item: Item, definition: ItemDefinition) -> int:
    rules = catalogue.rules.gear_score
    bonuses = (*definition.modifiers.items(), *item.properties.items())
    weighted = sum(value * rules.weights.get(name, 0) for name, value in bonuses)
    return (catalogue.rarity_score.get(definition.rarity, 0) if definition.fits else 0) + weighted // rules.divisor


def _wearable(session: InventorySessionDTO, definition: ItemDefinition) -> bool:
    return bool(definition.fits) and not missing_requirements(session.character, definition.requires)


def _order(session: InventorySessionDTO, field: str, lang: str) -> Callable[[_Row], str | int]:
    catalogue = session.catalogue
    match field:
        case "rarity":
            return lambda row: catalogue.rarity_rank[row[1].rarity]
        case "category":
            ranks = {category: rank for rank, category in enumerate(catalogue.categories)}
            return lambda row: ranks[row[1].category]
        case "newest":
            return lambda row: row[0].id
        case "quantity":
            return lambda row: row[0].quantity
        case "score":
            return lambda row: _score(catalogue, *row)
        case "wearable":
            return lambda row: _wearable(session, row[1])
        case _:
            return lambda row: _name(row[1], lang).casefold()
