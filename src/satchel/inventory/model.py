"""The state of one inventory: items, wallet, character, and the figures derived from them.

`InventorySessionDTO` is the hot copy. Its indexes and its stats are kept up to date by `apply`, the only writer, so
that no rule has to walk over the bag.
"""

from collections.abc import Hashable, Iterable
from typing import Protocol

from satchel.errors import InvariantBroken, ItemNotFound
from satchel.ids import HolderId
from satchel.inventory.cells import Cells
from satchel.inventory.changes import Change, ItemChange, ShelfChange, WalletChange
from satchel.inventory.character import Character
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.definitions.items import ItemDefinition
from satchel.inventory.figures import Gear, SlotCount, Stats
from satchel.inventory.head import Head
from satchel.inventory.item import Item, ItemId, Shelved

__all__ = ["InventorySessionDTO", "ItemIndex"]


class ItemIndex(Protocol):
    """A view of the items that every change keeps up to date."""

    def add(self, item: Item) -> None:
        """Take an item in."""

    def remove(self, item: Item) -> None:
        """Take an item out."""


class InventorySessionDTO:
    """The hot copy of one inventory.

    Attributes:
        char_id: The character.
        character: Owner, name, level, attributes.
        items: Every item by id.
        wallet: Every balance that is not zero, by resource id.
        version: Number of saves so far.
        epoch: Number of attaches so far.
        h: Head of the chain of changes, 32 hex digits.
        worn: Slot to item; a two-hander stands in both of its slots.
        quick_slots: Quick slot number to item.
        listings: Orders of the bag that pages were cut out of lately.
        shelf: What was dropped lately, by id; it lives in the session only, and is no part of the inventory.
    """

    __slots__ = (
        "_gear",
        "_stats",
        "by_definition",
        "catalogue",
        "cells",
        "char_id",
        "character",
        "epoch",
        "h",
        "items",
        "listings",
        "quick_slots",
        "shelf",
        "version",
        "wallet",
        "weight_g",
        "worn",
    )

    def __init__(
        self,
        catalogue: Catalogue,
        char_id: HolderId,
        character: Character,
        items: Iterable[Item] = (),
        wallet: dict[str, int] | None = None,
        *,
        version: int = 0,
        epoch: int = 0,
        h: str = "",
        shelf: Iterable[Shelved] = (),
    ) -> None:
        self.catalogue = catalogue
        self.char_id = char_id
        self.character = character
        self.version = version
        self.epoch = epoch
        self.h = h
        self.items: dict[ItemId, Item] = {}
        self.wallet = wallet or {}
        self.worn: dict[str, ItemId] = {}
        self.quick_slots: dict[int, ItemId] = {}
        self.shelf: dict[ItemId, Shelved] = {shelved.item.id: shelved for shelved in shelf}
        self.cells: dict[str, Cells] = {container: Cells() for container in catalogue.containers}
        self.by_definition: dict[str, dict[ItemId, None]] = {}
        self.listings: dict[Hashable, ItemIndex] = {}
        self.weight_g = 0
        self._gear: Gear | None = None
        self._stats: Stats | None = None
        for item in items:
            self._add(item)

    # -- reading -------------------------------------------------------------------------------------------------------

    @property
    def head(self) -> Head:
        """Epoch, version and `h` as one."""
        return Head(self.epoch, self.version, self.h)

    @property
    def gear(self) -> Gear:
        """What follows from the worn items."""
        if self._gear is None:
            self._gear = Gear(self.catalogue, [self.items[item_id] for item_id in dict.fromkeys(self.worn.values())])
        return self._gear

    @property
    def stats(self) -> Stats:
        """The derived figures; cached until a change touches them."""
        if self._stats is None:
            gear = self.gear
            self._stats = Stats(
                weight_g=self.weight_g,
                weight_limit_g=gear.weight_limit_g,
                quick_slots=gear.quick_slots,
                gear_score=gear.gear_score,
                slots={
                    container: SlotCount(len(self.cells[container].at), limit)
                    for container, limit in gear.slot_limits.items()
                },
                modifiers=gear.modifiers,
                sets=gear.sets,
            )
        return self._stats

    def item(self, item_id: str) -> Item:
        """An item by its id.

        Raises:
            ItemNotFound: The character has no such item.
        """
        found = self.items.get(ItemId(item_id))
        if found is None:
            raise ItemNotFound(item_id=item_id)
        return found

    def definition_of(self, item: Item) -> ItemDefinition:
        """The item's definition."""
        return self.catalogue.definition(item.definition)

    def occupied_slots(self, item: Item) -> tuple[str, ...]:
        """The slots that a worn item fills: its own and those its definition adds. Empty when it is not worn."""
        if item.slot is None:
            return ()
        return (item.slot, *self.catalogue.definition(item.definition).also_occupies)

    # -- writing -------------------------------------------------------------------------------------------------------

    def apply(self, *changes: Change) -> None:
        """Carry out changes that belong together. The only writer of items, wallet and character.

        All that is taken away goes first, so that two items may swap their places.

        Raises:
            InvariantBroken: A change does not start from the present state.
        """
        placed: list[Item] = []
        for change in changes:
            if isinstance(change, ItemChange):
                before, after, found = change.before, change.after, self.items.get(change.item)
                # It is usually the very same object, which saves comparing it field by field.
                if found is not before and found != before:
                    raise InvariantBroken(char_id=self.char_id, item_id=change.item, reason="change starts elsewhere")
                if before is not None and after is not None and change.in_place():
                    self._restate(before, after)
                    continue
                if before is not None:
                    self._remove(before)
                if after is not None:
                    placed.append(after)
        for item in placed:
            self._add(item)
        for change in changes:
            if isinstance(change, ItemChange):
                continue
            if isinstance(change, WalletChange):
                self._set_balance(change)
            elif isinstance(change, ShelfChange):
                self._set_shelf(change)
            else:
                self.character = change.after
                self.listings.clear()

    def _set_balance(self, change: WalletChange) -> None:
        if self.wallet.get(change.resource, 0) != change.before:
            raise InvariantBroken(char_id=self.char_id, resource=change.resource, reason="change starts elsewhere")
        if change.after:
            self.wallet[change.resource] = change.after
        else:
            self.wallet.pop(change.resource, None)

    def _set_shelf(self, change: ShelfChange) -> None:
        if self.shelf.get(change.item) != change.before:
            raise InvariantBroken(char_id=self.char_id, item_id=change.item, reason="change starts elsewhere")
        if change.after is not None:
            self.shelf[change.item] = change.after
        else:
            self.shelf.pop(change.item, None)

    def _add(self, item: Item) -> None:
        self.items[item.id] = item
        for listing in self.listings.values():
            listing.add(item)
        self.by_definition.setdefault(item.definition, {})[item.id] = None
        if item.quick_slot is not None:
            self.quick_slots[item.quick_slot] = item.id
        if item.slot is not None:
            # If a changed catalogue makes two worn items claim a slot, the item that is worn in it keeps it.
            for slot in self.occupied_slots(item):
                if slot == item.slot or slot not in self.worn:
                    self.worn[slot] = item.id
            self._gear = None
        else:
            cells = self._cells(item)
            position = item.position or 0
            if position in cells.at:
                raise InvariantBroken(char_id=self.char_id, item_id=item.id, reason="two items on one position")
            cells.at[position] = item.id
            cells.taken |= 1 << position
        if item.slot is not None or item.container in self.catalogue.carried:
            self.weight_g += self.catalogue.definition(item.definition).weight_g * item.quantity
        self._stats = None

    def _restate(self, before: Item, after: Item) -> None:
        """Change an item in place; only its listing rows can change."""
        self.items[after.id] = after
        for listing in self.listings.values():
            listing.remove(before)
            listing.add(after)
        if after.slot is not None:
            self._gear = None
        if after.slot is not None or after.container in self.catalogue.carried:
            self.weight_g += self.catalogue.definition(after.definition).weight_g * (after.quantity - before.quantity)
        self._stats = None

    def _remove(self, item: Item) -> None:
        del self.items[item.id]
        for listing in self.listings.values():
            listing.remove(item)
        same = self.by_definition[item.definition]
        del same[item.id]
        if not same:
            del self.by_definition[item.definition]
        if item.quick_slot is not None:
            self.quick_slots.pop(item.quick_slot, None)
        if item.slot is not None:
            for slot in self.occupied_slots(item):
                if self.worn.get(slot) == item.id:
                    del self.worn[slot]
            self._gear = None
        else:
            cells = self._cells(item)
            del cells.at[item.position or 0]
            cells.taken &= ~(1 << (item.position or 0))
        if item.slot is not None or item.container in self.catalogue.carried:
            self.weight_g -= self.catalogue.definition(item.definition).weight_g * item.quantity
        self._stats = None

    def _cells(self, item: Item) -> Cells:
        # A container that the rule set no longer has keeps its items. They can be taken out; nothing can be put in.
        return self.cells.setdefault(item.container or "", Cells())
