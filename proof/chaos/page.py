"""`python -m proof.chaos.page RESULTS... [--simulation RESULTS...]` renews the figures of docs/fault-campaign.md."""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from proof.chaos.kills import OTHERS
from proof.chaos.strikes import FAULTS
from proof.chaos.summary import Run, Summary, read_results, table
from proof.chaos.targets import count_broken, targets
from proof.simulation.schedules import Simulated, Total
from satchel.failpoints import FAILPOINTS

__all__ = ["add_up", "read_simulations", "renew", "report"]

PAGE = Path(__file__).parent.parent.parent / "docs" / "fault-campaign.md"
BEGIN, END = "<!-- campaign: begin -->", "<!-- campaign: end -->"
PROBLEMS_SHOWN = 50
TEXT_MAX = 300


def read_simulations(paths: Iterable[Path]) -> list[Simulated]:
    """Read what simulations have written: of each run its last line. The same seeds count once for each commit."""
    found: dict[tuple[int, str], Simulated] = {}
    for path in paths:
        for text in path.read_bytes().splitlines():
            line = msgspec.json.decode(text, type=Simulated)
            run = (line.first, line.setting.commit)
            if run not in found or line.total.schedules >= found[run].total.schedules:
                found[run] = line
    return list(found.values())


def add_up(simulations: Iterable[Simulated]) -> Total:
    """Add simulations up."""
    total = Total(failed=[])
    for simulated in simulations:
        total.add(simulated.total)
    return total


def report(summary: Summary, simulations: Sequence[Simulated]) -> str:
    """Everything that was measured, as Markdown."""
    total = add_up(simulations)
    reached = [
        (t.what, t.wanted, t.reached, "reached" if t.met else "**not reached**") for t in targets(summary, total)
    ]
    parts = (
        ("What ran", _runs(summary, simulations)),
        ("Targets", table(("what", "target", "reached", ""), reached)),
        ("Violations", _violations(summary, total)),
        ("Lost where a fault may lose", _losses(summary, total)),
        ("Recovery", _recovery(summary)),
        ("Kills at failpoints", _kills(summary)),
    )
    return "\n\n".join("\n".join([f"## {head}", "", *lines]) for head, lines in parts)


def renew(text: str, measured: str) -> str:
    """Replace the measured part of the page."""
    head, rest = text.split(BEGIN, 1)
    return f"{head}{BEGIN}\n{measured}\n{END}{rest.split(END, 1)[1]}"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m proof.chaos.page", description=__doc__)
    parser.add_argument("results", type=Path, nargs="+", help="what `python -m proof.chaos --results` wrote")
    parser.add_argument(
        "--simulation", type=Path, nargs="+", default=[], help="what `python -m proof.simulation --results` wrote"
    )
    parser.add_argument("--print", action="store_true", help="print the measured part, and change no file")
    options = parser.parse_args()
    measured = report(Summary.of(read_results(options.results)), read_simulations(options.simulation))
    if options.print:
        sys.stdout.write(measured + "\n")
    else:
        PAGE.write_text(renew(PAGE.read_text(encoding="utf-8"), measured), encoding="utf-8")
    return 0


def _runs(summary: Summary, simulations: Sequence[Simulated]) -> list[str]:
    settings = {
        f"{of.cpu}, {of.cores} cores; Python {of.python}, Satchel {of.satchel}": None
        for of in [*(run.begun.setting for run in summary.runs if run.begun), *(line.setting for line in simulations)]
    }
    servers = {f"Valkey {r.begun.valkey}, PostgreSQL {r.begun.postgresql}": None for r in summary.runs if r.begun}
    about = (
        f"In campaigns: {summary.seconds / 60:.0f} minutes, {summary.rounds:,} rounds, {summary.requests:,} requests, "
        f"{summary.actions:,} actions in the ledger, {summary.operations:,} operations and {summary.reads:,} reads "
        f"checked, {summary.refusals:,} refusals, {summary.unknown:,} requests with an unknown outcome."
    )
    return [
        f"{' / '.join(settings) or 'The machine was not noted'}; {' / '.join(servers) or 'servers were not noted'}.",
        "",
        *map(_run, summary.runs),
        *(
            f"* `{line.command}`: {line.total.schedules:,} schedules with the seeds from {line.first:,} on, in "
            f"{line.seconds / 60:.0f} minutes until {_minute(line.at)}; commit {line.setting.commit}"
            for line in simulations
        ),
        "",
        about,
    ]


