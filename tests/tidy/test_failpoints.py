import ast
from collections import Counter

from satchel.failpoints import FAILPOINTS
from tests.tidy.source import modules

POINTS_MIN = 40


def _reached() -> list[str]:
    """The name in every call of `reach` in the package; a name that is not a literal shows as its source."""
    return [
        str(node.args[0].value) if isinstance(node.args[0], ast.Constant) else ast.unparse(node.args[0])
        for module in modules("src")
        if module.name != "satchel.failpoints"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "reach"
    ]


def test_every_failpoint_is_reached_in_one_place() -> None:
    assert Counter(_reached()) == Counter(FAILPOINTS)


def test_there_are_enough_failpoints_to_stop_at_every_step() -> None:
    assert len(FAILPOINTS) >= POINTS_MIN
