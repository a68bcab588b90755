"""`python -m proof.chaos`: a campaign of a given length; exit code 1 on any violation."""

import argparse
import asyncio
import secrets
import signal
import sys
from pathlib import Path

from msgspec.structs import astuple

from proof.chaos.callers import Habits
from proof.chaos.campaign import Campaign, Wanted, choose_faults
from proof.chaos.planted import DEFECTS
from proof.chaos.strikes import FAULTS
from proof.chaos.summary import Summary, table
from proof.ramdisk import in_memory
from proof.setting import command_of


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m proof.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long (default: 1)")
    parser.add_argument("--rounds", type=int, default=1_000_000, help="at most so many rounds")
    parser.add_argument("--seed", type=int, default=None, help="repeat the choices of an earlier run")
    parser.add_argument("--faults", default="all", help="names or groups, comma-separated; all; none; see --list")
    parser.add_argument("--failpoints", default="none", help="names or beginnings of names; all; none (default)")
    parser.add_argument("--kill-share", type=float, default=0.2, help="share of rounds that kill at failpoints")
    parser.add_argument("--faults-per-round", type=int, default=3)
    parser.add_argument("--clients", type=int, default=24)
    parser.add_argument("--characters", type=int, default=60)
    parser.add_argument("--apis", type=int, default=2)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--planted", default="", choices=["", *DEFECTS], help="plant a defect, which must be found")
    parser.add_argument("--results", type=Path, default=None, help="append one line of JSON per round to this file")
    parser.add_argument(
        "--below", type=Path, default=in_memory(), help="where servers keep their data (default: in memory)"
    )
    parser.add_argument("--list", action="store_true", help="list the faults and end")
    return parser.parse_args()


async def _run(campaign: Campaign) -> None:
    running = asyncio.ensure_future(campaign.run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, running.cancel)
    await running


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - this is a command


def main() -> int:
    """Run it."""
    arguments = _arguments()
    if arguments.list:
        for fault in FAULTS.values():
            _say(f"{fault.name:<30} {fault.group:<9} {'may lose  ' if fault.may_lose else '          '}{fault.text}")
        return 0
    seed = secrets.randbits(32) if arguments.seed is None else arguments.seed
    failpoints = {"all": ("",), "none": ()}.get(arguments.failpoints, tuple(arguments.failpoints.split(",")))
    wanted = Wanted(
        minutes=arguments.minutes,
        seed=seed,
        faults=choose_faults(arguments.faults),
        failpoints=failpoints,
        rounds_max=arguments.rounds,
        faults_per_round=arguments.faults_per_round,
        kill=arguments.kill_share,
        apis=arguments.apis,
        workers=arguments.workers,
        characters=arguments.characters,
        planted=arguments.planted,
        below=arguments.below,
        habits=Habits(clients=arguments.clients),
    )
    command = command_of("python -m proof.chaos", sys.argv[1:], seed=seed)
    _say(f"seed {seed}; repeat with: {command}")
    campaign = Campaign(wanted, arguments.results, _say, command)
    try:
        asyncio.run(_run(campaign))
    except asyncio.CancelledError:
        _say("interrupted")
    summary = Summary.of([*campaign.rounds, *campaign.audits])
    for line in table(("fault", "struck", "recovery p50 s", "p99 s", "longest s"), map(astuple, summary.rows)):
        _say(line)
    _say(
        f"{summary.rounds} rounds, {summary.seconds:.0f} s: {summary.actions} actions, {summary.operations} operations "
        f"and {summary.reads} reads checked; {sum(summary.kills.values())} kills at {len(summary.kills)} failpoints; "
        f"{summary.lost} acknowledged actions lost where a fault may lose them; {len(summary.problems)} violations"
    )
    return 1 if summary.problems else 0


if __name__ == "__main__":
    sys.exit(main())
