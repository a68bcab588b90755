"""Clocks and counters: CPU of processes, quantiles, medians, and what the servers say they did."""

import array
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from satchel.session import RedisNode

__all__ = ["CpuClock", "RedisCounters", "cpu_ns", "median", "medians", "quantiles", "ratio", "rss_bytes", "tree"]


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            found += tree(int(child))
    return found


def cpu_ns(pids: Iterable[int]) -> int:
    """CPU time that processes and their threads have used, in ns."""
    total = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            try:
                total += int(task.read_text().split()[0])
            except OSError:
                continue
    return total


def rss_bytes(pid: int) -> int:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    return 0


class CpuClock:
    """Reads the CPU time of named groups of processes at the beginning and the end of a window.

    Args:
        roots: Name to the process ids; each counts with the processes below it.
    """

    def __init__(self, roots: Mapping[str, Sequence[int]]) -> None:
        self._roots = roots
        self._before: dict[str, int] = {}

    def start(self) -> None:
        """Begin a window."""
        self._before = self._read()

    def stop(self) -> dict[str, int]:
        """End it; ns by name."""
        now = self._read()
        return {name: now[name] - self._before[name] for name in now}

    def _read(self) -> dict[str, int]:
        groups = {name: [each for pid in pids for each in tree(pid)] for name, pids in self._roots.items()}
        return {name: cpu_ns(pids) for name, pids in groups.items()}


def quantiles(latencies_ns: "array.array[int]") -> dict[str, float]:
    """p50, p99, p99.9 and the longest, in ms."""
    if not latencies_ns:
        return {"p50": 0.0, "p99": 0.0, "p999": 0.0, "max": 0.0}
    ordered = sorted(latencies_ns)
    last = len(ordered) - 1
    at = {"p50": 0.5, "p99": 0.99, "p999": 0.999, "max": 1.0}
    return {name: ordered[min(last, int(len(ordered) * share))] / 1e6 for name, share in at.items()}


def median(values: Iterable[float]) -> float:
    """The middle value."""
    return statistics.median(values)


class RedisCounters:
    """What a Redis server counted between two readings."""

    def __init__(self, redis: RedisNode) -> None:
        self._redis = redis
        self._before: dict[str, float] = {}

    async def read(self) -> dict[str, float]:
        """All counters now: calls and microseconds by command, and bytes of the AOF."""
        text = (await self._redis.execute("INFO", "all")).decode()
        found: dict[str, float] = {}
        for line in text.splitlines():
            name, _, value = line.partition(":")
            if name.startswith("cmdstat_"):
                fields = dict(pair.split("=") for pair in value.split(","))
                found["calls." + name[8:]] = float(fields["calls"])
                found["usec." + name[8:]] = float(fields["usec"])
            elif name in ("aof_current_size", "used_memory", "total_net_input_bytes", "total_net_output_bytes"):
                found[name] = float(value)
        return found

    async def start(self) -> None:
        """Begin."""
        self._before = await self.read()

    async def stop(self) -> dict[str, float]:
        """What was added since."""
        now = await self.read()
        return {name: value - self._before.get(name, 0) for name, value in now.items()}


def medians(samples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The median of every figure of equal dictionaries; dictionaries inside are gone into."""
    merged: dict[str, Any] = {}
    for name, value in samples[0].items():
        column = [sample.get(name, 0) for sample in samples]
        if isinstance(value, Mapping):
            keys = {key for entry in column for key in entry}
            merged[name] = medians([{key: entry.get(key, 0) for key in sorted(keys)} for entry in column])
        elif isinstance(value, int | float):
            merged[name] = median(column)
    return merged


def ratio(value: float, base: float) -> float:
    """How many times the base; 0 if a window was too short to count anything."""
    return value / base if base else 0.0
