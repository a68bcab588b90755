"""The source tree, parsed: what the tidy tests look at."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

__all__ = ["ROOT", "Module", "modules"]

ROOT = Path(__file__).parents[2]


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

    def imports(self) -> Iterator[tuple[str, int]]:
        """Every module it imports, anywhere in the file, with the line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module, node.lineno

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


@cache
def modules(*tops: str) -> tuple[Module, ...]:
    """Parse all files below some directories of the repository."""
    return tuple(Module(path) for top in tops for path in sorted((ROOT / top).rglob("*.py")))
