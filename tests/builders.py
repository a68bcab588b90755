"""Short ways to say what a test is about."""

from collections.abc import Callable
from functools import cache
from itertools import count
from typing import Any, TypedDict, Unpack
from uuid import UUID

import msgspec
import pytest

from satchel.access import SCOPES, Caller
from satchel.catalogue import load_catalogue
from satchel.errors import Refusal, SatchelError
from satchel.ids import HolderId
from satchel.inventory.actions import Grant, Operation
from satchel.inventory.book import BUILT_IN, ActionBook
from satchel.inventory.changes import ItemChange, WalletChange
from satchel.inventory.character import Character
from satchel.inventory.decision import Intent, explain, propose
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.facts import Fact
from satchel.inventory.item import Item, ItemId
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.proposal import Proposal
from satchel.inventory.reads.reply import ActionReply
from satchel.inventory.record import GENESIS
from satchel.inventory.request import ActionRequest
from satchel.inventory.rules.capacity import free_slots
from satchel.runtime.app import Satchel

__all__ = [
    "AT_MS",
    "HERO",
    "HERO_ID",
    "SERVICE",
    "Bench",
    "Play",
    "changed_world",
    "intent",
    "item_id",
    "starter_world",
    "state",
]

HERO_ID = HolderId(1)
HERO = Character("tg:1", "Ann", 20, {"strength": 30, "agility": 30, "wisdom": 30, "class": "mage"})
SERVICE = Caller("service", SCOPES)
AT_MS = 1_790_000_000_000


def item_id(number: int) -> ItemId:
    """A readable item id."""
    return ItemId(str(UUID(int=0x0199_0000_0000_7000_8000_0000_0000_0000 + number)))


@cache
def starter_world() -> Catalogue:
    """The starter world, loaded once."""
    return load_catalogue()


def changed_world(
    *,
    slots: dict[str, int] | None = None,
    definitions: dict[str, dict[str, Any]] | None = None,
    without: tuple[str, ...] = (),
    **rules: Any,
) -> Catalogue:
    """The starter world with other figures.

    Args:
        slots: Positions by container.
        definitions: Changed fields by definition.
        without: Definitions that it no longer has.
        **rules: Changed fields of the rule set.
    """
    world = starter_world()
    containers = tuple(
        msgspec.structs.replace(container, slots=(slots or {}).get(container.id, container.slots))
        for container in world.rules.containers
    )
    changed = {
        name: msgspec.structs.replace(definition, **(definitions or {}).get(name, {}))
        for name, definition in world.definitions.items()
        if name not in without
    }
    return Catalogue(msgspec.structs.replace(world.rules, **{"containers": containers, **rules}), changed, "changed")


def state(session: InventorySessionDTO) -> dict[str, Any]:
    """Everything that a session holds, its indexes and figures included, so that two can be compared."""
    gear = session.gear
    return {
        "character": session.character,
        "items": dict(session.items),
        "wallet": dict(session.wallet),
        "shelf": dict(session.shelf),
        "version": (session.version, session.epoch, session.h),
        "worn": dict(session.worn),
        "quick_slots": dict(session.quick_slots),
        "cells": {name: (dict(cells.at), cells.taken) for name, cells in session.cells.items() if cells.at},
        "by_definition": {name: set(ids) for name, ids in session.by_definition.items()},
        "gear": {figure: getattr(gear, figure) for figure in type(gear).__slots__},
        "stats": session.stats,
    }


class Laid(TypedDict, total=False):
    """What `Bench.has` can say of an item besides its definition, its quantity and its container."""

    position: int | None
    slot: str | None
    quick_slot: int | None
    locked: bool
    durability: int | None
    properties: dict[str, int]


