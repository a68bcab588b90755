"""A private name is used in its own module only; ruff looks at attributes (SLF001), this at imports and patches."""

import ast
import re

from tests.tidy.source import Module, modules

TOPS = ("src", "tests", "proof", "bench", "examples")

BREAKS_ON_PURPOSE = {
    "tests/controls/weakened.py",  # takes one check at a time away from the engine
    "proof/chaos/planted.py",  # plants the defects that chaos has to find
}
"""Modules that may put something in the place of a private name, each with its reason."""


def _private_imports(module: Module) -> list[str]:
    return [
        f"{module.path}:{node.lineno} imports {alias.name}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name.startswith("_") and not alias.name.startswith("__")
    ]


def _private_patches(module: Module) -> list[str]:
    return [
        f"{module.path}:{node.lineno} patches {name.value!r}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in ("setattr", "delattr", "getattr")
        for name in node.args[1:2]
        if isinstance(name, ast.Constant) and re.match(r"_[^_]", str(name.value))
    ]


def test_no_module_imports_a_private_name() -> None:
    assert [found for module in modules(*TOPS) for found in _private_imports(module)] == []


def test_no_module_patches_a_private_name_but_those_that_break_on_purpose() -> None:
    patched = {str(module.path): found for module in modules(*TOPS) if (found := _private_patches(module))}

    assert set(patched) == BREAKS_ON_PURPOSE, patched


def test_no_test_takes_anything_from_another_test_file() -> None:
    taken = [
        f"{module.path}:{found.line} imports {found.name}"
        for module in modules("tests", "proof", "bench")
        for found in module.imports()
        if any(part.startswith("test_") for part in found.name.split("."))
    ]

    assert taken == []


def test_no_helper_file_name_stands_twice() -> None:
    helpers: dict[str, list[str]] = {}
    for module in modules("tests", "proof", "bench"):
        if module.path.stem not in ("__init__", "__main__", "conftest") and not module.path.stem.startswith("test_"):
            helpers.setdefault(module.path.name, []).append(str(module.path))

    assert {name: paths for name, paths in helpers.items() if len(paths) > 1} == {}
