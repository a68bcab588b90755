"""The source tree, parsed: what the tidy tests look at."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

__all__ = ["ROOT", "Import", "Module", "modules"]

ROOT = Path(__file__).parents[2]


class Import(NamedTuple):
    """An import: who imports what, in which line.

    `targets` are all modules that it may mean: of `from a import b` both `a` and `a.b`.
    """

    importer: str
    name: str
    targets: tuple[str, ...]
    line: int


class Module:
    """One Python file.

    Attributes:
        path: Relative to the repository.
        name: Dotted, as it is imported.
        text: What is written in it.
        tree: The same, parsed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.relative_to(ROOT)
        below = path.relative_to(ROOT / "src") if path.is_relative_to(ROOT / "src") else self.path
        parts = below.with_suffix("").parts
        self.name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        self.text = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)

    def imports(self) -> Iterator[Import]:
        """Every import, anywhere in the file, also for type checkers only."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (Import(self.name, alias.name, (alias.name,), node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                parts = (f"{node.module}.{alias.name}" for alias in node.names)
                yield Import(self.name, node.module, (node.module, *parts), node.lineno)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


@cache
def modules(*tops: str) -> tuple[Module, ...]:
    """Parse all files below some directories of the repository."""
    return tuple(Module(path) for top in tops for path in sorted((ROOT / top).rglob("*.py")))
