"""Adds rounds up: faults, kills, losses, recovery times, and the violations by what they broke."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeGuard

import msgspec

from proof.chaos.campaign import INTERRUPTED, TIME_IS_OVER, Audited, Begun, Ended
from proof.chaos.rounds import Round
from proof.chaos.strikes import FAULTS

__all__ = ["Line", "Loss", "Row", "Run", "Summary", "kind_of", "read_results", "table"]

Line = Begun | Round | Audited | Ended


class Row(msgspec.Struct, frozen=True):
    """One fault, added up. Recovery in seconds."""

    fault: str
    struck: int
    p50: float
    p99: float
    longest: float


class Loss(msgspec.Struct, frozen=True):
    """What rounds with one and the same set of faults that may lose have lost; `of` are their acknowledged answers."""

    faults: tuple[str, ...]
    rounds: int
    struck: int
    of: int
    lost: int
    stale_reads: int


class Run(msgspec.Struct, frozen=True):
    """One campaign. `begun` and `ended` are None where the results do not say."""

    seed: int
    begun: Begun | None
    ended: Ended | None
    rounds: int
    seconds: float
    first: str
    last: str


class Summary(msgspec.Struct, frozen=True):
    """Everything, added up.

    `lost` are acknowledged actions that a fault was allowed to lose, `losses` tells by which faults; `safe_answers`
    counts acknowledgements in rounds in which nothing may be lost, `answers` all of them.
    """

    rounds: int
    seconds: float
    requests: int
    actions: int
    answers: int
    safe_rounds: int
    safe_answers: int
    operations: int
    reads: int
    refusals: int
    unknown: int
    lost: int
    stale_reads: int
    kills: dict[str, int]
    missed: dict[str, int]
    rows: tuple[Row, ...]
    losses: tuple[Loss, ...]
    runs: tuple[Run, ...]
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
            return _total(rounds, name)

        safe = [fought for fought in rounds if not _losers(fought)]

        return cls(
            rounds=len(rounds),
            seconds=sum(fought.seconds for fought in rounds),
            requests=total("requests"),
            actions=total("actions"),
            answers=total("answers"),
            safe_rounds=len(safe),
            safe_answers=_total(safe, "answers"),
            operations=total("operations"),
            reads=total("reads"),
            refusals=total("refusals"),
            unknown=total("unknown"),
            lost=total("lost"),
            stale_reads=total("stale_reads"),
            kills=dict(kills),
            missed=dict(missed),
            rows=tuple(_row(name, recovery[name]) for name in FAULTS if name in recovery),
            losses=tuple(_losses(rounds)),
            runs=tuple(_runs(lines)),
            audits=len(audits),
            audited=sum(audit.records for audit in audits),
            problems=(
                *(problem for fought in rounds for problem in fought.problems),
                *(finding for audit in audits for finding in audit.findings),
                *(f"ended_early: seed {line.seed}: {line.how}" for line in lines if _is_early(line)),
            ),
            seeds=tuple(dict.fromkeys(line.seed for line in lines)),
            days=tuple(dict.fromkeys(line.at[:10] for line in lines)),
        )


def read_results(paths: Iterable[Path]) -> list[Line]:
    """Read what campaigns have written."""
    return [_line(text) for path in paths for text in path.read_bytes().splitlines()]


def kind_of(problem: str) -> str:
    """What kind of violation a line tells of: the word before its colon, of an audit the word after that."""
    return problem.removeprefix("audit: ").partition(":")[0]


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


def _is_early(line: Line) -> TypeGuard[Ended]:
    """Whether an error ended a campaign: what its last round would have shown is not known."""
    return isinstance(line, Ended) and line.how not in (TIME_IS_OVER, INTERRUPTED)


def _line(text: bytes) -> Line:
    kind: type[Line] = Audited
    for mark, known in ((b'"plan"', Round), (b'"setting"', Begun), (b'"how"', Ended)):
        if mark in text:
            kind = known
            break
    return msgspec.json.decode(text, type=kind)


def _total(rounds: Iterable[Round], name: str) -> int:
    return sum(int(getattr(fought, name)) for fought in rounds)


def _losers(fought: Round) -> tuple[str, ...]:
    return tuple(sorted({name for name in fought.plan.faults if FAULTS[name].may_lose}))


def _losses(rounds: Iterable[Round]) -> Iterator[Loss]:
    by_faults: dict[tuple[str, ...], list[Round]] = defaultdict(list)
    for fought in rounds:
        by_faults[_losers(fought)].append(fought)
    for faults, found in sorted(by_faults.items(), key=lambda pair: (len(pair[0]), pair[0])):
        if faults:
            struck = sum(hit.fault in faults for fought in found for hit in fought.struck)
            sums = (_total(found, name) for name in ("answers", "lost", "stale_reads"))
            yield Loss(faults, len(found), struck, *sums)


def _runs(lines: Sequence[Line]) -> Iterator[Run]:
    for seed in dict.fromkeys(line.seed for line in lines):
        own = [line for line in lines if line.seed == seed]
        rounds = [line for line in own if isinstance(line, Round)]
        begun = next((line for line in own if isinstance(line, Begun)), None)
        ended = next((line for line in own if isinstance(line, Ended)), None)
        times = sorted(line.at for line in own)
        yield Run(seed, begun, ended, len(rounds), sum(r.seconds for r in rounds), times[0], times[-1])
