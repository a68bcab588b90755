import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.bot.bot_stage import say


@pytest.mark.parametrize(("language", "query"), [("en", "oak"), ("ru", "дубовый")])
def test_the_demo_plays_a_script_without_a_token_and_leaves_nothing_behind(
    language: str, query: str, tmp_path: Path
) -> None:
    typed = "\n".join((f"/find {query}", "3", "/quit", "/bag"))

    done = subprocess.run(
        [sys.executable, "-m", "satchel", "bot", "--demo", "--lang", language],
        input=typed,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert say(language, "button-equip") in done.stdout
    assert f"({say(language, 'done-equip', item='')[:4]}" in done.stdout
    assert "/bag" not in done.stdout
    assert list(tmp_path.iterdir()) == []
