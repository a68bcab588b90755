"""The clock of a process, and what stands in its place."""

import time
from collections.abc import Callable

__all__ = ["Clock", "clock_ms"]

Clock = Callable[[], int]
"""Tells milliseconds since 1970."""


def clock_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
