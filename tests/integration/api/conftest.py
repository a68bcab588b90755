"""One API on a real socket for all tests of this directory, on real engines."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from satchel.api import Gatekeeper, Readiness
from satchel.api.openapi import openapi_document
from satchel.client import client as client_module
from satchel.runtime.app import Satchel, open_satchel
from satchel.runtime.config import Settings
from satchel.runtime.serve import listen, make_server
from tests.openapi import Spec
from tests.wire import Wire

TOKEN = "test-service-token"


class Service:
    """A running API.

    Attributes:
        url: Where it is.
        satchel: Its parts, for tests that have to hurt them.
        readiness: What its `/readyz` asks.
        dsn: Its vault.
    """

    def __init__(self, satchel: Satchel, readiness: Readiness, url: str, dsn: str) -> None:
        self.satchel = satchel
        self.readiness = readiness
        self.url = url
        self.dsn = dsn

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    async def sql(self, statement: str, *arguments: object) -> None:
        """Change the vault behind the engine's back."""
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute(statement, *arguments)
        finally:
            await connection.close()


@asynccontextmanager
async def serving(satchel: Satchel, dsn: str) -> AsyncIterator[Service]:
    """Serve on a free port, as `satchel api` does."""
    bound = listen("127.0.0.1", 0)
    server = make_server(satchel, satchel.readiness)
    task = asyncio.create_task(server.serve([bound]))
    try:
        yield Service(satchel, satchel.readiness, f"http://127.0.0.1:{bound.getsockname()[1]}", dsn)
    finally:
        server.should_exit = True
        await task


@pytest.fixture(scope="session")
async def service(
    postgres_server_dsn: str, schema_dsn: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    """The API that all tests of this directory share; each uses characters of its own."""
    name = f"satchel_api_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(postgres_server_dsn)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {schema_dsn}")
    head, _, options = postgres_server_dsn.partition("?")
    dsn = f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{options}" if options else "")
    settings = api_settings(tmp_path_factory.mktemp("api"))
    async with open_satchel(settings, dsn, redis_url) as satchel, serving(satchel, dsn) as service:
        yield service
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


def api_settings(directory: Path) -> Settings:
    """Settings with a namespace of their own."""
    return Settings(data_dir=str(directory), namespace=f"api-{secrets.token_hex(6)}", service_token=TOKEN)


@pytest.fixture(scope="session")
def spec() -> Spec:
    """The API's own description."""
    return Spec(openapi_document())


@pytest.fixture(scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections without a limit of their own."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield session


@pytest.fixture
def wire(service: Service, http: aiohttp.ClientSession, spec: Spec) -> Wire:
    """Requests to the API."""
    return Wire(http, service.url, TOKEN, spec)


@pytest.fixture
def gatekeeper() -> Gatekeeper:
    """Makes tokens that the API knows."""
    return Gatekeeper(TOKEN)


_numbers = iter(range(1_000, 1_000_000))


@pytest.fixture
async def char(wire: Wire) -> int:
    """A character of player `tg:1` that no other test uses."""
    return await wire.make_character(next(_numbers))


@pytest.fixture
async def other(wire: Wire) -> int:
    """A character of another player."""
    return await wire.make_character(next(_numbers), owner="tg:2")


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back off for no longer than a test needs."""
    monkeypatch.setattr(client_module, "BACKOFF_S", 0.001)
