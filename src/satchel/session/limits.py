"""The bounds of sessions."""

import msgspec

from satchel.ports import FLUSH_DELAY_MS

__all__ = ["SessionLimits"]


class SessionLimits(msgspec.Struct, frozen=True):
    """The bounds of sessions.

    Attributes:
        ttl_ms: How long a clean session stays in Redis without an action.
        flush_delay_ms: How long after a save its session comes due.
        lease_ms: How long a claimed session is left to its worker.
        records_kept: Number of newest saves whose answer a retry gets again.
        marks_kept: Number of newest action ids that the session knows to be used.
        journal_records_max: Most saves that may be unflushed; the next action flushes first.
        local_sessions_max: Most decoded sessions that a process keeps.
    """

    ttl_ms: int = 900_000
    flush_delay_ms: int = FLUSH_DELAY_MS
    lease_ms: int = 15_000
    records_kept: int = 32
    marks_kept: int = 256
    journal_records_max: int = 1_000
    local_sessions_max: int = 10_000
