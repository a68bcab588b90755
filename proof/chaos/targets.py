"""What a campaign is to reach, against what was reached."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from proof.chaos.strikes import FAULTS
from proof.chaos.summary import Summary, kind_of
from proof.checker.history import Wrong
from proof.simulation.schedules import Total
from satchel.admin.finding import Kind
from satchel.failpoints import FAILPOINTS

__all__ = ["BROKEN", "Target", "count_broken", "targets"]

KILLS_MIN = 1_000
FAULTS_MIN = 1_000
HOURS_MIN = 2.0
PROMOTIONS_MIN = 100
SCHEDULES_MIN = 1_000_000
OPERATIONS_MIN = 5_000_000

BROKEN: dict[str, frozenset[str]] = {
    "acknowledged actions lost": frozenset({Wrong.LOST}),
    "items doubled": frozenset(
        {Wrong.TWO_PLACES, Wrong.DOUBLE_EXECUTION, Wrong.NOT_CONSERVED, Kind.DUPLICATE_ITEM, Kind.ITEM_WITHOUT_HISTORY}
    ),
    "newer data overwritten": frozenset(
        {
            *(Kind.GAP, Kind.BROKEN_LINK, Kind.ROW_DIFFERS, Kind.EPOCH_BACKWARDS, Kind.STARTS_ELSEWHERE),
            *(Kind.HEAD_DIFFERS, Kind.ITEM_MISSING, Kind.ITEM_DIFFERS, Kind.WRONG_BALANCE, Kind.CHARACTER_DIFFERS),
        }
    ),
}
"""The three promises, and the kinds of violations that break each; any other kind counts as another violation."""

OTHER = "other violations"


class Target(msgspec.Struct, frozen=True):
    """One line: what, how much is wanted, how much was reached, and whether that is enough."""

    what: str
    wanted: str
    reached: str
    met: bool


def count_broken(problems: Iterable[str]) -> Counter[str]:
    """Count violations by the promise that they break."""
    promise_of = {kind: promise for promise, kinds in BROKEN.items() for kind in kinds}
    return Counter(promise_of.get(kind_of(problem), OTHER) for problem in problems)


def targets(summary: Summary, simulated: Total) -> list[Target]:
    """Compare everything that was run with what is wanted."""
    kills, hours = sum(summary.kills.values()), summary.seconds / 3600
    by_group = Counter[str]()
    for row in summary.rows:
        by_group[FAULTS[row.fault].group] += row.struck
    promotions = sum(row.struck for row in summary.rows if row.fault.startswith("promotion"))
    groups = ", ".join(f"{group} {count:,}" for group, count in by_group.items())
    operations = summary.operations + simulated.operations
    return [
        _least("kills at failpoints", kills, KILLS_MIN, f"at {len(summary.kills)} of {len(FAILPOINTS)} failpoints"),
        _least("faults of real processes", by_group.total(), FAULTS_MIN, groups),
        Target("hours of campaign", f">= {HOURS_MIN:g}", f"{hours:.2f}", hours >= HOURS_MIN),
        _least("promotions of a lagging replica", promotions, PROMOTIONS_MIN),
        _least("simulated schedules", simulated.schedules, SCHEDULES_MIN),
        _least(
            "operations checked",
            operations,
            OPERATIONS_MIN,
            f"{summary.operations:,} in campaigns, {simulated.operations:,} simulated",
        ),
        *_promises(summary),
        _none(
            "simulated schedules that broke the promise",
            len(simulated.failed),
            simulated.schedules,
            "of {:,} schedules",
        ),
    ]


def _promises(summary: Summary) -> list[Target]:
    broken = count_broken(summary.problems)
    among = {
        "acknowledged actions lost": f"of {summary.safe_answers:,} acknowledgements in {summary.safe_rounds:,} rounds",
        OTHER: f"in {{:,}} rounds and {summary.audits:,} audits of {summary.audited:,} saves",
    }
    return [
        _none(
            f"{what} (level `session`, `always`)" if what == "acknowledged actions lost" else what,
            broken[what],
            summary.safe_rounds if what == "acknowledged actions lost" else summary.rounds,
            among.get(what, "in {:,} rounds"),
        )
        for what in (*BROKEN, OTHER)
    ]


def _least(what: str, value: int, least: int, note: str = "") -> Target:
    return Target(what, f">= {least:,}", f"{value:,}{f' ({note})' if note else ''}", value >= least)


def _none(what: str, value: int, tried: int, among: str) -> Target:
    """Nothing of a kind may have been found; where nothing was tried, that says nothing."""
    return Target(what, "0", f"{value:,} {among.format(tried)}", value == 0 and tried > 0)
