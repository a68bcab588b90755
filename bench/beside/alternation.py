"""The rounds of a comparison: each side measures by its own bench, and the order turns round every time."""

import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from bench.beside.figures import flatten
from bench.beside.process import RunFailed, run
from bench.beside.sides import NotComparable, Side

__all__ = ["Sample", "alternate", "choices", "order", "parse_parts", "run_bench", "run_parts", "shared_scenarios"]

HELP_TIMEOUT_S = 60.0
PARTS_TIMEOUT_S = 600.0
PLAN_TIMEOUT_S = {"smoke": 600.0, "quick": 1800.0, "full": 7200.0}
PART = re.compile(r"^\| *(?P<name>.+?) *\| *(?P<us>-?[\d,]+(?:\.\d+)?) *\|$")


class Sample(msgspec.Struct, frozen=True):
    """What one side measured in one round.

    Attributes:
        about: What the side says of itself: its versions, as far as its bench tells them.
        figures: Name to number.
    """

    about: dict[str, Any]
    figures: dict[str, float]


def order(number: int, sides: Sequence[Side]) -> tuple[Side, ...]:
    """Who goes first in a round: theirs in the first, ours in the second, so that a drift of the machine hits both."""
    return tuple(sides) if number % 2 else tuple(reversed(sides))


def alternate(rounds: int, sides: Sequence[Side], measure: Callable[[Side], Sample]) -> dict[str, list[Sample]]:
    """Measure both sides in every round.

    Returns:
        The name of each side to its samples, by round.
    """
    samples: dict[str, list[Sample]] = {side.name: [] for side in sides}
    for number in range(1, rounds + 1):
        for side in order(number, sides):
            began = time.perf_counter()
            samples[side.name].append(measure(side))
            took_s = time.perf_counter() - began
            print(f"round {number} of {rounds}, {side.name}: {took_s:.0f} s", file=sys.stderr, flush=True)
    return samples


def run_bench(side: Side, plan: str, scenarios: Sequence[str]) -> Sample:
    """Run a side's `python -m bench`, and read the JSON that it writes.

    Raises:
        RunFailed: It failed, took too long, or wrote something else.
    """
    with tempfile.TemporaryDirectory(prefix="satchel-beside-") as directory:
        out = Path(directory) / "figures.json"
        arguments = ["-m", "bench", "--plan", plan, "--only", *scenarios, "--out", str(out)]
        _run(side, "bench", arguments, PLAN_TIMEOUT_S[plan])
        try:
            found = json.loads(out.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunFailed(f"the bench of {side.name} wrote no figures: {error}") from error
    return Sample(found.get("about", {}), flatten({name: part for name, part in found.items() if name != "about"}))


def run_parts(side: Side) -> Sample:
    """Run a side's `python -m bench.parts`, and read the table that it prints.

    Raises:
        RunFailed: It failed, took too long, or printed no table.
    """
    text = _run(side, "bench.parts", ["-m", "bench.parts"], PARTS_TIMEOUT_S)
    if not (figures := parse_parts(text)):
        raise RunFailed(f"the bench.parts of {side.name} printed no table")
    return Sample({"headline": text.strip().splitlines()[0]}, figures)


def parse_parts(text: str) -> dict[str, float]:
    """Read the Markdown table of `python -m bench.parts`: part to microseconds, in its order."""
    rows = (PART.match(line.strip()) for line in text.splitlines())
    return {row["name"]: float(row["us"].replace(",", "")) for row in rows if row}


def shared_scenarios(sides: Sequence[Side], plan: str, wanted: Sequence[str] | None) -> list[str]:
    """Ask both benches, by their `--help`, which scenarios they know.

    Args:
        sides: Who is asked.
        plan: A plan that both must know.
        wanted: The scenarios that both must know; None takes all that both do, in the order of the first.

    Raises:
        NotComparable: One does not know what is wanted.
    """
    shared: list[str] | None = None
    for side in sides:
        text = _run(side, "bench --help", ["-m", "bench", "--help"], HELP_TIMEOUT_S)
        known = choices(text, "--only")
        unknown = sorted({*(wanted or ())} - {*known}) + [plan] * (plan not in choices(text, "--plan"))
        if unknown:
            raise NotComparable(f"the bench of {side.name} ({side.short}) does not know {', '.join(unknown)}")
        shared = known if shared is None else [name for name in shared if name in known]
    if not shared:
        raise NotComparable("the two benches have no scenario in common")
    return list(wanted) if wanted else shared


def choices(text: str, option: str) -> list[str]:
    """The values that an option may have, as the help of `argparse` lists them."""
    found = re.search(rf"{re.escape(option)}\s+\{{([^}}]*)\}}", text)
    return [name for part in found[1].split(",") if (name := "".join(part.split()))] if found else []


def _run(side: Side, what: str, arguments: list[str], timeout_s: float) -> str:
    name = f"{what} of {side.name} ({side.short})"
    command = [side.python, *arguments]
    return run(name, command, cwd=side.root, timeout_s=timeout_s, environment=side.environment)
