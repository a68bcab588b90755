"""Settings of engines that run already, and an API on them."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.programs import Program, running

TOKEN = "a-token-for-these-tests"
AWAY = {
    "SATCHEL_POSTGRES_DSN": "postgresql://u:sekret@127.0.0.1:1/x",
    "SATCHEL_REDIS_URL": "redis://u:sekret@127.0.0.1:1",
}


@pytest.fixture
def world(vault_dsn: str, redis_url: str) -> dict[str, str]:
    """Settings of engines that run already."""
    return {
        "SATCHEL_POSTGRES_DSN": vault_dsn,
        "SATCHEL_REDIS_URL": redis_url,
        "SATCHEL_NAMESPACE": f"cli-{secrets.token_hex(6)}",
        "SATCHEL_SERVICE_TOKEN": TOKEN,
        "SATCHEL_API_PORT": "0",
    }


@pytest.fixture
def api(world: dict[str, str], tmp_path: Path) -> Iterator[Program]:
    """A running `satchel api`."""
    with running("api", cwd=tmp_path, **world) as program:
        yield program.wait_ready()
