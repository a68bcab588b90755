"""What every command begins with: settings, servers, and a loop to run in."""

import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from satchel.admin.tools import Addresses
    from satchel.embedded import Engines
    from satchel.runtime.config import Settings

__all__ = ["addresses_of", "configured", "read_settings", "run", "servers", "start_missing", "upgrade"]

Result = TypeVar("Result")


def read_settings(game: str | None = None) -> "Settings":
    """Read the settings, and arm failpoints if a test asks for them."""
    from satchel.failpoints import VARIABLE, arm
    from satchel.runtime.config import load_settings

    arm(os.environ.get(VARIABLE, ""))
    return load_settings({**os.environ, "SATCHEL_GAME": game} if game is not None else None)


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end, on uvloop where it is installed."""
    import asyncio

    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def upgrade(postgres_dsn: str) -> str:
    """Bring the schema up to date; returns its revision."""
    from satchel.vault import upgrade_schema

    return await upgrade_schema(postgres_dsn)


def start_missing(settings: "Settings") -> "Engines":
    """Start what is not configured; must be called from the main thread, which the engines end with."""
    from satchel.embedded import Engines, start_engines
    from satchel.runtime.config import data_directory

    if settings.postgres_dsn is not None and settings.redis_url is not None:
        return Engines(None, None)
    place = data_directory(settings)
    return start_engines(place, postgres=settings.postgres_dsn is None, valkey=settings.redis_url is None)


@contextmanager
def servers() -> "Iterator[Addresses]":
    """The servers that the settings name, with those started that they do not name."""
    from satchel.admin.tools import Addresses

    settings = read_settings()
    with start_missing(settings) as engines:
        yield Addresses(settings, *addresses_of(settings, engines))


def addresses_of(settings: "Settings", engines: "Engines") -> tuple[str, str]:
    """PostgreSQL's DSN and the URL of Redis."""
    postgres_dsn = settings.postgres_dsn or (engines.postgres.dsn if engines.postgres is not None else "")
    redis_url = settings.redis_url or (engines.valkey.url if engines.valkey is not None else "")
    return postgres_dsn, redis_url


def configured(settings: "Settings") -> tuple[str, str]:
    """The servers that the settings name.

    Raises:
        ClickException: They do not name both.
    """
    if settings.postgres_dsn is None or settings.redis_url is None:
        raise click.ClickException(
            "this command starts no engines: set SATCHEL_POSTGRES_DSN and SATCHEL_REDIS_URL, or use `satchel up`"
        )
    return settings.postgres_dsn, settings.redis_url
