"""The figures of a bench run by their dotted names: which are good when high, and which belong in a table."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

__all__ = ["Better", "better", "flatten", "matters"]

Better = Literal["higher", "lower"]

RATE = re.compile(r"(^|_)(ops|rows|sessions)_s$")
COST = re.compile(r"(^|_)(us|ms|s|seconds|bytes)(_per_\w+)?$")
"""A unit of time or of memory; `cpu_us_per_row` is one too."""

BY_NAME: dict[str, Better | None] = {
    "meanwhile_to_normal": "higher",
    "ratio_to_upsert": "higher",
    "cpu": "lower",
    "redis_cpu": "lower",
    "p99": "lower",
    "redis_calls": "lower",
    "memory_to_packed": "lower",
    "postgres_per_action": "lower",
    "elapsed_s": None,  # the length of a window, which the plan decides
    "packed_bytes": None,  # of the items that the bench made up
}
"""Figures whose unit does not tell, or tells the wrong thing."""

SHOWN = re.compile(
    r"""(^|[._])(ops|rows|sessions)_s$
    | (^|\.)latency_ms\.(p50|p99)$
    | (^|\.)cpu_us\.(server|redis)$
    | (^|\.)cpu_us_per_row\.
    | (^|[._])(p99_ms|p99_s|seconds|meanwhile_to_normal|bytes_per_session)$
    | ^starting\.""",
    re.VERBOSE,
)


def flatten(found: Any, name: str = "") -> dict[str, float]:
    """Give every number in nested dictionaries and lists a dotted name, such as `flush.limit.rows_s` or `curve.0.us`.

    Truth values, texts, None, and numbers that are not finite are left out.
    """
    return dict(_leaves(found, name))


def better(name: str) -> Better | None:
    """Whether a figure is better when it is higher or when it is lower; None if it is neither, as a count of rows is.

    The last part of the name that tells decides.
    """
    for part in reversed(name.split(".")):
        if part in BY_NAME:
            return BY_NAME[part]
        if RATE.search(part):
            return "higher"
        if COST.search(part):
            return "lower"
    return None


def matters(name: str) -> bool:
    """Whether a figure belongs in the table: what is done in a second, what it costs, and how long a caller waits."""
    return "ratio_to_first" not in name and SHOWN.search(name) is not None


def _leaves(found: Any, name: str) -> Iterator[tuple[str, float]]:
    inside: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(found, Mapping):
        inside = iter(found.items())
    elif isinstance(found, Sequence) and not isinstance(found, str):
        inside = iter(enumerate(found))
    elif isinstance(found, int | float) and not isinstance(found, bool) and math.isfinite(found):
        yield name, found
    for key, value in inside:
        yield from _leaves(value, f"{name}.{key}" if name else str(key))
