"""The Lua scripts name what they are given, and share what they say twice."""

import re
from pathlib import Path

import pytest

import satchel
from satchel.session.redis.script import source_of

SCRIPTS = sorted((Path(satchel.__file__).parent / "session" / "scripts").glob("*.lua"), key=lambda path: path.name)
SHARED = sorted(path.stem for path in SCRIPTS[0].parent.glob("shared/*.lua"))
COLUMNS_MAX = 120


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_every_key_of_a_script_has_a_name(path: Path) -> None:
    bare = [line for line in path.read_text().splitlines() if "KEYS" in line and not re.match(r"local |--", line)]

    assert bare == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_every_include_is_spliced(path: Path) -> None:
    included = re.findall(r"^-- include: (\w+)$", path.read_text(), re.MULTILINE)
    source = source_of(path.stem)

    assert "-- include" not in source
    assert all(source.count((path.parent / "shared" / f"{name}.lua").read_text()) == 1 for name in included)


def test_everything_shared_is_shared_by_two_scripts() -> None:
    users = {name: sum(f"-- include: {name}\n" in path.read_text() for path in SCRIPTS) for name in SHARED}

    assert min(users.values()) >= 2


def test_scripts_fit_on_a_page() -> None:
    wide = [path.stem for path in SCRIPTS for line in path.read_text().splitlines() if len(line) > COLUMNS_MAX]

    assert wide == []
