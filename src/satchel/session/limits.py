"""The bounds of sessions."""

import msgspec

from satchel.ports import FLUSH_DELAY_MS

__all__ = ["SessionLimits"]


class SessionLimits(msgspec.Struct, frozen=True):
    """The bounds of sessions. Times in ms.

    `records_kept` are the newest saves whose answers a retry gets again; `marks_kept` the newest action ids that are
    known to be used. `journal_records_max` is the most saves that may be unflushed. `local_sessions_max` is how many
    decoded sessions a process keeps.
    """

    ttl_ms: int = 900_000
    flush_delay_ms: int = FLUSH_DELAY_MS
    lease_ms: int = 15_000
    records_kept: int = 32
    marks_kept: int = 256
    journal_records_max: int = 1_000
    local_sessions_max: int = 10_000
