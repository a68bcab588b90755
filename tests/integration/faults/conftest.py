"""Private servers that a test may hurt, and processes on them."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from satchel.clock import clock_ms
from satchel.embedded import PostgresServer, ValkeyServer
from satchel.ids import HolderId
from satchel.runtime.app import Satchel, open_satchel
from satchel.runtime.config import Settings
from satchel.vault import upgrade_schema
from tests.builders import HERO, Play
from tests.integration.faults.byte_proxy import Proxy
from tests.integration.faults.rows import fetch


class Realm:
    """One Redis, one vault, and any number of processes on them that share nothing else.

    Attributes:
        dsn: The vault.
        url: The Redis.
        settings: What every process runs with.
    """

    def __init__(self, settings: Settings, dsn: str, url: str, stack: AsyncExitStack) -> None:
        self.settings = settings
        self.dsn = dsn
        self.url = url
        self._stack = stack

    async def process(self, *, dsn: str = "", url: str = "") -> Satchel:
        """Start one more process, maybe with other ways to the servers."""
        return await self._stack.enter_async_context(open_satchel(self.settings, dsn or self.dsn, url or self.url))

    async def play(self, char_id: int = 1) -> Play:
        """A character on a process of its own."""
        return await Play.begin(await self.process(), clock_ms, HolderId(char_id), HERO)

    async def also(self, play: Play, **ways: str) -> Play:
        """The same character on one more process."""
        return Play(await self.process(**ways), clock_ms, play.char_id)


def private_valkey(engine_room: Path, **options: str) -> ValkeyServer:
    """A server that nobody else uses."""
    binary = os.environ.get("SATCHEL_TEST_REDIS_BIN")
    settings = {name.replace("_", "-"): value for name, value in options.items()}
    return ValkeyServer(
        engine_room / f"valkey-{secrets.token_hex(4)}", settings, binary=Path(binary) if binary else None
    )


@pytest.fixture
def valkey(engine_room: Path) -> Iterator[ValkeyServer]:
    """A Redis to hurt."""
    server = private_valkey(engine_room)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def postgres_server(engine_room: Path) -> Iterator[PostgresServer]:
    """A PostgreSQL to hurt; it logs every statement."""
    other = os.environ.get("SATCHEL_TEST_POSTGRES_BIN")
    home = engine_room / f"postgres-{secrets.token_hex(4)}"
    server = PostgresServer(home, {"log_statement": "all"}, bin_dir=Path(other) if other else None)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def postgres(postgres_server: PostgresServer) -> PostgresServer:
    """The same, running, and with an empty vault."""
    postgres_server.resume()
    if postgres_server.pid is None:
        postgres_server.start()
    await fetch(postgres_server.dsn, "DROP SCHEMA IF EXISTS satchel CASCADE")
    await upgrade_schema(postgres_server.dsn)
    return postgres_server


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """What is open."""
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
async def realm(settings: Settings, vault_dsn: str, redis_url: str, stack: AsyncExitStack) -> Realm:
    """Processes on the servers that all tests share; for tests that hurt none."""
    return Realm(settings, vault_dsn, redis_url, stack)


@pytest.fixture
async def redis_realm(settings: Settings, vault_dsn: str, valkey: ValkeyServer, stack: AsyncExitStack) -> Realm:
    """Processes on a Redis to hurt."""
    return Realm(settings, vault_dsn, valkey.url, stack)


@pytest.fixture
async def vault_realm(settings: Settings, postgres: PostgresServer, redis_url: str, stack: AsyncExitStack) -> Realm:
    """Processes on a PostgreSQL to hurt."""
    return Realm(settings, postgres.dsn, redis_url, stack)


@pytest.fixture
async def redis_proxy(valkey: ValkeyServer, tmp_path: Path) -> AsyncIterator[Proxy]:
    """A way to the Redis that can be cut."""
    proxy = Proxy(Path(valkey.url.removeprefix("unix://")), tmp_path / "redis.sock")
    await proxy.open()
    yield proxy
    await proxy.close()
