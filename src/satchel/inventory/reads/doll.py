"""What a character wears."""

import msgspec

from satchel.inventory.character import Character
from satchel.inventory.figures import Stats
from satchel.inventory.item import Item
from satchel.inventory.model import InventorySessionDTO

__all__ = ["Doll", "DollSlot", "doll"]


class DollSlot(msgspec.Struct, frozen=True, gc=False):
    """One slot of the body; `item` is absent when it is empty, and shown in each slot that it fills."""

    slot: str
    group: str
    item: Item | None = None


class Doll(msgspec.Struct, frozen=True, gc=False):
    """The worn items in the order of the rule set, the quick slots that the belt gives (None: empty), the balances."""

    char_id: int
    version: int
    character: Character
    slots: tuple[DollSlot, ...]
    quick_slots: tuple[Item | None, ...]
    wallet: dict[str, int]
    stats: Stats


def doll(session: InventorySessionDTO) -> Doll:
    """Show what is worn."""
    items, worn = session.items, session.worn
    return Doll(
        char_id=session.char_id,
        version=session.version,
        character=session.character,
        slots=tuple(
            DollSlot(slot.id, slot.group, items[worn[slot.id]] if slot.id in worn else None)
            for slot in session.catalogue.rules.slots
        ),
        quick_slots=tuple(
            items[session.quick_slots[number]] if number in session.quick_slots else None
            for number in range(1, session.gear.quick_slots + 1)
        ),
        wallet=dict(sorted(session.wallet.items())),
        stats=session.stats,
    )
