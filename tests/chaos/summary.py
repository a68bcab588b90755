"""Adds rounds up: faults, kills, losses, recovery times."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from tests.chaos.campaign import Audited
from tests.chaos.faults import FAULTS
from tests.chaos.rounds import Round

__all__ = ["Line", "Summary", "read_results", "table"]

Line = Round | Audited


class Row(msgspec.Struct, frozen=True):
    """One fault, added up. Recovery in seconds."""

    fault: str
    struck: int
    p50: float
    p99: float
    longest: float


class Summary(msgspec.Struct, frozen=True):
    """Everything, added up. `lost` are acknowledged actions that a fault was allowed to lose, by round's faults."""

    rounds: int
    seconds: float
    requests: int
    actions: int
    operations: int
    reads: int
    refusals: int
    unknown: int
    lost: int
    stale_reads: int
    kills: dict[str, int]
    missed: dict[str, int]
    rows: tuple[Row, ...]
    audits: int
    audited: int
    problems: tuple[str, ...]
    seeds: tuple[int, ...]
    days: tuple[str, ...]

    @classmethod
    def of(cls, lines: Iterable[Line]) -> "Summary":
        """Add up."""
        lines = list(lines)
        rounds = [line for line in lines if isinstance(line, Round)]
        audits = [line for line in lines if isinstance(line, Audited)]
        recovery: dict[str, list[float]] = defaultdict(list)
        kills, missed = Counter[str](), Counter[str]()
        for fought in rounds:
            kills.update(fought.kills)
            missed.update(fought.missed)
            for hit in fought.struck:
                recovery[hit.fault].append(hit.recovery_s)

        def total(name: str) -> int:
            return sum(int(getattr(fought, name)) for fought in rounds)

        return cls(
            rounds=len(rounds),
            seconds=sum(fought.seconds for fought in rounds),
            requests=total("requests"),
            actions=total("actions"),
            operations=total("operations"),
            reads=total("reads"),
            refusals=total("refusals"),
            unknown=total("unknown"),
            lost=total("lost"),
            stale_reads=total("stale_reads"),
            kills=dict(kills),
            missed=dict(missed),
            rows=tuple(_row(name, recovery[name]) for name in FAULTS if name in recovery),
            audits=len(audits),
            audited=sum(audit.records for audit in audits),
            problems=tuple(
                [p for fought in rounds for p in fought.problems] + [f for audit in audits for f in audit.findings]
            ),
            seeds=tuple(dict.fromkeys(line.seed for line in lines)),
            days=tuple(dict.fromkeys(line.at[:10] for line in lines)),
        )


def read_results(paths: Iterable[Path]) -> list[Line]:
    """Read what campaigns have written."""
    lines: list[Line] = []
    for path in paths:
        for text in path.read_bytes().splitlines():
            is_round = b'"plan"' in text
            lines.append(msgspec.json.decode(text, type=Round) if is_round else msgspec.json.decode(text, type=Audited))
    return lines


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A table, as Markdown."""
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows),
    ]


def _row(name: str, times: list[float]) -> Row:
    ordered = sorted(times)

    def share(part: float) -> float:
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]

    return Row(name, len(ordered), round(share(0.5), 2), round(share(0.99), 2), round(ordered[-1], 2))
