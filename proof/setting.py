"""Where a long run takes place, and with what: a figure without it cannot be compared with another one."""

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import msgspec

__all__ = ["Setting", "command_of"]

ROOT = Path(__file__).parent.parent
NOT_TOLD = ("--results", "--below", "--seed")
"""Options of a command that say where its files lie, or that are told elsewhere."""


class Setting(msgspec.Struct, frozen=True):
    """Machine, code and versions. `commit` ends in `+` if the tree has other changes."""

    cpu: str
    cores: int
    python: str
    satchel: str
    commit: str

    @classmethod
    def now(cls) -> "Setting":
        """Look around."""
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        return cls(
            cpu=models[0] if models else platform.machine(),
            cores=sum(line.startswith("processor") for line in lines),
            python=platform.python_version(),
            satchel=version("satchel"),
            commit=_commit(),
        )


def command_of(program: str, arguments: list[str], *, seed: int | None = None) -> str:
    """The command that repeats a run, without the places of its files."""
    told: list[str] = []
    arguments = [part for argument in arguments for part in argument.split("=", 1)]
    skipped = False
    for argument in arguments:
        if not skipped and argument not in NOT_TOLD:
            told.append(argument)
        skipped = argument in NOT_TOLD
    return " ".join([program, *told, *(["--seed", str(seed)] if seed is not None else [])])


def _commit() -> str:
    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    commit = git("rev-parse", "--short=7", "HEAD")
    if not commit:
        return "unknown"
    return commit + ("+" if git("status", "--porcelain", "--untracked-files=no") else "")
