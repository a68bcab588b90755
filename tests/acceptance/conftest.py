"""A directory to work in, as a person has one."""

from pathlib import Path

import pytest


@pytest.fixture
def place(engine_room: Path, tmp_path: Path) -> Path:
    """A working directory that the servers' user can enter."""
    made = engine_room / tmp_path.name
    made.mkdir(mode=0o755)
    return made
