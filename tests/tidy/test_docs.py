"""The docs say what is so."""

import re
from importlib import import_module
from pathlib import Path

import msgspec
import pytest

from satchel.api.endpoints import ENDPOINTS, Endpoint
from satchel.runtime.config import PREFIX, Settings
from tests.tidy.source import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_settings_page_lists_every_setting_and_no_other() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `(SATCHEL_\w+)`", page, re.MULTILINE)

    assert documented == [PREFIX + field.name.upper() for field in msgspec.structs.fields(Settings)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_inside_the_repository_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    broken = [link for link in links if not (page.parent / link).exists()]

    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_test_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"`(tests/[\w/.]+)::(test_\w+)`", page.read_text(encoding="utf-8"))
    there = {path: (ROOT / path).read_text(encoding="utf-8") for path, _ in named if (ROOT / path).is_file()}
    missing = [f"{path}::{name}" for path, name in named if f"def {name}(" not in there.get(path, "")]

    assert missing == []


def test_seed_map_leads_to_things_that_exist() -> None:
    page = (ROOT / "docs" / "seed-map.md").read_text(encoding="utf-8")
    paths = re.findall(r"^\|[^|]+\| `(satchel[\w.]+)` \|", page, re.MULTILINE)

    assert len(paths) >= 15
    for path in paths:
        assert _find(path) is not None


def _find(path: str) -> object:
    try:
        return import_module(path)
    except ModuleNotFoundError:
        module, _, name = path.rpartition(".")
        return getattr(import_module(module), name)


def _row(endpoint: Endpoint) -> str:
    types = [f"`{type_.__name__}`" if type_ is not None else "" for type_ in (endpoint.query, endpoint.body)]
    answer = f"`{endpoint.answer.__name__}`" if endpoint.answer not in (None, str, dict) else ""
    cells = (
        f"`{endpoint.method}`",
        f"`{endpoint.path}`",
        endpoint.scope or "none",
        "no" if endpoint.not_for_players else "yes",
        *types,
        answer,
        endpoint.summary,
    )
    return " ".join(f"| {cell}".rstrip() for cell in cells) + " |"


def test_api_page_has_the_table_of_endpoints() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    table = "\n".join(map(_row, ENDPOINTS))

    assert table in page, f"docs/api.md has to hold:\n{table}"
    assert page.count("\n| `") == len(ENDPOINTS)


def test_the_tree_has_every_room_with_its_purpose() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = {
        name for row in re.findall(r"^\| (`[^|]+) \|", page, re.MULTILINE) for name in re.findall(r"`([\w/.]+)`", row)
    }
    package = ROOT / "src" / "satchel"
    rooms = {f"{path.name}/" for path in package.iterdir() if path.is_dir() and path.name != "__pycache__"}
    rooms |= {path.name for path in package.glob("*.py") if not path.name.startswith("__")}

    assert rooms - named == set()
