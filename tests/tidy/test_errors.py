"""There is one list of errors, and it is complete."""

import ast
import builtins
import sys
from collections.abc import Iterator

from satchel.errors import API_ERRORS, ERRORS, AdminRefused, SatchelError, StartRefused, UnreadableSession
from tests.tidy.source import Module, modules

WITHOUT_CODE = {
    "ApiRefusal": "what the Telegram of the tests answers",
    "BotSilent": "fails a test",
    "CallbackUnreadable": "ends in the bot, which shows the newest screen",
    "ClientGone": "nobody is there to be told",
    "FailpointReached": "stands for an error that nobody foresaw",
    "MarkupError": "becomes an answer of the Telegram of the tests",
}
"""Exceptions that are caught where they are at home, or are there for tests; with the reason."""


def _tree(root: type[SatchelError]) -> Iterator[type[SatchelError]]:
    yield root
    for child in root.__subclasses__():
        # Games have refusals of their own, and so have tests.
        if _is_of_the_package(child):
            yield from _tree(child)


def _is_of_the_package(error: type[SatchelError]) -> bool:
    home = sys.modules[error.__module__]
    return home.__name__.startswith("satchel.") and getattr(home, error.__name__, None) is error


def _exceptions_elsewhere(parsed: tuple[Module, ...]) -> list[str]:
    """Exception classes outside of `errors.py`: those with a base that is one, found again until nothing is new."""
    known = {name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, Exception)}
    known |= {error.__name__ for error in _tree(SatchelError)}
    classes = [
        (node.name, {base.id for base in node.bases if isinstance(base, ast.Name)})
        for module in parsed
        if module.name != "satchel.errors"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    ]
    found: list[str] = []
    while new := [name for name, bases in classes if bases & known and name not in found]:
        found += new
        known |= set(new)
    return found


def test_every_error_of_the_tree_is_in_the_list_under_its_code() -> None:
    missing = [error for error in _tree(SatchelError) if "code" in vars(error) and ERRORS.get(error.code) is not error]

    assert missing == []
    assert {error.code for error in _tree(SatchelError)} == set(ERRORS)


def test_every_error_with_a_code_is_in_errors_py() -> None:
    assert {error.__module__ for error in _tree(SatchelError)} == {"satchel.errors"}
    assert sorted(_exceptions_elsewhere(modules("src"))) == sorted(WITHOUT_CODE)


def test_callers_of_the_api_meet_no_errors_of_the_start_or_of_operators_tools() -> None:
    inside = ERRORS.keys() - API_ERRORS.keys()

    assert inside == {error.code for branch in (StartRefused, AdminRefused) for error in _tree(branch)} - {
        AdminRefused.code
    }
    assert UnreadableSession.code in API_ERRORS
