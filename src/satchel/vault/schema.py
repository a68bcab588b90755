"""The schema of the vault: upgraded under a lock, and checked before use."""

from importlib import resources
from typing import TYPE_CHECKING

import asyncpg

from satchel.errors import SchemaWrong, VaultUnavailable
from satchel.failpoints import reach

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["REVISION", "check_schema", "upgrade_schema"]

REVISION = "0001"
"""The newest revision that this release knows."""

AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

UPGRADE_LOCK = 0x5A7C_4E1
"""Key of the advisory lock that keeps two upgrades apart."""


async def upgrade_schema(dsn: str) -> str:
    """Bring the schema up to date. If several processes try at once, they take turns.

    Args:
        dsn: As asyncpg reads it.

    Returns:
        The revision that the schema is at now.

    Raises:
        VaultUnavailable: PostgreSQL is away, or refuses to do it.
    """
    # Only an upgrade needs Alembic and SQLAlchemy, and importing them takes a third of a second.
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn), poolclass=NullPool
    )
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade)
            reach("migrate.before_commit")
            await connection.commit()
            reach("migrate.after_commit")
    except (*AWAY, DBAPIError) as error:
        raise VaultUnavailable(reason=f"{type(error).__name__}: {error}".splitlines()[0]) from error
    finally:
        await engine.dispose()
    return REVISION


async def check_schema(dsn: str) -> None:
    """Check that the schema is the one that this release knows.

    Raises:
        SchemaWrong: It is older or newer, or does not exist.
        VaultUnavailable: PostgreSQL is away.
    """
    try:
        connection = await asyncpg.connect(dsn)
    except AWAY as error:
        raise VaultUnavailable(reason=f"{type(error).__name__}: {error}") from error
    try:
        there = await connection.fetchval("SELECT to_regclass('satchel.schema_revision') IS NOT NULL")
        found = await connection.fetchval("SELECT version_num FROM satchel.schema_revision") if there else None
    finally:
        await connection.close()
    if found != REVISION:
        raise SchemaWrong(found=found, needed=REVISION)


def _upgrade(connection: "Connection") -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import text

    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
    reach("migrate.after_lock")
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS satchel"))
    config = Config()
    config.set_main_option("script_location", str(resources.files("satchel.vault") / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
