"""What a caller can ask for: one struct per action, told apart by the field `action`.

Every struct is strict: unknown fields are refused, nothing is coerced, amounts are positive and bounded.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from satchel.ids import INT_MAX
from satchel.inventory.item import Item

__all__ = [
    "AdjustWallet",
    "BindQuickSlot",
    "Consume",
    "Drop",
    "Equip",
    "Grant",
    "Lock",
    "Merge",
    "Move",
    "Operation",
    "Restore",
    "Sort",
    "Split",
    "TakeBack",
    "UnbindQuickSlot",
    "Unequip",
    "Unlock",
    "UpdateCharacter",
    "Use",
]

POSITION_MAX = 99_999
PRINTABLE = r"^(?![\s\S]*[\x00-\x1f\x7f-\x9f])"
"""Text that is kept has no control characters: PostgreSQL cannot keep a NUL, and terminals obey escape sequences."""

ItemIdText = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", description="the item's uid")]
NameText = Annotated[str, Meta(min_length=1, max_length=48)]
Quantity = Annotated[int, Meta(ge=1, le=INT_MAX)]
Amount = Annotated[int, Meta(ge=-INT_MAX, le=INT_MAX)]
Position = Annotated[int, Meta(ge=0, le=POSITION_MAX)]
QuickSlotNumber = Annotated[int, Meta(ge=1, le=32)]
Level = Annotated[int, Meta(ge=0, le=1_000_000)]
OwnerText = Annotated[str, Meta(min_length=1, max_length=128, pattern=PRINTABLE)]
CharacterName = Annotated[str, Meta(min_length=1, max_length=64, pattern=PRINTABLE)]
AttributeText = Annotated[str, Meta(max_length=64, pattern=PRINTABLE)]
AttributeNumber = Annotated[int, Meta(ge=-INT_MAX, le=INT_MAX)]
KeptName = Annotated[str, Meta(min_length=1, max_length=48, pattern=PRINTABLE)]
Attributes = Annotated[dict[KeptName, AttributeNumber | AttributeText], Meta(max_length=64)]
Durability = Annotated[int, Meta(ge=0, le=INT_MAX)]
RolledProperties = Annotated[dict[KeptName, Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]], Meta(max_length=32)]


def _tag(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")


class Operation(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="action",
    tag=_tag,
):
    """Base of all actions: strict and frozen, tagged by the snake-case name of the class."""


class Equip(Operation, frozen=True, kw_only=True):
    """Wear an item; without `slot` in the first free slot that it fits, else in the first of them."""

    item_id: ItemIdText
    slot: NameText | None = None


class Unequip(Operation, frozen=True, kw_only=True):
    """Take an item off, into the given place or the first free one."""

    item_id: ItemIdText
    container: NameText | None = None
    position: Position | None = None


class Move(Operation, frozen=True, kw_only=True):
    """Put an item into a container. On another item: the stacks join if they can, else the two swap."""

    item_id: ItemIdText
    container: NameText
    position: Position | None = None


class Drop(Operation, frozen=True, kw_only=True):
    """Throw an item away, or `quantity` of its stack."""

    item_id: ItemIdText
    quantity: Quantity | None = None


class TakeBack(Operation, frozen=True, kw_only=True):
    """Undo a drop, for `drop_undo_s` of the rule set: `item_id` stands under `dropped` in the answer to the drop."""

    item_id: ItemIdText


class Split(Operation, frozen=True, kw_only=True):
    """Take `quantity` off a stack and make it a stack of its own."""

    item_id: ItemIdText
    quantity: Quantity
    container: NameText | None = None
    position: Position | None = None


class Merge(Operation, frozen=True, kw_only=True):
    """Pour one stack into another; without `quantity` as much as fits."""

    item_id: ItemIdText
    target_id: ItemIdText
    quantity: Quantity | None = None


class Use(Operation, frozen=True, kw_only=True):
    """Use an item: what it consumes is taken, and the effect is returned for the game to apply."""

    item_id: ItemIdText


class BindQuickSlot(Operation, frozen=True, kw_only=True):
    """Put an item into a quick slot of the worn belt; the one that was there is unbound."""

    item_id: ItemIdText
    quick_slot: QuickSlotNumber


class UnbindQuickSlot(Operation, frozen=True, kw_only=True):
    """Empty a quick slot."""

    quick_slot: QuickSlotNumber


class Sort(Operation, frozen=True, kw_only=True):
    """Join the stacks of a container and lay its items out in order, from position 0."""

    container: NameText
    by: Literal["rarity", "name", "category", "newest"] = "category"


class Lock(Operation, frozen=True, kw_only=True):
    """Protect an item: it cannot be dropped, used up or poured away until it is unlocked."""

    item_id: ItemIdText


class Unlock(Operation, frozen=True, kw_only=True):
    """Take the protection off."""

    item_id: ItemIdText


class Grant(Operation, frozen=True, kw_only=True):
    """Give items of a definition; existing stacks are filled first.

    `durability_left` is for worn-out ones; without it they are as new.
    With `partial`, what finds no room is left out and reported as `overflow`; otherwise nothing is given.
    """

    definition: NameText
    quantity: Quantity = 1
    container: NameText | None = None
    properties: RolledProperties = {}
    durability_left: Durability | None = None
    partial: bool = False


class Consume(Operation, frozen=True, kw_only=True):
    """Take items away: `quantity` of one item, or of a definition wherever it is kept."""

    quantity: Quantity = 1
    item_id: ItemIdText | None = None
    definition: NameText | None = None


class AdjustWallet(Operation, frozen=True, kw_only=True):
    """Add to a balance, or take from it when `amount` is negative."""

    resource: NameText
    amount: Amount


class UpdateCharacter(Operation, frozen=True, kw_only=True):
    """Change the character itself; what is absent stays."""

    owner: OwnerText | None = None
    name: CharacterName | None = None
    level: Level | None = None
    attributes: Attributes | None = None


class Restore(Operation, frozen=True, kw_only=True):
    """Make items and wallet what they were at an earlier version. For operators only: the API takes no such action."""

    version: int
    items: tuple[Item, ...]
    wallet: dict[str, int]
