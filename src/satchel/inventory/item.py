"""An item, its id, and its place on the shelf of dropped items.

The values of `inventory/` never refer to one another in a circle: `gc=False` spares the garbage collector from walking
over all of them again and again.
"""

from hashlib import blake2b
from typing import NewType, TypedDict, Unpack

import msgspec

from satchel.ids import uid_text

__all__ = ["Item", "ItemFields", "ItemId", "Shelved", "new_item_id"]

ItemId = NewType("ItemId", str)


class ItemFields(TypedDict, total=False):
    """What `Item.replace` can change."""

    quantity: int
    container: str | None
    position: int | None
    slot: str | None
    quick_slot: int | None
    locked: bool
    durability: int | None
    properties: dict[str, int]


class Item(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """An item, or a stack of equal ones.

    It is either worn (`slot` is set) or kept (`container` and `position` are set). `quick_slot` is the quick slot it is
    bound to. `properties` are rolled modifiers that add to the definition's.
    """

    id: ItemId
    definition: str
    quantity: int
    container: str | None = None
    position: int | None = None
    slot: str | None = None
    quick_slot: int | None = None
    locked: bool = False
    durability: int | None = None
    properties: dict[str, int] = {}

    def put_into(self, container: str, position: int, quick_slot: int | None) -> "Item":
        """The same item kept in a container, taken off if it was worn."""
        return msgspec.structs.replace(self, container=container, position=position, slot=None, quick_slot=quick_slot)

    def wear_in(self, slot: str) -> "Item":
        """The same item worn in a slot; a worn item is in no quick slot."""
        return msgspec.structs.replace(self, container=None, position=None, slot=slot, quick_slot=None)

    def replace(self, **fields: Unpack[ItemFields]) -> "Item":
        """The same item with some fields changed."""
        return msgspec.structs.replace(self, **fields)

    def stacks_with(self, other: "Item") -> bool:
        """Whether the two could lie in one stack."""
        return (
            self.definition == other.definition
            and self.properties == other.properties
            and self.durability == other.durability
        )


class Shelved(msgspec.Struct, frozen=True, gc=False):
    """A dropped item: it lies nowhere, and may be taken back until a moment in ms since 1970."""

    item: Item
    until_ms: int


def new_item_id(at_ms: int, seed: str, count: int) -> ItemId:
    """Make the UUIDv7 of the `count`-th item that one action makes.

    Ids sort by age, also within the action. The random part is a digest of the seed (character and action id), so that
    deciding again gives the same ids.

    Args:
        at_ms: Time of the action in ms since 1970, the sortable part.
        seed: What makes the action unique.
        count: Number of the item within the action.
    """
    digest = int.from_bytes(blake2b(f"{seed}#{count}".encode(), digest_size=8).digest(), "big")
    high = (at_ms & 0xFFFF_FFFF_FFFF) << 16 | 0x7000 | count & 0xFFF
    low = 0x8000_0000_0000_0000 | digest & 0x3FFF_FFFF_FFFF_FFFF
    return ItemId(uid_text((high << 64 | low).to_bytes(16, "big")))
