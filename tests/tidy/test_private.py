"""A private name is used in its own module only; ruff looks at attributes (SLF001), this at imports."""

import ast

from tests.tidy.source import Module, modules

TOPS = ("src", "tests", "proof", "bench", "examples")


def _private_imports(module: Module) -> list[str]:
    return [
        f"{module.path}:{node.lineno} imports {alias.name}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name.startswith("_") and not alias.name.startswith("__")
    ]


def test_no_module_imports_a_private_name() -> None:
    assert [found for module in modules(*TOPS) for found in _private_imports(module)] == []


def test_no_helper_file_name_stands_twice() -> None:
    helpers: dict[str, list[str]] = {}
    for module in modules("tests", "proof", "bench"):
        if module.path.stem not in ("__init__", "__main__", "conftest") and not module.path.stem.startswith("test_"):
            helpers.setdefault(module.path.name, []).append(str(module.path))

    assert {name: paths for name, paths in helpers.items() if len(paths) > 1} == {}
