"""The card of an item: its figures, what may be done with it, and how it compares with what is worn."""

import msgspec

from satchel.errors import SatchelError
from satchel.inventory.character import Missing, missing_requirements
from satchel.inventory.figures import Gear, Stats
from satchel.inventory.item import Item, ItemId
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.rules.slots import choose_slot, displaced_by

__all__ = ["Comparison", "ItemCard", "compare", "item_card"]


class Comparison(msgspec.Struct, frozen=True):
    """What wearing the item in a slot would change: every modifier and the gear score, as differences."""

    slot: str
    instead_of: tuple[ItemId, ...]
    modifiers: dict[str, int]
    gear_score: int


class ItemCard(msgspec.Struct, frozen=True):
    """Everything about one item: what may be done with it now, where it fits, how it compares with what is worn."""

    char_id: int
    version: int
    item: Item
    name: str
    description: str
    category: str
    rarity: str
    modifiers: dict[str, int]
    actions: tuple[str, ...]
    missing: list[Missing]  # as in `requirements_not_met`
    slots: tuple[str, ...]
    stats: Stats
    comparison: Comparison | None = None


def item_card(session: InventorySessionDTO, item: Item, lang: str = "en", slot: str | None = None) -> ItemCard:
    """Show one item, with the actions that the rules would not refuse out of hand.

    Args:
        session: Whose it is.
        item: The item.
        lang: Language of its texts.
        slot: Compare it with what is worn there; with what it would replace by itself if there is none.
    """
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
        slots=session.catalogue.slots_of.get(item.definition, ()),
        stats=session.stats,
        comparison=compare(session, item, slot),
    )


def _allowed_actions(session: InventorySessionDTO, item: Item, unmet: bool) -> tuple[str, ...]:
    definition = session.definition_of(item)
    kept = item.slot is None
    carried = item.container in session.catalogue.carried
    allowed = {
        "equip": kept and bool(session.catalogue.slots_of.get(item.definition)) and not unmet,
        "unequip": not kept,
        "use": definition.use is not None
        and not unmet
        and item.quantity >= definition.use.consumes
        and not (item.locked and definition.use.consumes),
        "bind_quick_slot": definition.quick and carried and session.gear.quick_slots > 0,
        "unbind_quick_slot": item.quick_slot is not None,
        "move": kept,
        "split": kept and item.quantity > 1,
        "lock": not item.locked,
        "unlock": item.locked,
        "drop": definition.droppable and not item.locked,
    }
    return tuple(name for name, yes in allowed.items() if yes)


def compare(session: InventorySessionDTO, item: Item, slot: str | None = None) -> Comparison | None:
    """Say what wearing an item would change; None when it is worn, or does not fit.

    Args:
        session: Who would wear it.
        item: The item.
        slot: Where; None: where it would go by itself.
    """
    if item.slot is not None:
        return None
    try:
        slot = choose_slot(session, item, slot)
    except SatchelError:
        return None
    displaced = displaced_by(session, item, slot)
    gone = {worn.id for worn in displaced}
    worn = [session.items[item_id] for item_id in dict.fromkeys(session.worn.values()) if item_id not in gone]
    now, then = session.gear, Gear(session.catalogue, [*worn, item.wear_in(slot)])
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
