"""Real time against versions: which states a request may have seen."""

from bisect import bisect_right
from collections.abc import Iterable

import msgspec

from proof.checker.history import Attempt, Call

__all__ = ["Window", "Windows"]


class Window(msgspec.Struct, frozen=True):
    """The versions that a request may have seen: not older than what was acknowledged before it, nor yet to come."""

    first: int
    last: int


class Windows:
    """Tells the window of a request.

    Args:
        calls: All calls, by key.
        chain: The action id and h of every version of this stretch of the ledger.
        start: The version before the first of them.
    """

    def __init__(self, calls: dict[str, Call], chain: dict[int, tuple[str, str]], start: int) -> None:
        acknowledged: list[tuple[int, int]] = []
        asked: list[tuple[int, int]] = []
        for version, (key, h) in chain.items():
            call = calls.get(key)
            if call is not None:
                acknowledged.append((call.answered_ns(version, h), version))
                asked.append((call.invoked_ns, version))
        self._acknowledged, self._asked = _rising(acknowledged), _rising(asked)
        self._start = start

    def of(self, attempt: Attempt) -> Window:
        """The window of a read, or of a refusal."""
        first = _at(self._acknowledged, attempt.invoked_ns - 1, self._start)
        return Window(first, max(first, _at(self._asked, attempt.answered_ns, self._start)))


def _rising(events: Iterable[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Times in order, and the greatest version up to each."""
    times: list[int] = []
    versions: list[int] = []
    for time, version in sorted(events):
        times.append(time)
        versions.append(max(version, versions[-1] if versions else 0))
    return times, versions


def _at(rising: tuple[list[int], list[int]], time: int, start: int) -> int:
    times, versions = rising
    place = bisect_right(times, time)
    return versions[place - 1] if place else start
