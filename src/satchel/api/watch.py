"""Whether this process should get requests, and how far the vault lags behind."""

from collections.abc import Callable

import msgspec

from satchel.errors import Operational
from satchel.ports import Backlog, Pulse
from satchel.telemetry import Metrics

__all__ = ["Readiness", "ReadinessReport"]


class ReadinessReport(msgspec.Struct, frozen=True):
    """The answer of `/readyz`; `problems` is empty when all is well."""

    ready: bool
    problems: tuple[str, ...]
    dirty_sessions: int
    oldest_dirty_age_s: float


class Readiness:
    """Watches Redis, the vault and the backlog.

    Args:
        backlog: How many sessions are dirty, and since when.
        vault: For its pulse.
        metrics: Where figures go.
        clock: Milliseconds since 1970.
        flush_lag_max_s: Age of the oldest unsaved change above which this process is not ready: a worker is
            down or slow.
    """

    def __init__(
        self, backlog: Backlog, vault: Pulse, metrics: Metrics, clock: Callable[[], int], flush_lag_max_s: float
    ) -> None:
        self.draining = False
        self._backlog = backlog
        self._vault = vault
        self._metrics = metrics
        self._clock = clock
        self.flush_lag_max_s = flush_lag_max_s

    async def report(self) -> ReadinessReport:
        """Check Redis, the vault and the backlog now."""
        problems = ["shutting_down: this process is about to stop"] if self.draining else []
        dirty, age_s = 0, 0.0
        try:
            found = await self._backlog.measure()
            dirty = found.dirty_sessions
            age_s = max(0.0, (self._clock() - found.since_ms) / 1000) if found.since_ms else 0.0
        except Operational as error:
            problems.append(str(error))
        try:
            await self._vault.ping()
        except Operational as error:
            problems.append(str(error))
        if age_s > self.flush_lag_max_s:
            problems.append(
                f"flush_lag: the oldest unsaved change is {age_s:.0f} s old (limit {self.flush_lag_max_s:g} s): "
                "is a worker running, and does the vault take writes?"
            )
        self._metrics.dirty_sessions.set(dirty)
        self._metrics.oldest_dirty_age_s.set(age_s)
        return ReadinessReport(not problems, tuple(problems), dirty, round(age_s, 3))
