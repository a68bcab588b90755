"""What clients saw, and what a check of it says."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

import msgspec

from satchel.inventory.actions import Operation
from satchel.inventory.reads.reply import ActionReply
from satchel.inventory.reads.whole import InventoryView

__all__ = ["Attempt", "Call", "Problem", "Verdict", "Wrong", "calls_of"]

Outcome = Literal["ok", "refused", "unknown", "not_done"]
"""not_done: turned away before anything was looked at, e.g. 429; unknown: may have happened, or happen later still."""

FOREVER = 2**63 - 1


class Attempt(msgspec.Struct, frozen=True):
    """One request of one client; times in ns of one monotonic clock. A read has a view and no key."""

    char_id: int
    key: str
    operations: tuple[Operation, ...]
    invoked_ns: int
    answered_ns: int
    outcome: Outcome
    reply: ActionReply | None = None
    view: InventoryView | None = None
    code: str = ""
    durable: bool = False


class Call(msgspec.Struct):
    """All attempts under one key."""

    key: str
    operations: tuple[Operation, ...]
    attempts: list[Attempt]

    @property
    def invoked_ns(self) -> int:
        """When it was first asked for."""
        return min(attempt.invoked_ns for attempt in self.attempts)

    def answered_ns(self, version: int, h: str) -> int:
        """When it was first acknowledged at this place of the history."""
        return min((a.answered_ns for a in self.answers() if is_at(a, version, h)), default=FOREVER)

    def answers(self) -> Iterable[Attempt]:
        """Attempts that were acknowledged."""
        return (attempt for attempt in self.attempts if attempt.outcome == "ok")


class Wrong(StrEnum):
    """What clients must never see."""

    LOST = "lost_action"
    INVENTED = "invented_action"
    DOUBLE_EXECUTION = "double_execution"
    REORDERED = "reordered"
    STALE_READ = "stale_read"
    FUTURE_READ = "future_read"
    WRONG_VIEW = "wrong_view"
    WRONG_ANSWER = "wrong_answer"
    WRONG_RESULT = "wrong_result"
    FALSE_REFUSAL = "false_refusal"
    REFUSED_BUT_DONE = "refused_but_done"
    NOT_CONSERVED = "not_conserved"
    TWO_PLACES = "item_in_two_places"


class Problem(msgspec.Struct, frozen=True):
    """One violation. `kind` is a `Wrong`, or a `Kind` of the audit."""

    kind: str
    char_id: int
    text: str
    version: int = 0
    key: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: character {self.char_id} version {self.version} key {self.key or '-'}: {self.text}"


class Verdict(msgspec.Struct):
    """The outcome of a check.

    `lost` are acknowledged actions that a fault was allowed to lose, `stale_reads` counts reads that it was allowed to
    answer with an older state.
    """

    problems: list[Problem] = []
    lost: list[Attempt] = []
    actions: int = 0
    operations: int = 0
    answers: int = 0
    reads: int = 0
    refusals: int = 0
    unknown: int = 0
    stale_reads: int = 0

    def set_stale_reads_aside(self) -> None:
        """Count stale reads apart: there were two primaries."""
        stale = [problem for problem in self.problems if problem.kind == Wrong.STALE_READ]
        self.stale_reads += len(stale)
        self.problems = [problem for problem in self.problems if problem.kind != Wrong.STALE_READ]

    def __iadd__(self, other: "Verdict") -> "Verdict":
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


def is_at(attempt: Attempt, version: int, h: str) -> bool:
    """Whether an attempt was answered with this place of the history."""
    return attempt.reply is not None and (attempt.reply.version, attempt.reply.h) == (version, h)


def calls_of(attempts: Iterable[Attempt]) -> dict[str, Call]:
    """Put the attempts of each key together."""
    calls: dict[str, Call] = {}
    for attempt in attempts:
        if attempt.key:
            calls.setdefault(attempt.key, Call(attempt.key, attempt.operations, [])).attempts.append(attempt)
    return calls
