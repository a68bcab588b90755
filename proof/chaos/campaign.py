"""Many rounds in a row, each written down as one line of JSON, so that runs add up."""

import asyncio
import json
import random
import shutil
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from proof.chaos.callers import Habits
from proof.chaos.machine import Machine
from proof.chaos.rounds import Arena, Plan, Round
from proof.chaos.strikes import FAULTS
from proof.setting import Setting
from satchel.catalogue import load_catalogue

__all__ = ["INTERRUPTED", "TIME_IS_OVER", "Audited", "Begun", "Campaign", "Ended", "Wanted", "choose_faults"]

ROUNDS_PER_CHARACTERS = 12
"""After so many rounds the characters are audited, and new ones are played."""

PROBLEMS_SHOWN = 8
TIME_IS_OVER, INTERRUPTED = "time is over", "interrupted"


class Wanted(msgspec.Struct, frozen=True):
    """What a campaign is to do. `mixture` and `kill` are the shares of rounds with faults at once, and with kills."""

    minutes: float
    seed: int
    faults: tuple[str, ...]
    failpoints: tuple[str, ...] = ()
    rounds_max: int = 1_000_000
    faults_per_round: int = 3
    mixture: float = 0.15
    kill: float = 0.0
    kill_s: float = 12.0
    apis: int = 2
    workers: int = 1
    characters: int = 60
    planted: str = ""
    below: Path | None = None
    habits: Habits = Habits()


class Audited(msgspec.Struct, frozen=True):
    """What `satchel audit` said in between."""

    at: str
    seed: int
    number: int
    characters: int
    records: int
    seconds: float
    findings: tuple[str, ...]


class Begun(msgspec.Struct, frozen=True):
    """How a campaign began: the command that repeats it, and what it ran on."""

    at: str
    seed: int
    command: str
    setting: Setting
    valkey: str
    postgresql: str


class Ended(msgspec.Struct, frozen=True):
    """How it ended: in time, interrupted, or by an error, which `how` tells."""

    at: str
    seed: int
    how: str


