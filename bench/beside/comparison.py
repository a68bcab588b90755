"""A whole comparison: make the other side, measure both in turns, print the table and keep everything."""

import datetime
import functools
import json
import shlex
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from bench.beside.alternation import Sample, alternate, run_bench, run_parts, shared_scenarios
from bench.beside.figures import Better, better, matters
from bench.beside.process import RunFailed
from bench.beside.ratios import Ratio, compare
from bench.beside.sides import SHORT, NotComparable, Side, commit_of, make_theirs, our_side
from bench.beside.table import render

__all__ = ["ROUNDS_MAX", "Request", "beside"]

ROUNDS_MAX = 50
METHOD = (
    "Each side ran its own bench in its own environment, one process at a time; the side that went first changed with "
    "every round. The figures are medians of the rounds, the ratio is ours to theirs of these medians, and the spread "
    "is the lowest and the highest ratio within a round."
)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be compared.

    Attributes:
        ref: The commit to compare with, by any name that git knows.
        plan: How much is measured.
        only: The scenarios; None for all that both sides have.
        rounds: How often each side measures.
        parts: Whether the parts of an action are timed, instead of the scenarios.
        out: Where the JSON goes (default: `.satchel/beside/<commit>.json`, for parts `<commit>-parts.json`).
    """

    ref: str
    plan: str
    only: list[str] | None
    rounds: int
    parts: bool
    out: Path | None


def beside(root: Path, request: Request) -> int:
    """Compare, print and write.

    Returns:
        The exit code: 2 if the request makes no sense, 1 if a command failed, 130 if we were stopped.
    """
    # Whoever ends us by SIGTERM wants the processes that we started to end as well.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _compare(root, request)
    except NotComparable as error:
        print(f"python -m bench --beside: {error}", file=sys.stderr)
        return 2
    except RunFailed as error:
        print(f"python -m bench --beside: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("python -m bench --beside: stopped", file=sys.stderr)
        return 130
    return 0


def _compare(root: Path, request: Request) -> None:
    if not 1 <= request.rounds <= ROUNDS_MAX:
        raise NotComparable(f"--rounds is 1 to {ROUNDS_MAX}")
    module = "bench/parts.py" if request.parts else "bench/__main__.py"
    commit = commit_of(root, request.ref, module)
    ours = our_side(root)
    print(f"making .satchel/beside/{commit[:SHORT]} ready", file=sys.stderr, flush=True)
    theirs = make_theirs(root, commit)
    about = _about(request, theirs, ours)
    if request.parts:
        measure = run_parts
    else:
        about["plan"], about["scenarios"] = request.plan, shared_scenarios((theirs, ours), request.plan, request.only)
        measure = functools.partial(run_bench, plan=request.plan, scenarios=about["scenarios"])
    samples = alternate(request.rounds, (theirs, ours), measure)
    for side in (theirs, ours):
        about[side.name]["versions"] = samples[side.name][0].about
    out = request.out or root / ".satchel" / "beside" / f"{commit[:SHORT]}{'-parts' * request.parts}.json"
    _report(about, samples, out, parts=request.parts)


def _about(request: Request, theirs: Side, ours: Side) -> dict[str, Any]:
    return {
        "theirs": {"ref": request.ref, "commit": theirs.commit},
        "ours": {"commit": ours.commit},
        "rounds": request.rounds,
        "command": shlex.join(["python", "-m", "bench", *sys.argv[1:]]),
        "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "method": METHOD,
    }


def _report(about: dict[str, Any], samples: Mapping[str, Sequence[Sample]], out: Path, *, parts: bool) -> None:
    figures = {name: [sample.figures for sample in found] for name, found in samples.items()}
    ratios = compare(figures["theirs"], figures["ours"])
    direction = {name: "lower" if parts else better(name) for name in ratios}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(_everything(about, ratios, direction, figures), indent=1) + "\n", encoding="utf-8")
    shown = {name: found for name, found in ratios.items() if parts or (found.rounds and matters(name))}
    print(f"theirs: {about['theirs']['ref']}, {about['theirs']['commit']}")
    print(f"ours: {about['ours']['commit']}")
    print(f"{METHOD}\n")
    print(render(shown, direction, "part, in us" if parts else "figure"))
    print(f"\nwritten to {out}", file=sys.stderr)


def _everything(
    about: dict[str, Any],
    ratios: Mapping[str, Ratio],
    direction: Mapping[str, Better | None],
    figures: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "about": about,
        "figures": {
            name: {**msgspec.structs.asdict(found), "better": direction[name]}
            for name, found in ratios.items()
            if found.rounds
        },
        "only_theirs": [name for name, found in ratios.items() if found.ours is None],
        "only_ours": [name for name, found in ratios.items() if found.theirs is None],
        "by_round": figures,
    }
