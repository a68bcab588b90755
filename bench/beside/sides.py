"""The two sides of a comparison: another commit in a worktree with its own environment, and the tree we are in."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from bench.beside.process import RunFailed, run

__all__ = ["SHORT", "NotComparable", "Side", "commit_of", "make_theirs", "our_side", "own_environment"]

SHORT = 10
"""So many digits of a hash name a worktree and its results."""
GIT_TIMEOUT_S = 120.0
INSTALL_TIMEOUT_S = 1800.0
IMPORT_TIMEOUT_S = 60.0
OURS_ONLY = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL")
"""Variables that would bring our code, or the arguments of our `make`, into another tree."""


class NotComparable(Exception):
    """What was asked for cannot be compared; the message is one line that says why."""


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """A tree that is measured, with the interpreter that runs it.

    Attributes:
        name: `theirs` or `ours`.
        commit: Its full hash; with a `+` if files were changed since.
        root: Its directory.
        python: Its interpreter.
        environment: All variables of its processes.
    """

    name: str
    commit: str
    root: Path
    python: str
    environment: dict[str, str]

    @property
    def short(self) -> str:
        """The hash as people write it."""
        return self.commit[:SHORT] + "+" * self.commit.endswith("+")


def commit_of(root: Path, ref: str, module: str) -> str:
    """Find the commit that a tag, a branch or a hash names.

    Args:
        root: A directory of the git tree.
        ref: What was asked for.
        module: The file that it must have, such as `bench/__main__.py`.

    Raises:
        NotComparable: There is no such commit, or it has no such file.
    """
    try:
        commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    except RunFailed as error:
        raise NotComparable(f"{ref!r} names no commit here") from error
    try:
        _git(root, "cat-file", "-e", f"{commit}:{module}")
    except RunFailed as error:
        raise NotComparable(f"{ref!r} has no {module}, so there is nothing to compare with") from error
    return commit


def make_theirs(root: Path, commit: str) -> Side:
    """Check a commit out beside us, and let its own Makefile make its environment; what is there is used again.

    Its Python is the one that ours was made with, so that the figures do not compare interpreters.

    Raises:
        NotComparable: Something else is where its worktree belongs.
        RunFailed: Its environment cannot be made.
    """
    tree = root / ".satchel" / "beside" / commit[:SHORT]
    if tree.exists():
        _check_unchanged(tree, commit)
    else:
        # A worktree whose directory was removed, as `make clean` does, is still registered; --force takes its place.
        _git(root, "worktree", "add", "--force", "--detach", str(tree), commit)
    environment = own_environment(os.environ)
    python = Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")
    command = ["make", ".venv/bench", *([f"PYTHON={python}"] if python.exists() else [])]
    run("making their environment", command, cwd=tree, timeout_s=INSTALL_TIMEOUT_S, environment=environment)
    side = Side(
        name="theirs",
        commit=commit,
        root=tree,
        python=str(tree / ".venv" / "bin" / "python"),
        environment=environment,
    )
    _check_import(side)
    return side


def our_side(root: Path) -> Side:
    """The tree we are in, with the interpreter that runs us.

    Raises:
        NotComparable: Our interpreter would import another tree's Satchel.
    """
    commit = _git(root, "rev-parse", "HEAD") + "+" * bool(_git(root, "status", "--porcelain"))
    side = Side(name="ours", commit=commit, root=root, python=sys.executable, environment=dict(os.environ))
    _check_import(side)
    return side


def own_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Our variables without those that would bring our code or our `make` into another tree."""
    return {name: value for name, value in environment.items() if name not in OURS_ONLY}


def _check_unchanged(tree: Path, commit: str) -> None:
    # Outside of any worktree, git would speak of the tree around it.
    if not (tree / ".git").exists() or _git(tree, "rev-parse", "HEAD") != commit:
        raise NotComparable(f"{tree} is not a worktree of {commit[:SHORT]}: remove it")
    if _git(tree, "status", "--porcelain", "--untracked-files=no"):
        raise NotComparable(f"{tree} has changed files: undo them, or remove it")


def _check_import(side: Side) -> None:
    """A side that imports the other one's code would be compared with itself."""
    command = [side.python, "-c", "import satchel; print(satchel.__file__)"]
    name = f"asking what {side.name} imports"
    found = run(name, command, cwd=side.root, timeout_s=IMPORT_TIMEOUT_S, environment=side.environment).strip()
    if not Path(found).resolve().is_relative_to(side.root.resolve() / "src"):
        raise NotComparable(f"{side.name} would measure {found}, which is not in {side.root}")


def _git(cwd: Path, *arguments: str) -> str:
    return run(f"git {arguments[0]}", ["git", *arguments], cwd=cwd, timeout_s=GIT_TIMEOUT_S).strip()
