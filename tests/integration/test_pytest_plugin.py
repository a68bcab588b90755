"""The fixtures that pytest finds once Satchel is installed, in suites that are set up in different ways."""

import os
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from tests.tidy.source import ROOT

SUITE = """
from datetime import timedelta

import pytest

from satchel import Character, actions, errors


{mark}
async def test_time_passes(satchel_client, satchel_clock):
    await satchel_client.put_character(1, Character(owner="tg:1", name="Ann", level=20))
    sword = (await satchel_client.act(1, actions.Grant(definition="iron_sword"))).changes[0].item
    await satchel_client.act(1, actions.Drop(item_id=sword))
    satchel_clock.forward(timedelta(hours=1))
    with pytest.raises(errors.ItemNotFound):
        await satchel_client.act(1, actions.TakeBack(item_id=sword))
"""
OWN_WORLD = """
import msgspec
import pytest

from satchel import Catalogue, load_catalogue


@pytest.fixture
def satchel_catalogue():
    starter = load_catalogue()
    return Catalogue(msgspec.structs.replace(starter.rules, weight_limit_g=1), starter.definitions, "light")


async def test_the_world_is_ours(satchel_client):
    assert (await satchel_client.get_catalogue()).rules.weight_limit_g == 1
"""
STRICT, AUTO = "@pytest.mark.asyncio", ""


def run_suite(directory: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a suite as a game would, but without the plugins that this machine happens to have."""
    (directory / "test_game.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-p", "satchel.testing.plugin", "--rootdir", str(directory), *options]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("mode", "mark"), [("auto", AUTO), ("strict", STRICT)])
def test_the_fixtures_work_in_both_modes(tmp_path: Path, mode: str, mark: str) -> None:
    options = ("-o", f"asyncio_mode={mode}", "-o", "asyncio_default_fixture_loop_scope=function", "-W", "error")

    ended = run_suite(tmp_path, SUITE.format(mark=mark), "-p", "asyncio", *options)

    assert "1 passed" in ended.stdout, ended.stdout


def test_a_game_puts_its_own_world_in_the_place_of_ours(tmp_path: Path) -> None:
    ended = run_suite(tmp_path, OWN_WORLD, "-p", "asyncio", "-o", "asyncio_mode=auto")

    assert "1 passed" in ended.stdout, ended.stdout


def test_without_pytest_asyncio_the_fixture_says_what_it_needs(tmp_path: Path) -> None:
    sync = "def test_it(satchel_client):\n    pass\n"

    ended = run_suite(tmp_path, sync)

    assert "satchel_client needs pytest-asyncio" in ended.stdout
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED


def test_pytest_starts_without_loading_the_engine(tmp_path: Path) -> None:
    check = "import sys\n\ndef test_it():\n    assert 'msgspec' not in sys.modules\n"

    ended = run_suite(tmp_path, check)

    assert "1 passed" in ended.stdout, ended.stdout


def test_pytest_finds_the_plugin_under_its_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert import_module(project["entry-points"]["pytest11"]["satchel"]).__name__ == "satchel.testing.plugin"
