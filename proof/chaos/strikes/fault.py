"""What a fault of a chaos run is, and how a module names its own."""

import random
from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec

from proof.chaos.machine import Machine

__all__ = ["Fault", "Found", "Strike"]

Group = Literal["process", "valkey", "failover", "postgres", "network"]
Strike = Callable[[Machine, random.Random], Awaitable[None]]


class Fault(msgspec.Struct, frozen=True):
    """One fault.

    `may_lose`: acknowledged actions of level `session` may be lost by it, and are counted apart. `two_primaries`: for a
    while reads may come from a primary that was replaced; nobody can tell without asking a majority, so old ones are
    counted apart.
    """

    name: str
    group: Group
    strike: Strike
    text: str
    may_lose: bool = False
    two_primaries: bool = False


class Found(dict[str, Fault]):
    """The faults of one group, by name."""

    def __init__(self, group: Group) -> None:
        super().__init__()
        self._group = group

    def add(self, *, may_lose: bool = False, two_primaries: bool = False) -> Callable[[Strike], Strike]:
        """Add a fault; it is named after the function that strikes, and its docstring is its text."""

        def note(strike: Strike) -> Strike:
            name = strike.__name__.strip("_").replace("_", "-")
            self[name] = Fault(name, self._group, strike, (strike.__doc__ or "").strip(), may_lose, two_primaries)
            return strike

        return note
