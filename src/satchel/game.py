"""What a game plugs in without a fork: actions of its own, vetoes before actions, refusals of its own.

See docs/game.md for how a game is started and what it may rely on.
"""

import re
from collections.abc import Callable
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from satchel.errors import ERRORS, GameWrong, Refusal
from satchel.hook import Hook
from satchel.inventory.actions import Operation
from satchel.inventory.book import BUILT_IN, ActionBook, Entry, Flow, name_of
from satchel.inventory.request import RequestOptions

__all__ = ["Game"]

NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")

Function = TypeVar("Function", bound=Callable[..., None])
RefusalClass = TypeVar("RefusalClass", bound=type[Refusal])


class Game:
    """A game's own actions, vetoes and refusals.

    Args:
        name: Names the game in the deployment; a lower-case identifier.

    Attributes:
        name: The game's name.
        refusals: The game's own refusals by code; hand them to an `InventoryClient` over HTTP.

    Example:
        game = Game("dragons")

        class Salvage(Operation, frozen=True, kw_only=True):
            '''Take an item apart; its scrap goes to the wallet.'''

            item_id: ItemIdText

        @game.action(items="removes", balances="adds")
        def salvage(proposal: Proposal, action: Salvage) -> None:
            item = proposal.session.item(action.item_id)
            proposal.lift(item)
            proposal.set_balance("scrap", proposal.session.wallet.get("scrap", 0) + item.quantity)

        @game.refusal
        class InCombat(Refusal):
            '''The character fights. Data: `item_id`.'''

            code = "in_combat"
            title = "Not in the middle of a fight."

        @game.before(Drop, Salvage)
        def keep_gear_in_combat(proposal: Proposal, action: Drop | Salvage, in_combat: bool) -> None:
            if in_combat:
                raise InCombat(item_id=action.item_id)
    """

    def __init__(self, name: str) -> None:
        if not NAME.fullmatch(name):
            raise GameWrong(f"a game's name is a lower-case identifier of at most 48 characters, not {name!r}")
        self.name = name
        self.refusals: dict[str, type[Refusal]] = {}
        self._entries: dict[type[Operation], Entry] = {}
        self._vetoes: list[tuple[tuple[type[Operation], ...], Hook]] = []

    def action(
        self, *, scope: str = "act", items: Flow = "keeps", balances: Flow = "keeps", enforces_capacity: bool = True
    ) -> Callable[[Function], Function]:
        """Make a function the rule of an action; the action is the struct that its second parameter is annotated with.

        Args:
            scope: `act`: players may ask for it. `grant`: services only.
            items: What it may do to the quantities of each definition: `keeps`, `adds`, `removes`, `any`.
            balances: What it may do to each balance.
            enforces_capacity: Whether an overload that it leads to is refused.

        Raises:
            GameWrong: The function or the struct cannot be an action.
        """
        if scope not in ("act", "grant"):
            raise GameWrong(f"a scope is 'act' or 'grant', not {scope!r}")
        for flow in (items, balances):
            if flow not in ("keeps", "adds", "removes", "any"):
                raise GameWrong(f"items and balances are 'keeps', 'adds', 'removes' or 'any', not {flow!r}")

        def add(function: Function) -> Function:
            hook = Hook(self.name, function)
            action = hook.only_action()
            self._check_action(action)
            self._entries[action] = Entry(
                action,
                hook,
                "grant" if scope == "grant" else "act",
                items=items,
                balances=balances,
                enforces_capacity=enforces_capacity,
                facts=tuple(hook.facts),
                own=True,
            )
            return function

        return add

    def before(self, *actions: type[Operation]) -> Callable[[Function], Function]:
        """Ask a function before each of these actions; it raises a refusal to forbid one.

        It runs before every such operation, on the state of then, and in dry runs too. It must not change anything.
        `Operation` stands for all actions.

        Args:
            actions: The actions to ask before.

        Raises:
            GameWrong: The function cannot be asked.
        """
        if not actions or not all(isinstance(action, type) and issubclass(action, Operation) for action in actions):
            raise GameWrong("before() takes the actions to ask before, for example before(Drop)")

        def add(function: Function) -> Function:
            self._vetoes.append((actions, Hook(self.name, function)))
            return function

        return add

    def refusal(self, refused: RefusalClass) -> RefusalClass:
        """Make a refusal known: clients raise the same class again, and OpenAPI lists its code.

        Raises:
            GameWrong: The class has no code of its own.
        """
        code = refused.code
        if code in ERRORS or code in self.refusals:
            raise GameWrong(f"{refused.__name__} needs a code of its own; {code!r} is taken")
        if not NAME.fullmatch(code):
            raise GameWrong(f"the code of {refused.__name__} is no lower-case identifier: {code!r}")
        self.refusals[code] = refused
        return refused

    def book(self) -> ActionBook:
        """All actions: those of Satchel and the game's own, each with the vetoes before it."""
        entries = (self._with_vetoes(entry) for entry in (*BUILT_IN, *self._entries.values()))
        return ActionBook(entries, MappingProxyType(self.refusals))

    @property
    def identity(self) -> tuple[str, str]:
        """Name and digest, which the game is bound to its namespace by."""
        return self.name, self.digest()

    def digest(self) -> str:
        """A digest of all that the game declares: 32 hex digits. The bodies of its functions are not part of it."""
        actions = [
            (entry.name, msgspec.json.schema(entry.action), entry.scope, entry.items, entry.balances)
            for entry in self._entries.values()
        ]
        vetoes = [([name_of(action) for action in asked], hook.name, hook.facts) for asked, hook in self._vetoes]
        declared = msgspec.json.encode([self.name, sorted(actions, key=str), sorted(vetoes, key=str)], order="sorted")
        return blake2b(declared, digest_size=16).hexdigest()

    def _with_vetoes(self, entry: Entry) -> Entry:
        if entry.scope == "operator":
            return entry
        vetoes = tuple(hook for asked, hook in self._vetoes if issubclass(entry.action, asked))
        facts = {name: None for hook in vetoes for name in hook.facts} | dict.fromkeys(entry.facts)
        return msgspec.structs.replace(entry, before=vetoes, facts=tuple(facts))

    def _check_action(self, action: type[Operation]) -> None:
        known: dict[str, Any] = {entry.name: entry.action for entry in (*BUILT_IN, *self._entries.values())}
        if name_of(action) in known:
            raise GameWrong(f"there is an action {name_of(action)!r} already")
        if not (action.__doc__ or "").strip():
            raise GameWrong(f"{action.__name__} needs a docstring: it is the action's description in OpenAPI")
        options = {field.name for field in msgspec.structs.fields(RequestOptions)} | {"operations", "action"}
        clash = sorted(options & {field.name for field in msgspec.structs.fields(action)})
        if clash:
            raise GameWrong(f"{action.__name__} has a field that is an option of every request: {', '.join(clash)}")
