"""Sizes, names, docstrings and comments of the tree."""

import ast
import re
import subprocess

from tests.tidy.source import ROOT, Module, modules

FILE_LINES_MAX = 320
LONG_FILES = {
    "src/satchel/errors.py",  # one list, in which nothing is hard to find
    "src/satchel/testing/keyspace.py",  # one table of Redis commands, each a few lines
}
"""Exceptions by name; each needs a reason beside it."""

FUNCTION_LINES_MAX = 60
"""Without the docstring."""

LONG_FUNCTIONS: set[str] = set()
"""Exceptions by name; each needs a reason beside it."""

FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "core", "misc", "manager2"}
FORBIDDEN_WORDS = ("repository", "datastore")
TOPS = ("src", "tests", "proof", "bench", "examples")


def _body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
    return (node.end_lineno or 0) - first.lineno + 1


def _public(module: Module) -> list[tuple[str, ast.AST]]:
    found: list[tuple[str, ast.AST]] = []
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            found.append((node.name, node))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            found += [
                (f"{node.name}.{part.name}", part)
                for part in node.body
                if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and not part.name.startswith("_")
            ]
    return found


def test_no_file_is_too_long() -> None:
    long = {str(m.path) for m in modules(*TOPS) if m.text.count("\n") > FILE_LINES_MAX}

    assert long == LONG_FILES


def test_no_function_is_longer_than_60_lines() -> None:
    long = {
        f"{module.path}:{function.name}": _body_lines(function)
        for module in modules(*TOPS)
        for function in module.functions()
        if _body_lines(function) > FUNCTION_LINES_MAX and function.name not in LONG_FUNCTIONS
    }

    assert long == {}


def test_files_are_named_after_what_they_hold() -> None:
    wrong = [str(m.path) for m in modules(*TOPS) if m.path.stem in FORBIDDEN_NAMES]

    assert wrong == []


def test_the_glossary_has_one_word_for_one_thing() -> None:
    wrong = [
        f"{module.path}:{number}"
        for module in modules("src")
        for number, line in enumerate(module.text.splitlines(), 1)
        if any(re.search(rf"\b{word}\b", line, re.IGNORECASE) for word in FORBIDDEN_WORDS)
    ]

    assert wrong == []


def test_every_public_name_has_a_docstring() -> None:
    bare = [
        f"{module.path}:{name}"
        for module in modules("src")
        for name, node in _public(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not ast.get_docstring(node)
    ]
    bare += [
        str(module.path) for module in modules("src") if module.text.strip() and not ast.get_docstring(module.tree)
    ]

    assert bare == []


def test_every_module_lists_its_public_names_first() -> None:
    missing = [
        str(module.path)
        for module in modules("src")
        if _public(module)
        and not any(
            isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
            for node in module.tree.body
        )
        and "versions" not in module.path.parts
    ]

    assert missing == []


def test_every_exemption_from_a_check_names_its_rule_and_its_reason() -> None:
    marks = re.compile(r"#\s*(noqa|type: ignore)(?P<rest>[^\n]*)")
    bare = [
        f"{module.path}:{number}: {line.strip()}"
        for module in modules("src")
        for number, line in enumerate(module.text.splitlines(), 1)
        if (mark := marks.search(line)) and not re.match(r"(: ?[A-Z]+\d+|\[[a-z-]+\])", mark["rest"])
    ]

    assert bare == []


def test_nothing_of_a_developers_machine_is_in_the_tree() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    foreign = re.compile(r"(?<![\w/.])/(home|Users|root|work|opt)/[a-z]")
    wrong = [
        f"{name}:{number}"
        for name in listed
        if not name.endswith((".png", ".svg")) and (ROOT / name).is_file()
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8", errors="ignore").splitlines(), 1)
        if foreign.search(line) and "test_finish" not in name
    ]

    assert listed
    assert wrong == []
