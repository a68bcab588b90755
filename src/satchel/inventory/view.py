"""What callers see of an inventory: the answer to an action, the doll, the bag, the card of an item.

Pure: a session in, plain structs out.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from satchel.errors import SatchelError
from satchel.inventory.definitions import Catalogue
from satchel.inventory.model import (
    Character,
    CharacterChange,
    Gear,
    InventorySessionDTO,
    Item,
    ItemChange,
    ItemId,
    ShelfChange,
    Shelved,
    Stats,
    WalletChange,
)
from satchel.inventory.record import EffectOutcome
from satchel.inventory.rules.requirements import missing_requirements
from satchel.inventory.rules.slots import choose_slot, displaced_by

__all__ = [
    "ActionReply",
    "BagEntry",
    "BagPage",
    "BagQuery",
    "BlockingReason",
    "Comparison",
    "Doll",
    "DollSlot",
    "InventoryView",
    "ItemCard",
    "WalletEntry",
    "WalletView",
    "bag_page",
    "doll",
    "dropped_by",
    "inventory",
    "item_card",
    "wallet_view",
]


class BlockingReason(msgspec.Struct, frozen=True):
    """Why a dry run would be refused: the number of the operation, and the error it would give."""

    operation: int
    code: str
    data: dict[str, Any]  # JSON of any shape


class ActionReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an action did.

    `durability` is the level that the answer was given at. `effects` are for the game to apply. `dropped` is what may
    be taken back: by which `item.id`, and until when. In a dry run `changes` are what would happen, and `blocking` is
    every reason against it.
    """

    char_id: int
    version: int
    epoch: int
    h: str
    changes: tuple[ItemChange, ...]
    wallet_changes: tuple[WalletChange, ...]
    stats: Stats
    replayed: bool | msgspec.UnsetType = msgspec.UNSET
    durability: str | msgspec.UnsetType = msgspec.UNSET
    dry_run: bool = False
    character: CharacterChange | None = None
    effects: tuple[EffectOutcome, ...] = ()
    dropped: tuple[Shelved, ...] = ()
    blocking: tuple[BlockingReason, ...] | None = None


class InventoryView(msgspec.Struct, frozen=True):
    """A whole inventory. `worn` maps slots to item ids; a two-hander stands in both of its slots."""

    char_id: int
    version: int
    epoch: int
    h: str
    character: Character
    items: tuple[Item, ...]
    worn: dict[str, ItemId]
    quick_slots: dict[int, ItemId]
    wallet: dict[str, int]
    stats: Stats


class DollSlot(msgspec.Struct, frozen=True):
    """One slot of the body; `item` is absent when it is empty, and shown in each slot that it fills."""

    slot: str
    group: str
    item: Item | None = None


class Doll(msgspec.Struct, frozen=True):
    """The worn items in the order of the rule set, and the quick slots that the belt gives (None: empty)."""

    char_id: int
    version: int
    slots: tuple[DollSlot, ...]
    quick_slots: tuple[Item | None, ...]
    stats: Stats


class BagQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which items of the containers to list, and how.

    `sort` are fields out of rarity, name, category, newest, quantity, each with whether it descends. `search` is looked
    for in names of the language `lang`.
    """

    container: str | None = None
    section: str | None = None
    category: str | None = None
    search: str = ""
    sort: tuple[tuple[str, bool], ...] = ()
    limit: int = 50
    after: str = ""
    lang: str = "en"


class BagEntry(msgspec.Struct, frozen=True):
    """A row of the bag."""

    item: Item
    name: str
    category: str
    rarity: str


class BagPage(msgspec.Struct, frozen=True):
    """One page. `sections` counts the items of each section before the filter; `cursor` leads to the next page."""

    char_id: int
    version: int
    items: tuple[BagEntry, ...]
    total: int
    sections: dict[str, int]
    stats: Stats
    cursor: str | None = None


class Comparison(msgspec.Struct, frozen=True):
    """What wearing the item in a slot would change: every modifier and the gear score, as differences."""

    slot: str
    instead_of: tuple[ItemId, ...]
    modifiers: dict[str, int]
    gear_score: int


class ItemCard(msgspec.Struct, frozen=True):
    """Everything about one item: what may be done with it now, and how it compares with what is worn."""

    char_id: int
    version: int
    item: Item
    name: str
    description: str
    category: str
    rarity: str
    modifiers: dict[str, int]
    actions: tuple[str, ...]
    missing: list[dict[str, Any]]  # as in `requirements_not_met`
    comparison: Comparison | None = None


class WalletEntry(msgspec.Struct, frozen=True):
    """One balance, zero included."""

    resource: str
    group: str
    amount: int
    cap: int


class WalletView(msgspec.Struct, frozen=True):
    """All balances in the order of the rule set."""

    char_id: int
    version: int
    balances: tuple[WalletEntry, ...]


def dropped_by(changes: Iterable[ShelfChange]) -> tuple[Shelved, ...]:
    """What an action dropped and may be taken back."""
    return tuple(change.after for change in changes if change.after is not None)


def inventory(session: InventorySessionDTO) -> InventoryView:
    """Show all of it, items by age."""
    return InventoryView(
        char_id=session.char_id,
        version=session.version,
        epoch=session.epoch,
        h=session.h,
        character=session.character,
        items=tuple(sorted(session.items.values(), key=lambda item: item.id)),
        worn=dict(sorted(session.worn.items())),
        quick_slots=dict(sorted(session.quick_slots.items())),
        wallet=dict(sorted(session.wallet.items())),
        stats=session.stats,
    )


def doll(session: InventorySessionDTO) -> Doll:
    """Show what is worn."""
    items, worn = session.items, session.worn
    return Doll(
        char_id=session.char_id,
        version=session.version,
        slots=tuple(
            DollSlot(slot.id, slot.group, items[worn[slot.id]] if slot.id in worn else None)
            for slot in session.catalogue.rules.slots
        ),
        quick_slots=tuple(
            items[session.quick_slots[number]] if number in session.quick_slots else None
            for number in range(1, session.gear.quick_slots + 1)
        ),
        stats=session.stats,
    )


def bag_page(session: InventorySessionDTO, query: BagQuery) -> BagPage:
    """List kept items: filtered, sorted, one page of them. Items of unknown definition are hidden, not lost."""
    catalogue = session.catalogue
    entries: list[BagEntry] = []
    sections = {section.id: 0 for section in catalogue.rules.sections}
    wanted = query.search.casefold()
    for item in session.items.values():
        definition = catalogue.definitions.get(item.definition)
        if definition is None or item.slot is not None or query.container not in (None, item.container):
            continue
        section = catalogue.categories[definition.category].section
        sections[section] += 1
        name = definition.name.ru if query.lang == "ru" else definition.name.en
        if query.section in (None, section) and query.category in (None, definition.category):
            entries.append(BagEntry(item, name, definition.category, definition.rarity))
    entries = [entry for entry in entries if wanted in entry.name.casefold()]
    order = query.sort or (("category", False), ("rarity", True), ("name", False))
    for field, descending in (*reversed(order),):
        entries.sort(key=lambda entry, field=field: _order(catalogue, entry, field), reverse=descending)  # type: ignore[misc]
    start = next((n + 1 for n, entry in enumerate(entries) if entry.item.id == query.after), 0) if query.after else 0
    page = tuple(entries[start : start + query.limit])
    more = start + query.limit < len(entries)
    return BagPage(
        char_id=session.char_id,
        version=session.version,
        items=page,
        total=len(entries),
        sections=sections,
        stats=session.stats,
        cursor=page[-1].item.id if more and page else None,
    )


def item_card(session: InventorySessionDTO, item: Item, lang: str = "en") -> ItemCard:
    """Show one item, with the actions that the rules would not refuse out of hand."""
    definition = session.definition_of(item)
    modifiers = dict(definition.modifiers)
    for name, value in item.properties.items():
        modifiers[name] = modifiers.get(name, 0) + value
    missing = missing_requirements(session.character, definition.requires)
    return ItemCard(
        char_id=session.char_id,
        version=session.version,
        item=item,
        name=definition.name.ru if lang == "ru" else definition.name.en,
        description=definition.description.ru if lang == "ru" else definition.description.en,
        category=definition.category,
        rarity=definition.rarity,
        modifiers=modifiers,
        actions=_allowed_actions(session, item, bool(missing)),
        missing=missing,
        comparison=_compare(session, item),
    )


def wallet_view(session: InventorySessionDTO) -> WalletView:
    """Show every balance."""
    balances = tuple(
        WalletEntry(resource.id, resource.group, session.wallet.get(resource.id, 0), resource.cap)
        for resource in session.catalogue.rules.resources
    )
    return WalletView(session.char_id, session.version, balances)


def _order(catalogue: Catalogue, entry: BagEntry, field: str) -> str | int:
    match field:
        case "rarity":
            return catalogue.rarity_rank[entry.rarity]
        case "category":
            return list(catalogue.categories).index(entry.category)
        case "newest":
            return entry.item.id
        case "quantity":
            return entry.item.quantity
        case _:
            return entry.name.casefold()


def _allowed_actions(session: InventorySessionDTO, item: Item, unmet: bool) -> tuple[str, ...]:
    definition = session.definition_of(item)
    kept = item.slot is None
    carried = item.container in session.catalogue.carried
    allowed = {
        "equip": kept and bool(session.catalogue.slots_of.get(item.definition)) and not unmet,
        "unequip": not kept,
        "use": definition.use is not None and not unmet and not (item.locked and definition.use.consumes),
        "bind_quick_slot": definition.quick and carried and session.gear.quick_slots > 0,
        "unbind_quick_slot": item.quick_slot is not None,
        "move": kept,
        "split": kept and item.quantity > 1,
        "lock": not item.locked,
        "unlock": item.locked,
        "drop": definition.droppable and not item.locked,
    }
    return tuple(name for name, yes in allowed.items() if yes)


def _compare(session: InventorySessionDTO, item: Item) -> Comparison | None:
    if item.slot is not None:
        return None
    try:
        slot = choose_slot(session, item, None)
    except SatchelError:
        return None
    displaced = displaced_by(session, item, slot)
    gone = {worn.id for worn in displaced}
    worn = [session.items[item_id] for item_id in dict.fromkeys(session.worn.values()) if item_id not in gone]
    now, then = session.gear, Gear(session.catalogue, [*worn, item.worn(slot)])
    differences = {
        name: then.modifiers.get(name, 0) - now.modifiers.get(name, 0)
        for name in sorted({*now.modifiers, *then.modifiers})
    }
    return Comparison(
        slot=slot,
        instead_of=tuple(worn.id for worn in displaced),
        modifiers={name: value for name, value in differences.items() if value},
        gear_score=then.gear_score - now.gear_score,
    )
