"""A function that a game plugs in: held to its form, given the facts that it asks for, timed."""

import inspect
import time
from collections.abc import Callable
from typing import Any, get_args, get_type_hints

from satchel.errors import FactMissing, GameWrong
from satchel.inventory.actions import Operation
from satchel.inventory.facts import Fact
from satchel.inventory.proposal import Proposal
from satchel.telemetry import log

__all__ = ["SLOW_MS", "Hook"]

SLOW_MS = 5.0
"""A call that takes longer is logged: everybody else in the process waits for it."""

FACT_TYPES: tuple[type, ...] = (bool, int, str)


class Hook:
    """Calls a game's function with a proposal, an operation, and the facts that its other parameters name.

    A parameter without a default is a fact that must be told; else the operation is refused.

    Args:
        game: Name of the game.
        function: `(proposal, action, fact, ...) -> None`, not a coroutine.

    Attributes:
        name: The function's name.
        facts: Name and type of each fact that it reads.

    Raises:
        GameWrong: The function has another form.
    """

    def __init__(self, game: str, function: Callable[..., None]) -> None:
        self.name = str(getattr(function, "__qualname__", function))
        self._game = game
        self._function = function
        if inspect.iscoroutinefunction(function):
            raise GameWrong(f"{self.name} is a coroutine: rules and vetoes are plain functions without I/O")
        parameters = list(inspect.signature(function).parameters.values())
        if len(parameters) < 2 or any(p.kind not in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) for p in parameters):
            raise GameWrong(f"{self.name} must take (proposal, action), and after them the facts that it reads")
        try:
            hints = get_type_hints(function)
        except NameError as error:
            raise GameWrong(f"{self.name}: an annotation cannot be found at module level: {error}") from error
        self._action = hints.get(parameters[1].name)
        self._types = {p.name: hints.get(p.name) for p in parameters[2:]}
        self._defaults = {p.name: p.default for p in parameters[2:] if p.default is not p.empty}
        for name, type_ in self._types.items():
            if type_ not in FACT_TYPES:
                raise GameWrong(f"{self.name}: the fact {name!r} must be annotated with bool, int or str")
        self.facts = {name: str(getattr(type_, "__name__", type_)) for name, type_ in self._types.items()}

    def __call__(self, proposal: Proposal, operation: Operation) -> None:
        """Call the function.

        Raises:
            FactMissing: A fact that it reads was not told, or with another type.
        """
        facts = {name: self._told(proposal, name) for name in self._types}
        began = time.perf_counter()
        try:
            self._function(proposal, operation, **facts)
        finally:
            took_ms = (time.perf_counter() - began) * 1000
            if took_ms > SLOW_MS:
                fields = {"game": self._game, "hook": self.name, "ms": round(took_ms, 1)}
                log.warning("slow_hook", extra={"fields": fields})

    def only_action(self) -> type[Operation]:
        """The one action that the second parameter is annotated with.

        Raises:
            GameWrong: It is annotated with something else.
        """
        found: Any = self._action
        if not isinstance(found, type) or not issubclass(found, Operation) or found is Operation or get_args(found):
            raise GameWrong(f"{self.name}: annotate the second parameter with the struct of the action")
        return found

    def _told(self, proposal: Proposal, name: str) -> Fact:
        wanted, told = self._types[name], proposal.facts.get(name)
        if told is None and name in self._defaults:
            default: Fact = self._defaults[name]
            return default
        # `type` and not `isinstance`: True is not taken for the number 1.
        if told is None or type(told) is not wanted:
            raise FactMissing(fact=name, expected=self.facts[name])
        return told