class Campaign:
    """Runs rounds until the time is over.

    Args:
        wanted: What to do.
        results: Where lines are appended; nowhere if None.
        say: Told about each round.
        command: What repeats it.
    """

    def __init__(self, wanted: Wanted, results: Path | None, say: Callable[[str], None], command: str = "") -> None:
        self.rounds: list[Round] = []
        self.audits: list[Audited] = []
        self._wanted = wanted
        self._results = results
        self._say = say
        self._command = command
        self._dice = random.Random(f"{wanted.seed}:campaign")
        self._deck: list[str] = []

    @property
    def problems(self) -> list[str]:
        """All violations so far."""
        return [p for fought in self.rounds for p in fought.problems] + [f for a in self.audits for f in a.findings]

    async def run(self) -> None:
        """Run it; everything that was started has ended when it returns, however it returns."""
        how = INTERRUPTED
        try:
            await self._run()
            how = TIME_IS_OVER
        except Exception as error:
            how = f"{type(error).__name__}: {error}"[:500]
            raise
        finally:
            self._append(Ended(_now(), self._wanted.seed, how))

    # -- parts ---------------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        wanted = self._wanted
        until = time.monotonic() + wanted.minutes * 60
        dice = random.Random(f"{wanted.seed}:machine")
        async with Machine(
            dice, apis=wanted.apis, workers=wanted.workers, planted=wanted.planted, below=wanted.below
        ) as machine:
            await self._begin(machine)
            arena = Arena(machine, load_catalogue(), wanted.seed, characters=wanted.characters, habits=wanted.habits)
            await arena.fresh_characters()
            while time.monotonic() < until and len(self.rounds) < wanted.rounds_max:
                fought = await arena.fight(self._plan())
                self._note(fought, machine)
                if len(self.rounds) % ROUNDS_PER_CHARACTERS == 0 or fought.problems:
                    await self._audit(machine, wanted.seed)
                    await arena.fresh_characters()
            await self._audit(machine, wanted.seed)

    async def _begin(self, machine: Machine) -> None:
        info: str = (await machine.redis("INFO", "server")).decode()
        versions = {name: version for name, _, version in (line.partition(":") for line in info.splitlines())}
        postgresql = str(await machine.sql("SHOW server_version"))
        valkey = versions.get("valkey_version", f"(Redis) {versions['redis_version']}")
        self._append(Begun(_now(), self._wanted.seed, self._command, Setting.now(), valkey, postgresql))

    def _plan(self) -> Plan:
        wanted, dice = self._wanted, self._dice
        if wanted.failpoints and (not wanted.faults or dice.random() < wanted.kill):
            return Plan(failpoints=wanted.failpoints, seconds=wanted.kill_s)
        if not wanted.faults:
            return Plan()
        if dice.random() < wanted.mixture:
            gentle = [name for name in wanted.faults if FAULTS[name].group != "failover"]
            groups = {FAULTS[name].group: name for name in dice.sample(gentle, len(gentle))}
            if len(groups) > 1:
                return Plan(faults=tuple(dice.sample(sorted(groups.values()), 2)), together=True)
        return Plan(faults=tuple(self._draw() for _ in range(wanted.faults_per_round)))

    def _draw(self) -> str:
        if not self._deck:
            self._deck = self._dice.sample(self._wanted.faults, len(self._wanted.faults))
        return self._deck.pop()

    def _note(self, fought: Round, machine: Machine) -> None:
        self.rounds.append(fought)
        self._append(fought)
        done = " + ".join(hit.fault for hit in fought.struck) or f"{sum(fought.kills.values())} kills at failpoints"
        recovery = max((hit.recovery_s for hit in fought.struck), default=0.0)
        self._say(
            f"round {fought.number:>3} {fought.seconds:5.1f} s  {fought.actions:>6} actions  "
            f"recovery {recovery:4.1f} s  drain {fought.drain_s:4.1f} s  lost {fought.lost:>3}  {done}"
        )
        for problem in fought.problems[:PROBLEMS_SHOWN]:
            self._say(f"  VIOLATION {problem[:1500]}")
        if fought.problems:
            self._keep_logs(machine, fought.number)

    def _append(self, line: Begun | Round | Audited | Ended) -> None:
        if self._results is not None:
            with self._results.open("ab") as file:
                file.write(msgspec.json.encode(line) + b"\n")

    def _keep_logs(self, machine: Machine, number: int) -> None:
        if self._results is None:
            return
        kept = self._results.with_suffix(f".logs-{self._wanted.seed}-{number}")
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        for log in machine.directory.glob("*.log"):
            shutil.copy(log, kept)

    async def _audit(self, machine: Machine, seed: int) -> None:
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "satchel", "audit", "--json"),
            env=machine.process_environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        if process.returncode not in (0, 1) or not out:
            findings, report = [f"audit failed: {err.decode()[-500:]}"], {"characters": 0, "records": 0}
        else:
            report = json.loads(out)
            findings = [f"audit: {f['kind']}: character {f['char_id']}: {f['text']}"[:500] for f in report["findings"]]
        audited = Audited(
            at=_now(),
            seed=seed,
            number=len(self.rounds),
            characters=report["characters"],
            records=report["records"],
            seconds=round(time.monotonic() - began, 2),
            findings=tuple(findings),
        )
        self.audits.append(audited)
        self._append(audited)
        self._say(f"audit: {audited.records} saves of {audited.characters} characters, {len(findings)} findings")
        for finding in findings[:PROBLEMS_SHOWN]:
            self._say(f"  VIOLATION {finding}")


def choose_faults(text: str) -> tuple[str, ...]:
    """Read a list of faults or groups; `all` is all of them, `none` is none.

    Raises:
        LookupError: There is no such fault.
    """
    if text == "none":
        return ()
    chosen: dict[str, None] = {}
    for wanted in text.split(","):
        found = [f.name for f in FAULTS.values() if wanted in ("all", f.group, f.name)]
        if not found:
            groups = sorted({f.group for f in FAULTS.values()})
            raise LookupError(f"no such fault: {wanted!r}; known: all, {', '.join([*groups, *FAULTS])}")
        chosen |= dict.fromkeys(found)
    return tuple(chosen)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