def _run(run: Run) -> str:
    about = f"{run.rounds:,} rounds in {run.seconds / 60:.0f} minutes, {_minute(run.first)} to {_minute(run.last)}"
    ended = run.ended.how.replace("\n", " ") if run.ended is not None else "its end was not noted"
    if run.begun is None:
        return f"* seed {run.seed}, the rest was not noted: {about}; {ended}"
    return f"* `{run.begun.command}`: {about}; commit {run.begun.setting.commit}; {ended}"


def _violations(summary: Summary, total: Total) -> list[str]:
    tried = (
        f"in {summary.rounds:,} rounds, {summary.audits:,} audits that read {summary.audited:,} saves, and "
        f"{total.schedules:,} simulated schedules"
    )
    if not summary.problems and not total.failed:
        return [f"None, {tried}."]
    counted = ", ".join(f"{what} {count:,}" for what, count in count_broken(summary.problems).items())
    shown = summary.problems[:PROBLEMS_SHOWN]
    found = f"{len(summary.problems):,} in campaigns{f' ({counted})' if counted else ''}"
    return [
        f"{found}, {len(total.failed):,} failed schedules; {tried}. The first of them:",
        "",
        *(f"* `{problem[:TEXT_MAX].replace('`', chr(39))}`" for problem in shown),
        *(f"* `python -m proof.simulation --seed {seed}`" for seed in sorted(total.failed)[:PROBLEMS_SHOWN]),
    ]


def _losses(summary: Summary, total: Total) -> list[str]:
    rows = [
        (
            " + ".join(loss.faults),
            f"{loss.rounds:,}",
            f"{loss.struck:,}",
            f"{loss.lost:,} of {loss.of:,}",
            f"{loss.lost / max(1, loss.struck):.1f}",
            f"{loss.stale_reads:,}",
        )
        for loss in summary.losses
    ]
    about = (
        f"{summary.lost:,} acknowledged actions of level `session`, in rounds with a fault that may lose some; of "
        "level `durable` none may be lost there either, and a lost one would be a violation. "
        f"{summary.stale_reads:,} reads came from a primary that was replaced, and were old. "
        f"Simulated failovers lost {total.lost:,} of {total.acknowledged:,}."
    )
    return [
        about,
        "",
        *table(
            ("faults that may lose", "rounds", "strikes", "lost, of acknowledged", "lost a strike", "old reads"), rows
        ),
    ]


def _recovery(summary: Summary) -> list[str]:
    rows = [
        (f"`{row.fault}`", FAULTS[row.fault].text, f"{row.struck:,}", row.p50, row.p99, row.longest)
        for row in summary.rows
    ]
    never = [f"`{name}`" for name in FAULTS if name not in {row.fault for row in summary.rows}]
    lines = table(("fault", "what", "struck", "p50 s", "p99 s", "longest s"), rows)
    return [*lines, "", f"Never struck: {', '.join(never)}."] if never else lines


def _kills(summary: Summary) -> list[str]:
    by_step: dict[str, list[str]] = defaultdict(list)
    for name in FAILPOINTS:
        step, _, place = name.partition(".")
        missed = summary.missed.get(name, 0)
        if name in summary.kills or missed:
            by_step[step].append(f"{place} {summary.kills.get(name, 0)}{f' ({missed})' if missed else ''}")
    never = [name for name in FAILPOINTS if not summary.kills.get(name)]
    lines = table(
        ("step", "kills (tries in which it was not reached in time)"), ((s, ", ".join(p)) for s, p in by_step.items())
    )
    for text, names in (
        ("Never killed here, though tried", [name for name in never if name not in OTHERS]),
        ("Left out, as healthy data never leads there", [name for name in never if name in OTHERS]),
    ):
        if names:
            lines += ["", f"{text}: {', '.join(f'`{name}`' for name in names)}."]
    return lines


def _minute(at: str) -> str:
    return at[:16].replace("T", " ")


if __name__ == "__main__":
    sys.exit(main())
