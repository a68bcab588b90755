"""What the clients of a chaos run ask for: every action, mostly possible ones, on what they last saw."""

import random

from satchel.inventory.actions import (
    AdjustWallet,
    BindQuickSlot,
    Consume,
    Drop,
    Equip,
    Grant,
    Lock,
    Merge,
    Move,
    Operation,
    Sort,
    Split,
    TakeBack,
    UnbindQuickSlot,
    Unequip,
    Unlock,
    Use,
)
from satchel.inventory.changes import ItemChange
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.item import Item, ItemId
from satchel.inventory.reads.reply import ActionReply
from satchel.inventory.reads.whole import InventoryView

__all__ = ["Sight"]

ITEMS_WANTED = 14
POSITIONS = 24


class Sight:
    """What clients believe of one character; it may be old, and then the rules refuse.

    Args:
        char_id: The character.
        catalogue: What there is.
        dice: Chooses.
    """

    def __init__(self, char_id: int, catalogue: Catalogue, dice: random.Random) -> None:
        self.char_id = char_id
        self.items: dict[ItemId, Item] = {}
        self.dropped: list[ItemId] = []
        self._dice = dice
        self._definitions = [name for name, found in catalogue.definitions.items() if found.weight_g < 2_000]
        self._stacks = [name for name in self._definitions if catalogue.definitions[name].stack_max > 1]

    def learn(self, reply: ActionReply) -> None:
        """See what an action did."""
        for change in reply.changes:
            self._see(change)
        self.dropped = [*self.dropped, *(shelved.item.id for shelved in reply.dropped)][-4:]

    def look(self, view: InventoryView) -> None:
        """See all of it."""
        self.items = {item.id: item for item in view.items}

    def wish(self) -> tuple[Operation, ...]:
        """One or more operations."""
        dice = self._dice
        if dice.random() < 0.12:
            money = AdjustWallet(resource="gold", amount=dice.choice((-25, -10, 5, 15, 30)))
            return (money, Grant(definition=dice.choice(self._stacks), quantity=dice.randint(1, 4), partial=True))
        if dice.random() < 0.15 or not self.items:
            return (AdjustWallet(resource="gold", amount=dice.choice((-40, -3, 7, 20))),)
        if len(self.items) < ITEMS_WANTED and dice.random() < 0.4:
            return (self._grant(),)
        return (self._on_item(dice.choice(list(self.items.values()))),)

    def _grant(self) -> Operation:
        dice = self._dice
        if dice.random() < 0.5:
            return Grant(definition=dice.choice(self._stacks), quantity=dice.randint(1, 9), partial=True)
        return Grant(definition=dice.choice(self._definitions))

    def _on_item(self, item: Item) -> Operation:
        dice, id_ = self._dice, item.id
        if item.slot is not None:
            return dice.choice((Unequip(item_id=id_), Lock(item_id=id_), Unlock(item_id=id_)))
        same = [other.id for other in self.items.values() if other.definition == item.definition and other.id != id_]
        choices: list[Operation] = [
            Equip(item_id=id_),
            Equip(item_id=id_),
            Move(item_id=id_, container=item.container or "bag", position=dice.randrange(POSITIONS)),
            Use(item_id=id_),
            Lock(item_id=id_) if dice.random() < 0.1 else Unlock(item_id=id_),
            Sort(container=item.container or "bag", by=dice.choice(("rarity", "name", "category", "newest"))),
            BindQuickSlot(item_id=id_, quick_slot=dice.randint(1, 2)),
            UnbindQuickSlot(quick_slot=dice.randint(1, 2)),
        ]
        if same:
            choices += [Merge(item_id=id_, target_id=dice.choice(same))] * 3
        if item.quantity > 1:
            choices += [Split(item_id=id_, quantity=dice.randrange(1, item.quantity))] * 2
        if len(self.items) > ITEMS_WANTED or dice.random() < 0.2:
            part = dice.randint(1, item.quantity) if dice.random() < 0.5 else None
            choices += [Drop(item_id=id_, quantity=part)] * 3
            choices += [Consume(item_id=id_, quantity=item.quantity), Consume(definition=item.definition)]
        if self.dropped:
            choices += [TakeBack(item_id=dice.choice(self.dropped))] * 2
        return dice.choice(choices)

    def _see(self, change: ItemChange) -> None:
        if change.after is None:
            self.items.pop(change.item, None)
        else:
            self.items[change.item] = change.after
