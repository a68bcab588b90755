"""All of an inventory, and all of a catalogue."""

import msgspec

from satchel.inventory.character import Character
from satchel.inventory.definitions.items import ItemDefinition
from satchel.inventory.definitions.rules import RuleSet
from satchel.inventory.figures import Stats
from satchel.inventory.item import Item, ItemId
from satchel.inventory.model import InventorySessionDTO

__all__ = ["CatalogueView", "InventoryView", "inventory"]


class InventoryView(msgspec.Struct, frozen=True, gc=False):
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


class CatalogueView(msgspec.Struct, frozen=True, gc=False):
    """The rule set and all definitions."""

    version: str
    rules: RuleSet
    definitions: tuple[ItemDefinition, ...]


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
