"""Random requests: written without knowing the inventory, then aimed at what is there."""

from collections.abc import Callable
from random import Random
from typing import Any

import msgspec
from hypothesis import strategies as st

from satchel.ids import INT_MAX
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
    UpdateCharacter,
    Use,
)
from satchel.inventory.book import BUILT_IN
from satchel.inventory.item import Item, ItemId
from satchel.inventory.model import InventorySessionDTO
from tests.builders import item_id

__all__ = ["CONTAINERS", "DEFINITIONS", "Aim", "aim", "numbers"]

DEFINITIONS = (
    "iron_sword", "greatsword", "kite_shield", "silver_ring", "viper_ring", "ember_ring", "linen_shirt", "padded_jack",
    "warden_helm", "warden_plate", "warden_gauntlets", "ember_staff", "crown_of_embers", "ember_cloak", "rope_belt",
    "leather_belt", "warlord_belt", "burlap_sack", "hunter_pack", "healing_potion", "phoenix_tear", "bread",
    "whistle_of_calling", "scroll_of_identify", "iron_ore", "spider_silk", "sealed_letter", "torn_map_piece",
    "forgotten_relic",
)  # fmt: skip
"""A few of every kind of the starter world, and one that no catalogue knows."""

CONTAINERS = ("bag", "quest", "stash", "pocket")
SLOTS = ("main_hand", "off_hand", "ring_1", "ring_2", "chest", "belt", "back", "tail")


class Aim(msgspec.Struct, frozen=True):
    """One request before it is aimed: `item` and `target` count into the items that fit the kind best."""

    kind: str
    item: int
    target: int
    quantity: int
    container: str | None
    position: int | None
    slot: str | None
    definition: str
    number: int
    flag: bool
    stray: bool

    def at(self, session: InventorySessionDTO) -> Operation:
        """Make the request for this inventory. A stray one takes any item, or none that exists."""
        make: Any = getattr(self, f"_{self.kind}")
        made: Operation = make(session)
        return made

    def _pick(self, session: InventorySessionDTO, number: int, kind: str = "") -> str:
        ids = sorted(session.items)
        known = session.definition_of
        likely: Callable[[Item], object] = {
            "equip": lambda i: i.slot is None and known(i).fits,
            "worn": lambda i: i.slot is not None,
            "stack": lambda i: i.quantity > 1,
            "usable": lambda i: known(i).use is not None,
            "quick": lambda i: known(i).quick and i.container == "bag",
            "twin": lambda i: i.slot is None and len(session.by_definition[i.definition]) > 1,
            "kept": lambda i: i.slot is None,
            "locked": lambda i: i.locked,
        }.get(kind, lambda i: True)
        if not self.stray:
            ids = [found for found in ids if likely(session.items[found])] or ids
        return ids[number % len(ids)] if ids and not (self.stray and number % 4 == 0) else item_id(999_999)

    def _container(self) -> str | None:
        return self.container if self.stray or self.container in ("bag", "stash") else None

    def _position(self) -> int | None:
        return self.position if self.stray or self.flag else None

    def _equip(self, session: InventorySessionDTO) -> Operation:
        item_id = self._pick(session, self.item, "" if self.number == 1 else "equip")
        slot = self.slot
        if not self.stray and item_id in session.items:
            fits = session.catalogue.slots_of.get(session.items[ItemId(item_id)].definition, ())
            slot = fits[self.number % len(fits)] if fits and self.flag else None
        return Equip(item_id=item_id, slot=slot)

    def _unequip(self, session: InventorySessionDTO) -> Operation:
        worn = self._pick(session, self.item, "worn")
        return Unequip(item_id=worn, container=self._container(), position=self._position())

    def _move(self, session: InventorySessionDTO) -> Operation:
        source = self._pick(session, self.item, "kept" if self.flag else "")
        return Move(item_id=source, container=self._container() or "bag", position=self.position)

    def _drop(self, session: InventorySessionDTO) -> Operation:
        return Drop(item_id=self._pick(session, self.item), quantity=self.quantity if self.flag else None)

    def _take_back(self, session: InventorySessionDTO) -> Operation:
        shelved = sorted(session.shelf)
        stray = self.stray or not shelved
        return TakeBack(item_id=self._pick(session, self.item) if stray else shelved[self.item % len(shelved)])

    def _split(self, session: InventorySessionDTO) -> Operation:
        source = self._pick(session, self.item, "stack")
        quantity = self.quantity
        if not self.stray and source in session.items:
            quantity = 1 + quantity % max(1, session.items[ItemId(source)].quantity - 1)
        return Split(item_id=source, quantity=quantity, container=self._container(), position=self._position())

    def _merge(self, session: InventorySessionDTO) -> Operation:
        source = self._pick(session, self.item, "twin")
        target = self._pick(session, self.target, "kept")
        if not self.stray and source in session.items:
            like = session.items[ItemId(source)]
            twins = [i.id for i in session.items.values() if i.id != like.id and i.stacks_with(like)]
            target = sorted(twins)[self.target % len(twins)] if twins else target
        quantity = self.quantity if self.number == 1 else None
        return Merge(item_id=source, target_id=target, quantity=quantity)

    def _use(self, session: InventorySessionDTO) -> Operation:
        return Use(item_id=self._pick(session, self.item, "usable"))

    def _bind_quick_slot(self, session: InventorySessionDTO) -> Operation:
        return BindQuickSlot(item_id=self._pick(session, self.item, "quick"), quick_slot=self._quick_slot(session))

    def _unbind_quick_slot(self, session: InventorySessionDTO) -> Operation:
        bound = sorted(session.quick_slots) or [1]
        return UnbindQuickSlot(quick_slot=self.number if self.stray else bound[self.number % len(bound)])

    def _quick_slot(self, session: InventorySessionDTO) -> int:
        return self.number if self.stray else 1 + self.number % max(1, session.gear.quick_slots)

    def _sort(self, session: InventorySessionDTO) -> Operation:
        orders: Any = ("rarity", "name", "category", "newest")
        return Sort(container=self._container() or "bag", by=orders[self.number % 4])

    def _lock(self, session: InventorySessionDTO) -> Operation:
        return Lock(item_id=self._pick(session, self.item))

    def _unlock(self, session: InventorySessionDTO) -> Operation:
        return Unlock(item_id=self._pick(session, self.item, "locked"))

    def _grant(self, session: InventorySessionDTO) -> Operation:
        properties = {"attack": 3, "slots.bag": 1} if self.number == 1 else {}
        return Grant(
            definition=self.definition,
            quantity=self.quantity,
            # The stash fills with what is too heavy to be carried.
            container=self.container if self.stray else "stash" if self.item % 3 == 0 else None,
            properties=properties,
            durability_left=self.number if self.number < 4 and self.stray else None,
            partial=self.flag,
        )

    def _consume(self, session: InventorySessionDTO) -> Operation:
        if self.flag:
            return Consume(definition=self.definition, quantity=self.quantity)
        return Consume(item_id=self._pick(session, self.item), quantity=self.quantity)

    def _adjust_wallet(self, session: InventorySessionDTO) -> Operation:
        amounts = (1, -1, 0, 9_999, -9_999, INT_MAX, -INT_MAX)
        resource = ("gold", "lantern_mark", "cogwheel", "gold", "moonbeams")[self.item % 5]
        return AdjustWallet(resource=resource, amount=amounts[self.target % len(amounts)])

    def _update_character(self, session: InventorySessionDTO) -> Operation:
        attributes = {"strength": self.number, "class": "mage" if self.flag else "ranger"}
        level = self.number if self.stray else 10 + self.item
        return UpdateCharacter(level=level, attributes=attributes if self.stray else None)