class Bench:
    """An inventory without any server: items are laid out, actions are decided and carried out at once."""

    def __init__(
        self,
        catalogue: Catalogue | None = None,
        character: Character = HERO,
        *,
        book: ActionBook = BUILT_IN,
        facts: dict[str, Fact] | None = None,
    ) -> None:
        self.catalogue = catalogue or starter_world()
        self.session = InventorySessionDTO(self.catalogue, HERO_ID, character, h=GENESIS)
        self.book = book
        self.facts = facts or {}
        self.last: Proposal | None = None
        self.now_ms = AT_MS
        self._ids = count(1)
        self._actions = count(1)

    def has(self, definition: str, quantity: int = 1, *, container: str = "bag", **fields: Unpack[Laid]) -> ItemId:
        """Lay an item on the first free position; returns its id. `slot=...` puts it on."""
        known = self.catalogue.definition(definition)
        new = Item(item_id(next(self._ids)), definition, quantity, durability=known.durability_max)
        if "slot" in fields:
            new = new.replace(**fields)
        else:
            position = self.session.cells[container].first_free() if container in self.session.cells else 0
            new = new.replace(container=container, position=position).replace(**fields)
        self.session.apply(ItemChange.between(None, new))
        return new.id

    def filled(self, container: str = "bag", *, free: int = 0) -> None:
        """Lay straw hats on all free positions of a container but some."""
        while free_slots(self.session, container) > free:
            self.has("straw_hat", container=container)

    def owns(self, resource: str, amount: int) -> None:
        """Set a balance that was zero."""
        self.session.apply(WalletChange(resource, self.session.wallet.get(resource, 0), amount))

    def act(self, *operations: Operation) -> Proposal:
        """Decide and carry out; a refusal is raised, and leaves the inventory as it was."""
        self.last = propose(self.session, self._intent(operations), self.book)
        return self.last

    def refused(self, error: type[SatchelError], *operations: Operation) -> dict[str, Any]:
        """Act, and hold the refusal to its promises: nothing changed, and a dry run says the same first.

        Returns:
            The data of the refusal.
        """
        before = state(self.session)
        with pytest.raises(error) as caught:
            self.act(*operations)
        assert type(caught.value) is error
        assert state(self.session) == before
        data = {name: value for name, value in caught.value.data.items() if name != "operation"}
        if issubclass(error, Refusal):
            assert self.explain(*operations)[0] == (error.code, data)
        return data

    def explain(self, *operations: Operation) -> list[tuple[str, dict[str, Any]]]:
        """Code and data of every reason against the operations."""
        before = state(self.session)
        proposal = explain(self.session, self._intent(operations), self.book)
        proposal.undo()
        assert state(self.session) == before
        return [(reason.code, reason.data) for _, reason in proposal.blocking]

    def item(self, item_id: str) -> Item:
        """An item as it is now."""
        return self.session.items[ItemId(item_id)]

    def place(self, item_id: str) -> tuple[str | None, int | None]:
        """Container and position of an item."""
        item = self.item(item_id)
        return item.container, item.position

    def worn(self, slot: str) -> str | None:
        """The definition worn in a slot."""
        found = self.session.worn.get(slot)
        return None if found is None else self.session.items[found].definition

    def quantities(self, definition: str) -> list[int]:
        """The stacks of a definition, by age."""
        return [self.item(item_id).quantity for item_id in sorted(self.session.by_definition.get(definition, ()))]

    def _intent(self, operations: tuple[Operation, ...]) -> Intent:
        return intent(operations, f"a{next(self._actions)}", self.now_ms, self.facts)


def intent(
    operations: tuple[Operation, ...], action_id: str, at_ms: int = AT_MS, facts: dict[str, Fact] | None = None
) -> Intent:
    """What the dispatcher would ask for."""
    return Intent(HERO_ID, operations, action_id, body="0" * 16, actor="service", at_ms=at_ms, facts=facts or {})


class Play:
    """One character on real engines."""

    def __init__(self, satchel: Satchel, clock: Callable[[], int], char_id: HolderId) -> None:
        self.satchel = satchel
        self.char_id = char_id
        self.clock = clock

    @classmethod
    async def begin(
        cls, satchel: Satchel, clock: Callable[[], int], char_id: HolderId = HERO_ID, character: Character = HERO
    ) -> "Play":
        """Make the character."""
        await satchel.vault.create_character(char_id, character)
        return cls(satchel, clock, char_id)

    async def act(
        self, *operations: Operation, key: str | None = None, caller: Caller = SERVICE, **options: object
    ) -> ActionReply:
        """Perform operations."""
        request = ActionRequest(char_id=self.char_id, operations=operations, **options)  # type: ignore[arg-type]
        return await self.satchel.dispatcher.dispatch(request, caller, key)

    async def grant(self, definition: str, quantity: int = 1) -> ItemId:
        """Give an item; returns the id of the first stack it went to."""
        reply = await self.act(Grant(definition=definition, quantity=quantity))
        return reply.changes[0].item

    async def session(self) -> InventorySessionDTO:
        """The present session."""
        return await self.satchel.sessions.load_session(self.char_id)
