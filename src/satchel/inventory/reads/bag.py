"""The bag as a list: filtered, sorted, a page at a time."""

from collections.abc import Callable

import msgspec

from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.definitions.items import ItemDefinition
from satchel.inventory.figures import Stats
from satchel.inventory.item import Item, ItemId
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.reads.card import compare
from satchel.inventory.reads.listing import BagEntry, Listing, Order

__all__ = ["SORT_FIELDS", "BagEntry", "BagPage", "BagQuery", "bag_page"]

SORT_FIELDS = ("rarity", "name", "category", "newest", "quantity", "score", "wearable")

LISTINGS_MAX = 4
"""Most sort orders that a session keeps current; the least recently used one makes room."""


class BagQuery(msgspec.Struct, frozen=True, gc=False, kw_only=True):
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
    sort: Order = ()
    limit: int = 50
    after: str = ""
    offset: int = 0
    lang: str = "en"


class BagPage(msgspec.Struct, frozen=True, gc=False):
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
    catalogue, listing = session.catalogue, _listing(session, query)
    start = _behind(session, listing, query.after) + query.offset
    page = listing.entries(start, query.limit)
    if query.fits is not None:
        page = [_with_gain(session, entry, query.fits) for entry in page]
    sections = {section.id: 0 for section in catalogue.rules.sections}
    for category, count in listing.categories.items():
        sections[catalogue.categories[category].section] += count
    worn = session.worn.get(query.fits or "")
    return BagPage(
        char_id=session.char_id,
        version=session.version,
        items=tuple(page),
        total=len(listing),
        offset=start,
        sections=sections,
        categories=dict(listing.categories),
        stats=session.stats,
        worn=None if worn is None else session.items[worn],
        cursor=f"{start + query.limit}.{page[-1].item.id}" if page and start + query.limit < len(listing) else None,
    )


def _listing(session: InventorySessionDTO, query: BagQuery) -> Listing:
    """The session's listing for a query; it has the last few, and keeps them up to date."""
    key = (
        query.container,
        query.section,
        query.category,
        query.fits,
        query.quick,
        query.search,
        query.sort,
        query.lang,
    )
    found = session.listings.pop(key, None)
    if not isinstance(found, Listing):
        while len(session.listings) >= LISTINGS_MAX:
            del session.listings[next(iter(session.listings))]
        found = Listing(
            session.catalogue,
            session.character,
            query.container,
            _filter(session.catalogue, query),
            query.sort,
            query.lang,
            session.items,
        )
    session.listings[key] = found
    return found


def _behind(session: InventorySessionDTO, listing: Listing, cursor: str) -> int:
    """Where a page begins: behind the last row of the page before; where that one was, if it is gone."""
    passed, _, item_id = cursor.partition(".")
    item = session.items.get(ItemId(item_id))
    found = None if item is None else listing.behind(item)
    return found if found is not None else max(0, int(passed or 0) - 1)


def _filter(catalogue: Catalogue, query: BagQuery) -> Callable[[ItemDefinition], bool]:
    searched, russian = query.search.casefold(), query.lang == "ru"

    def wanted(definition: ItemDefinition) -> bool:
        return (
            query.section in (None, catalogue.categories[definition.category].section)
            and query.category in (None, definition.category)
            and (query.fits is None or query.fits in catalogue.slots_of[definition.id])
            and query.quick in (None, definition.quick)
            and (not searched or searched in (definition.name.ru if russian else definition.name.en).casefold())
        )

    return wanted


def _with_gain(session: InventorySessionDTO, entry: BagEntry, slot: str) -> BagEntry:
    comparison = compare(session, entry.item, slot)
    return entry if comparison is None else msgspec.structs.replace(entry, gain=comparison.gear_score)
