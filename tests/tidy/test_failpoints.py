import ast
from collections import Counter
from pathlib import Path

import satchel
from satchel.failpoints import FAILPOINTS

PACKAGE = Path(satchel.__file__).parent
POINTS_MIN = 40


def _reached() -> list[tuple[str, str]]:
    """Every call of `reach` in the package, as (name, file); a name that is no literal shows as its source."""
    return [
        (str(node.args[0].value) if isinstance(node.args[0], ast.Constant) else ast.unparse(node.args[0]), file)
        for path in sorted(PACKAGE.rglob("*.py"))
        if (file := path.relative_to(PACKAGE).as_posix()) != "failpoints.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "reach"
    ]


def test_every_failpoint_is_reached_once_in_the_file_that_the_list_names() -> None:
    assert Counter(_reached()) == Counter(FAILPOINTS.items())


def test_there_are_enough_failpoints_to_stop_at_every_step() -> None:
    assert len(FAILPOINTS) >= POINTS_MIN