KINDS = tuple(entry.name for entry in BUILT_IN.asked_for)
OFTEN = (
    ("grant",) * 7
    + ("equip", "merge", "bind_quick_slot") * 2
    + ("unequip", "move", "split", "sort", "use", "take_back")
)
CHOICES: tuple[tuple[Any, ...], ...] = (
    (*OFTEN, *KINDS),
    tuple(range(41)),
    tuple(range(41)),
    (1, 1, 2, 3, 4, 5, 6, 10, 20, 60, INT_MAX),
    (None, None, None, None, *CONTAINERS),
    (None, None, None, *range(9), 99_999),
    (None, None, None, None, None, None, *SLOTS),
    DEFINITIONS,
    (1, 2, 3, 4, 5, 6),
    (False, True),
    (False, False, False, True),
)


def aim(salt: int, number: int) -> Aim:
    """Spread a number that Hypothesis has drawn over all that can be asked for.

    Hypothesis likes small and repeated numbers; the salt of the run makes something else of them every time.
    """
    random = Random(f"{salt}:{number}")
    return Aim(*(random.choice(choices) for choices in CHOICES))


def numbers() -> st.SearchStrategy[list[int]]:
    """For `aim`; mostly one operation, sometimes a batch.

    One draw for each request: a draw for each of its parts makes the whole test ten times slower.
    """
    few = st.integers(0, 2**32 - 1)
    return st.one_of(st.lists(few, min_size=1, max_size=1), st.lists(few, min_size=1, max_size=6))
