"""Real engines for every test that wants them: private, started once per run, on unix sockets.

Other versions are named by the environment: `SATCHEL_TEST_POSTGRES_BIN` (a directory) and `SATCHEL_TEST_REDIS_BIN` (a
server's binary) are started in the place of ours; `SATCHEL_TEST_POSTGRES_DSN` and `SATCHEL_TEST_REDIS_URL` are servers
that run already: databases are made on the one, and keys get a namespace of their own on the other.
"""

import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from proof.ramdisk import in_memory

from satchel.catalogue import load_catalogue
from satchel.client import InventoryClient
from satchel.clock import clock_ms
from satchel.embedded import PostgresServer, ValkeyServer
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.runtime.app import Satchel, open_satchel
from satchel.runtime.config import Settings
from satchel.vault import upgrade_schema
from tests.builders import Play


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test is a failure: nobody would notice that it proves nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The starter world."""
    return load_catalogue()


@pytest.fixture(scope="session")
def engine_room() -> Iterator[Path]:
    """A directory that the servers' user can enter, in memory if there is room."""
    with tempfile.TemporaryDirectory(prefix="satchel-tests-", dir=in_memory()) as directory:
        os.chmod(directory, 0o755)  # noqa: S103 - what is inside is private
        yield Path(directory)


@pytest.fixture(scope="session")
def postgres_server_dsn(engine_room: Path) -> Iterator[str]:
    """A PostgreSQL server; databases are made on it."""
    named = os.environ.get("SATCHEL_TEST_POSTGRES_DSN")
    if named:
        yield named
        return
    other = os.environ.get("SATCHEL_TEST_POSTGRES_BIN")
    server = PostgresServer(engine_room / "postgres", bin_dir=Path(other) if other else None)
    server.start()
    yield server.dsn
    server.stop()


@pytest.fixture(scope="session")
def redis_url(engine_room: Path) -> Iterator[str]:
    """A Valkey or Redis server; its keys are told apart by namespace."""
    named = os.environ.get("SATCHEL_TEST_REDIS_URL")
    if named:
        yield named
        return
    other = os.environ.get("SATCHEL_TEST_REDIS_BIN")
    server = ValkeyServer(engine_room / "valkey", binary=Path(other) if other else None)
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
async def postgres_dsn(postgres_server_dsn: str) -> AsyncIterator[str]:
    """A fresh, empty database."""
    name = f"satchel_test_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(postgres_server_dsn)
    await admin.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
    head, _, options = postgres_server_dsn.partition("?")
    yield f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{options}" if options else "")
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture(scope="session")
async def schema_dsn(postgres_server_dsn: str) -> AsyncIterator[str]:
    """A database with the schema, to be copied."""
    admin = await asyncpg.connect(postgres_server_dsn)
    name = f"satchel_template_{secrets.token_hex(6)}"
    await admin.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
    head, _, options = postgres_server_dsn.partition("?")
    await upgrade_schema(f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{options}" if options else ""))
    yield name
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def vault_dsn(postgres_server_dsn: str, schema_dsn: str) -> AsyncIterator[str]:
    """A fresh database with the schema."""
    name = f"satchel_test_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(postgres_server_dsn)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {schema_dsn}")
    head, _, options = postgres_server_dsn.partition("?")
    dsn = f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{options}" if options else "")
    # A copied vault has the id of the one it was copied from; each needs its own.
    connection = await asyncpg.connect(dsn)
    await connection.execute("UPDATE satchel.deployment SET id = gen_random_uuid()")
    await connection.close()
    yield dsn
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a namespace of their own."""
    return Settings(
        data_dir=str(tmp_path),
        namespace=f"test-{secrets.token_hex(6)}",
        service_token="test-service-token",
    )


@pytest.fixture
async def satchel(settings: Settings, vault_dsn: str, redis_url: str) -> AsyncIterator[Satchel]:
    """A whole process, without its API's socket and without a running worker."""
    async with open_satchel(settings, vault_dsn, redis_url) as opened:
        yield opened


@pytest.fixture
def client(satchel: Satchel) -> InventoryClient:
    """A service's client in the same process; `acting_for` makes it a player's."""
    return satchel.client()


@pytest.fixture
async def play(satchel: Satchel) -> Play:
    """Character 1 of player `tg:1`, level 20 and able to wear everything, ready to act."""
    return await Play.begin(satchel, clock_ms)
