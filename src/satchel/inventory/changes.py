"""What an action did to one thing: the unit of saving, of the ledger and of the reply."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal

import msgspec

from satchel.errors import InvariantBroken
from satchel.inventory.character import Character
from satchel.inventory.item import Item, ItemId, Shelved

__all__ = [
    "Change",
    "CharacterChange",
    "EffectOutcome",
    "ItemChange",
    "ShelfChange",
    "WalletChange",
    "net_quantities",
]


Op = Literal["add", "remove", "update"]


class ItemChange(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What happened to one item: `before` is absent for a new item, `after` for one that is gone."""

    op: Op
    item: ItemId
    before: Item | None = None
    after: Item | None = None

    @classmethod
    def between(cls, before: Item | None, after: Item | None) -> "ItemChange":
        """Name the change that leads from one to the other."""
        if before is None:
            if after is None:
                raise InvariantBroken(reason="a change without an item")
            return cls("add", after.id, None, after)
        return cls("remove" if after is None else "update", before.id, before, after)

    def in_place(self) -> bool:
        """Whether the item stays where it is, and only its figures change."""
        before, after = self.before, self.after
        return (
            before is not None
            and after is not None
            and before.position == after.position
            and before.slot == after.slot
            and before.container == after.container
            and before.quick_slot == after.quick_slot
            and before.definition == after.definition
        )


class ShelfChange(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What happened on the shelf of dropped items: laid there (`after`), or taken back or given up (`before`)."""

    item: ItemId
    before: Shelved | None = None
    after: Shelved | None = None


class WalletChange(msgspec.Struct, frozen=True, gc=False):
    """What happened to one balance."""

    resource: str
    before: int
    after: int


class CharacterChange(msgspec.Struct, frozen=True, gc=False):
    """What happened to the character itself."""

    before: Character
    after: Character


Change = ItemChange | ShelfChange | WalletChange | CharacterChange
"""What an action did to one thing; the unit of saving, of the ledger and of the reply."""


class EffectOutcome(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """An effect that the game must apply, or what found no room."""

    operation: int
    effect: str
    definition: str
    values: dict[str, int] = {}


def net_quantities(changes: Iterable[ItemChange]) -> dict[str, int]:
    """By how much the quantity of each definition grew; those that did not change are left out."""
    net: Counter[str] = Counter()
    for change in changes:
        for item, sign in ((change.before, -1), (change.after, 1)):
            if item is not None:
                net[item.definition] += sign * item.quantity
    return {definition: quantity for definition, quantity in net.items() if quantity}
