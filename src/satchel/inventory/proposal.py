"""An action carried out on the session, not yet saved; it can be undone."""

from collections.abc import Mapping

from satchel.errors import Refusal
from satchel.inventory.changes import Change, CharacterChange, EffectOutcome, ItemChange, ShelfChange, WalletChange
from satchel.inventory.character import Character
from satchel.inventory.facts import NO_FACTS, Fact
from satchel.inventory.item import Item, ItemId, Shelved, new_item_id
from satchel.inventory.model import InventorySessionDTO

__all__ = ["Blocking", "Proposal"]

Blocking = tuple[int, Refusal]
"""Number of the operation, and why it is refused."""


class Proposal:
    """The steps of one action, carried out on the session one by one: later steps see the earlier ones.

    It ends in one of two ways: the changes are saved, or `undo` takes all of them back. With `explain`, a refusal is
    noted and the rule goes on, so that the caller learns every reason at once; such a proposal is always undone.

    Attributes:
        session: The session that the rules read; it shows the steps taken so far.
        effects: What the operations say to the game.
        blocking: The refusals noted so far, with the number of their operation.
        operation: Number of the operation being decided, from 0.
        at_ms: Time of the action, in ms since 1970.
        facts: What the game told along with the action.
    """

    __slots__ = (
        "_action_id",
        "_explain",
        "_made",
        "_only_items",
        "_steps",
        "at_ms",
        "blocking",
        "effects",
        "facts",
        "operation",
        "session",
    )

    def __init__(
        self,
        session: InventorySessionDTO,
        *,
        at_ms: int,
        action_id: str,
        facts: Mapping[str, Fact] = NO_FACTS,
        explain: bool = False,
    ) -> None:
        self.session = session
        self.effects: list[EffectOutcome] = []
        self.blocking: list[Blocking] = []
        self.operation = 0
        self.at_ms = at_ms
        self.facts = facts
        self._action_id = action_id
        self._explain = explain
        self._made = 0
        self._only_items = True
        self._steps: list[Change] = []

    def refuse(self, reason: Refusal) -> None:
        """Raise the refusal, or note it (once) when every reason is asked for."""
        if not self._explain:
            raise reason
        # Capacity looks again at what found no room, so one reason for each kind and container is enough.
        kind, container = type(reason), reason.data.get("container")
        if not any(
            (number, type(known), known.data.get("container")) == (self.operation, kind, container)
            for number, known in self.blocking
        ):
            self.blocking.append((self.operation, reason))

    def put(self, item: Item) -> None:
        """Give an item its new place and figures; or add it."""
        self._step(ItemChange.between(self.session.items.get(item.id), item))

    def lift(self, item: Item) -> None:
        """Take an item out of its place. Put again later, it has moved; never put again, it is gone."""
        self._step(ItemChange.between(item, None))

    def new_item(self, definition: str, quantity: int) -> Item:
        """Make an item that is nowhere yet, with an id of its own."""
        self._made += 1
        seed = f"{self.session.char_id}:{self._action_id}"
        return Item(new_item_id(self.at_ms, seed, self._made), definition, quantity)

    def set_shelf(self, item_id: ItemId, shelved: Shelved | None) -> None:
        """Lay a dropped item on the shelf, or (None) take it from there."""
        self._only_items = False
        self._step(ShelfChange(item_id, self.session.shelf.get(item_id), shelved))

    def set_balance(self, resource: str, amount: int) -> None:
        """Set a balance."""
        self._only_items = False
        self._step(WalletChange(resource, self.session.wallet.get(resource, 0), amount))

    def set_character(self, character: Character) -> None:
        """Change the character itself."""
        self._only_items = False
        self._step(CharacterChange(self.session.character, character))

    def savepoint(self) -> int:
        """A place among the steps that `undo` can go back to."""
        return len(self._steps)

    def undo(self, savepoint: int = 0) -> None:
        """Take back every step since the savepoint; from the start, the session is as it was."""
        while len(self._steps) > savepoint:
            step = self._steps.pop()
            if isinstance(step, ItemChange):
                self.session.apply(ItemChange.between(step.after, step.before))
            elif isinstance(step, WalletChange):
                self.session.apply(WalletChange(step.resource, step.after, step.before))
            elif isinstance(step, ShelfChange):
                self.session.apply(ShelfChange(step.item, step.after, step.before))
            else:
                self.session.apply(CharacterChange(step.after, step.before))

    def steps(self, savepoint: int) -> list[Change]:
        """The steps since a savepoint, as they were taken."""
        return self._steps[savepoint:]

    def item_changes(self) -> tuple[ItemChange, ...]:
        """The net change of every item, in the order in which they were first touched."""
        before: dict[ItemId, Item | None] = {}
        for step in self._steps:
            if isinstance(step, ItemChange):
                before.setdefault(step.item, step.before)
        changes = []
        for item_id, was in before.items():
            now = self.session.items.get(item_id)
            if was != now:
                changes.append(ItemChange.between(was, now))
        return tuple(changes)

    def wallet_changes(self) -> tuple[WalletChange, ...]:
        """The net change of every balance."""
        if self._only_items:
            return ()
        before: dict[str, int] = {}
        for step in self._steps:
            if isinstance(step, WalletChange):
                before.setdefault(step.resource, step.before)
        wallet = self.session.wallet
        return tuple(
            WalletChange(name, was, wallet.get(name, 0)) for name, was in before.items() if was != wallet.get(name, 0)
        )

    def shelf_changes(self) -> tuple[ShelfChange, ...]:
        """The net change of every place on the shelf of dropped items."""
        if self._only_items:
            return ()
        before: dict[ItemId, Shelved | None] = {}
        for step in self._steps:
            if isinstance(step, ShelfChange):
                before.setdefault(step.item, step.before)
        shelf = self.session.shelf
        return tuple(ShelfChange(name, was, shelf.get(name)) for name, was in before.items() if was != shelf.get(name))

    def character_change(self) -> CharacterChange | None:
        """The net change of the character, if there is one."""
        if self._only_items:
            return None
        before = next((step.before for step in self._steps if isinstance(step, CharacterChange)), None)
        after = self.session.character
        return CharacterChange(before, after) if before is not None and before != after else None

    def _step(self, step: Change) -> None:
        self.session.apply(step)
        self._steps.append(step)
