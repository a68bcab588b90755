"""Exhaustive search, shortest traces first."""

import gc
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from msgspec.structs import replace

from proof.model.protocol import Attacher, Bounds, Flusher, Rules, State, start, steps, violation

__all__ = ["SMALL", "VARIANTS", "Found", "search"]

SMALL = Bounds(actions=2, epochs=3, failovers=1, restarts=0, attachers=2, flushers=1, players=1)

VARIANTS = {
    "version > stored": (Rules(chain_compared=False, epoch_compared=False), SMALL),
    "compare and re-read": (Rules(chain_compared=False, epoch_compared=False, push_rereads=True), SMALL),
    "chain without epoch": (Rules(epoch_compared=False), SMALL),
    "without confirm": (Rules(confirm_rereads=False), SMALL),
    "without incarnation": (Rules(incarnation_compared=False), SMALL),
    "run_id without replication id": (Rules(replication_id=False), replace(SMALL, failovers=2)),
    "head not compared": (Rules(head_compared=False), replace(SMALL, actions=3, epochs=2, players=2)),
    "close while dirty": (Rules(close_checked=False), SMALL),
}
"""The protocol with something left out, and bounds in which it fails."""


class Found(msgspec.Struct):
    """What a search came to: the steps to a violation, or none in all states within the bounds."""

    states: int
    depth: int
    seconds: float
    wrong: str = ""
    trace: tuple[str, ...] = ()

    def in_words(self) -> str:
        """The result as text."""
        if not self.wrong:
            return f"no violation in {self.states} states, complete to depth {self.depth}, {self.seconds:.1f} s"
        lines = [f"{self.wrong}, after {len(self.trace)} steps ({self.states} states, {self.seconds:.1f} s):"]
        return "\n".join(lines + [f"  {number}. {step}" for number, step in enumerate(self.trace, 1)])


@contextmanager
def _uncollected() -> Iterator[None]:
    """States hold no cycles: looking for some among millions of tuples takes a quarter of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@_uncollected()
def search(rules: Rules, bounds: Bounds, states_max: int = 50_000_000) -> Found:
    """Visit every state that can be reached within the bounds.

    Args:
        rules: The protocol, or a variant of it.
        bounds: How far to go.
        states_max: Where to stop with an error: an incomplete search proves nothing.

    Raises:
        MemoryError: There are more states than that.
    """
    began, first = time.monotonic(), _canonical(start(bounds))
    came_from: dict[State, tuple[State, str] | None] = {first: None}
    waiting, depth = deque([(first, 0)]), 0
    while waiting:
        state, depth = waiting.popleft()
        for name, after in steps(state, rules, bounds):
            seen = _canonical(after)
            if seen in came_from:
                continue
            came_from[seen] = (state, name)
            if wrong := violation(seen):
                return Found(len(came_from), depth + 1, time.monotonic() - began, wrong, _trace(came_from, seen))
            if len(came_from) > states_max:
                raise MemoryError(f"more than {states_max} states")
            waiting.append((seen, depth + 1))
    return Found(len(came_from), depth, time.monotonic() - began)


def _canonical(state: State) -> State:
    """Processes of one kind are alike: which of them does what makes no other state."""
    attachers: list[Attacher | None] = sorted(state.attachers, key=_order)
    flushers: list[Flusher | None] = sorted(state.flushers, key=_order)
    players = sorted(state.players, key=_order)
    return state._replace(attachers=tuple(attachers), flushers=tuple(flushers), players=tuple(players))


def _order(part: tuple[object, ...] | None) -> tuple[object, ...]:
    return () if part is None else part


def _trace(came_from: dict[State, tuple[State, str] | None], state: State) -> tuple[str, ...]:
    names: list[str] = []
    while (before := came_from[state]) is not None:
        state, name = before
        names.append(name)
    return tuple(reversed(names))
