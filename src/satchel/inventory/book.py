"""Which actions there are: the rule of each, who may ask for it, and what it may do to quantities.

This table is all that an action is made known by. The dispatcher, the decoder of requests, OpenAPI and the audit read
it; a game adds its own entries to it (see `satchel.game`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from satchel.errors import InvariantBroken, MalformedAction, Refusal
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
    Restore,
    Sort,
    Split,
    TakeBack,
    UnbindQuickSlot,
    Unequip,
    Unlock,
    UpdateCharacter,
    Use,
)
from satchel.inventory.changes import ItemChange, WalletChange, net_quantities
from satchel.inventory.proposal import Proposal
from satchel.inventory.rules import capacity
from satchel.inventory.service import InventoryService

__all__ = ["BUILT_IN", "ActionBook", "ActionScope", "Entry", "Flow", "Rule", "allows", "name_of"]

NO_REFUSALS: Mapping[str, type[Refusal]] = MappingProxyType({})

ActionScope = Literal["act", "grant", "operator"]
"""Who may ask: players and services; services only; operators' tools only, never over the API."""

Flow = Literal["keeps", "adds", "removes", "any"]
"""What an action may do to a sum: of the quantities of a definition, or of a balance."""

Rule = Callable[[Proposal, Any], None]
"""Decides one operation on a proposal; raises a refusal."""


class Entry(msgspec.Struct, frozen=True):
    """One action.

    `items` is held against the quantities of each definition, `balances` against each balance. After an action with
    `enforces_capacity`, what worn items no longer give is cleared, and an overload is refused. The rules in `before`
    are a game's vetoes, `facts` the names of the facts that its functions read. `own` says that a game made the action:
    it is held to `items` and `balances` at once, and not only by the audit.
    """

    action: type[Operation]
    rule: Rule
    scope: ActionScope = "act"
    items: Flow = "keeps"
    balances: Flow = "keeps"
    enforces_capacity: bool = True
    before: tuple[Rule, ...] = ()
    facts: tuple[str, ...] = ()
    own: bool = False

    @property
    def name(self) -> str:
        """What the action is called in requests and records."""
        return name_of(self.action)


class ActionBook:
    """The actions that a process knows.

    Args:
        entries: One for each action.
        refusals: A game's own refusals by code.

    Attributes:
        refusals: The same.
        reads_facts: Whether any action's functions read facts.
    """

    def __init__(self, entries: Iterable[Entry], refusals: Mapping[str, type[Refusal]] = NO_REFUSALS) -> None:
        self.refusals = refusals
        self._entries = {entry.action: entry for entry in entries}
        self.reads_facts = any(entry.facts for entry in self._entries.values())
        self._named = {entry.name: entry for entry in self._entries.values()}

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    @property
    def asked_for(self) -> tuple[Entry, ...]:
        """The actions that callers of the API may ask for."""
        return tuple(entry for entry in self if entry.scope != "operator")

    def find(self, name: str) -> Entry | None:
        """The entry of an action by its name; None if this process does not know it."""
        return self._named.get(name)

    def scope_of(self, operation: Operation) -> ActionScope:
        """Who may ask for an operation.

        Raises:
            MalformedAction: Nobody may ask for it over the API.
        """
        entry = self._entries.get(type(operation))
        if entry is None or entry.scope == "operator":
            raise MalformedAction(reason=f"{name_of(type(operation))} is not an action that a caller may ask for")
        return entry.scope

    def decide(self, proposal: Proposal, operation: Operation) -> None:
        """Carry one operation out on a proposal: vetoes first, then its rule, then capacity.

        Raises:
            Refusal: A veto, the rule or a limit forbids it; steps may have been taken by then.
            InvariantBroken: A game's function did what it did not declare.
        """
        entry = self._entries[type(operation)]
        if entry.before:
            _ask(entry.before, proposal, operation)
        savepoint = proposal.savepoint() if entry.own else 0
        if entry.enforces_capacity:
            before = capacity.load_of(proposal.session)
            entry.rule(proposal, operation)
            capacity.enforce(proposal, before)
        else:
            entry.rule(proposal, operation)
        if entry.own:
            _hold(entry, proposal.steps(savepoint))

    def facts_of(self, operations: Iterable[Operation]) -> set[str]:
        """The names of the facts that the functions of some operations read."""
        return {name for operation in operations for name in self._entries[type(operation)].facts}


@cache
def name_of(action: type[Operation]) -> str:
    """What an action is called in requests and records."""
    return str(action.__struct_config__.tag)


def allows(flow: Flow, difference: int) -> bool:
    """Whether a sum may change by a difference."""
    if difference == 0 or flow == "any":
        return True
    return flow == ("adds" if difference > 0 else "removes")


def _ask(vetoes: Sequence[Rule], proposal: Proposal, operation: Operation) -> None:
    savepoint = proposal.savepoint()
    for veto in vetoes:
        try:
            veto(proposal, operation)
        except Refusal as refusal:
            proposal.refuse(refusal)
        if proposal.savepoint() != savepoint:
            raise InvariantBroken(reason=f"a veto before {name_of(type(operation))} changed the inventory")


def _hold(entry: Entry, steps: Sequence[object]) -> None:
    """Hold a game's action to what it declares.

    Raises:
        InvariantBroken: With the definition or resource, and the difference.
    """
    for definition, difference in net_quantities(step for step in steps if isinstance(step, ItemChange)).items():
        if not allows(entry.items, difference):
            raise InvariantBroken(
                reason=f"{entry.name} declares items={entry.items!r}", definition=definition, difference=difference
            )
    balances: dict[str, int] = {}
    for step in steps:
        if isinstance(step, WalletChange):
            balances[step.resource] = balances.get(step.resource, 0) + step.after - step.before
    for resource, difference in balances.items():
        if not allows(entry.balances, difference):
            raise InvariantBroken(
                reason=f"{entry.name} declares balances={entry.balances!r}", resource=resource, difference=difference
            )


_service = InventoryService()

BUILT_IN = ActionBook(
    (
        Entry(Equip, _service.equip),
        Entry(Unequip, _service.unequip),
        Entry(Move, _service.move),
        Entry(Drop, _service.drop, items="removes"),
        Entry(TakeBack, _service.take_back, items="adds"),
        Entry(Split, _service.split),
        Entry(Merge, _service.merge),
        Entry(Use, _service.use, items="removes"),
        Entry(BindQuickSlot, _service.bind_quick_slot),
        Entry(UnbindQuickSlot, _service.unbind_quick_slot),
        Entry(Sort, _service.sort),
        Entry(Lock, _service.lock),
        Entry(Unlock, _service.unlock),
        Entry(Grant, _service.grant, "grant", items="adds"),
        Entry(Consume, _service.consume, "grant", items="removes"),
        Entry(AdjustWallet, _service.adjust_wallet, "grant", balances="any"),
        Entry(UpdateCharacter, _service.update_character, "grant"),
        Entry(Restore, _service.restore, "operator", items="any", balances="any", enforces_capacity=False),
    )
)
"""The actions of Satchel itself, in the order in which the API shows them."""
