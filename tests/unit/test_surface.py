"""What `satchel` itself offers: few names, each once, and none paid for before it is used."""

import json
import subprocess
import sys
from typing import get_type_hints

import pytest

import satchel

NAMES_MAX = 20
OURS = {"satchel", "satchel.version"}
HEAVY = {"aiogram", "aiohttp", "alembic", "asyncio", "asyncpg", "hiredis", "msgspec", "sqlalchemy", "starlette"}
NAMES = [name for name in satchel.__all__ if name != "__version__"]


def test_the_surface_is_small_and_in_order() -> None:
    assert len(satchel.__all__) <= NAMES_MAX
    assert satchel.__all__ == sorted(set(satchel.__all__))


@pytest.mark.parametrize("name", NAMES)
def test_every_name_leads_somewhere_and_says_what_it_is(name: str) -> None:
    assert (getattr(satchel, name).__doc__ or "").strip()


def test_no_thing_has_two_names() -> None:
    assert len({id(getattr(satchel, name)) for name in NAMES}) == len(NAMES)


def test_other_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Inventry'"):
        _ = satchel.Inventry  # type: ignore[attr-defined]


def test_importing_satchel_loads_nothing_heavy() -> None:
    code = (
        "import json, sys; before = set(sys.modules); import satchel; print(json.dumps([*set(sys.modules) - before]))"
    )
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    loaded = set(json.loads(printed))

    assert {name for name in loaded if name.split(".")[0] == "satchel"} == OURS
    assert {name.split(".")[0] for name in loaded} & HEAVY == set()


def test_open_engine_can_be_looked_up_with_its_types() -> None:
    assert {"postgres_dsn", "redis_url", "catalogue", "return"} <= get_type_hints(satchel.open_engine).keys()
