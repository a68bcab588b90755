"""The whole engine inside a process of somebody else: a game's server, or a web application."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from satchel.api import Mounted, ReadinessReport
from satchel.catalogue import load_catalogue
from satchel.client import InventoryClient
from satchel.errors import ConfigError
from satchel.game import Game
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.runtime.app import open_satchel
from satchel.runtime.background import Background
from satchel.runtime.config import Settings
from satchel.runtime.wiring import Engine
from satchel.vault import upgrade_schema

__all__ = ["RunningEngine", "TaskDied", "open_engine", "run_engine"]

TaskDied = Callable[[str, BaseException], object]
"""Called with the name of a background task that ended by itself, and with the error that ended it."""


class RunningEngine:
    """An engine that runs in this process.

    Args:
        parts: What it is made of.
        service_token: The secret of its HTTP API.

    Attributes:
        client: Everything a game does with inventories, with all rights and without HTTP.
        api: The HTTP API, to be served, or mounted below a path of another ASGI application.
        catalogue: What kinds of items there are.
    """

    def __init__(self, parts: Engine, service_token: str) -> None:
        self.client: InventoryClient = parts.client()
        self.api = Mounted(parts.api(service_token))
        self.catalogue: Catalogue = parts.catalogue
        self._readiness = parts.readiness

    def acting_for(self, owner: str) -> InventoryClient:
        """The client, acting as a player with no more rights than theirs."""
        return self.client.acting_for(owner)

    async def ready(self) -> ReadinessReport:
        """Ask Redis and PostgreSQL whether this process should get requests; `problems` says why not."""
        return await self._readiness.report()


@asynccontextmanager
async def open_engine(
    postgres_dsn: str,
    redis_url: str,
    *,
    catalogue: Catalogue | Path | None = None,
    game: Game | None = None,
    namespace: str | None = None,
    service_token: str | None = None,
    settings: Settings | None = None,
    worker: bool = True,
    upgrade: bool = False,
    on_task_died: TaskDied | None = None,
) -> AsyncIterator[RunningEngine]:
    """Open the whole engine in this process: sessions, vault, worker, API; at the end everything dirty is flushed.

    The worker is what saves. If it dies by a defect, the process must not go on as if nothing had happened. Without
    `on_task_died` the task that opened the engine is cancelled and leaves this context with the worker's error. Under a
    web server that is not enough: it keeps serving after its lifespan has failed. Give it a handler that ends the
    process, as `examples/embed_in_fastapi.py` does with `signal.raise_signal(signal.SIGTERM)`.

    A process that does little else calls `gc.freeze()` once it has opened everything, as `satchel api` does. Else every
    full garbage collection walks over modules and catalogue, and stops all requests for as long.

    Args:
        postgres_dsn: The vault.
        redis_url: The sessions.
        catalogue: The world or its directory; the one that `settings` name if None, else the starter world.
        game: Your own actions and vetoes; see docs/game.md.
        namespace: What names of keys in Redis begin with; as `settings` say if None.
        service_token: The secret of the HTTP API, 16 characters at least; as `settings` say if None. Without one
            nobody gets in over HTTP; `client` needs none.
        settings: Everything else, as in docs/settings.md; nothing is read from the environment.
        worker: Whether to flush here. Without it another process must run `satchel worker`.
        upgrade: Whether to make the schema, or bring it up to date.
        on_task_died: Called with the name of a background task that died, and with its error.

    Raises:
        ConfigError: An argument or a setting is wrong.
        StartRefused: A server's settings do not hold the promise.
        CatalogueError: The catalogue has mistakes.
        Operational: A server is away, or the schema is missing or of another release (`upgrade=True` makes it).

    Example:
        async with open_engine("postgresql://localhost/game", "redis://localhost") as engine:
            await engine.client.act(1, Grant(definition="iron_sword"))
    """
    settings = _settings(settings or Settings(), postgres_dsn, redis_url, namespace, service_token)
    if isinstance(catalogue, Path):
        catalogue = load_catalogue(catalogue)
    if upgrade:
        await upgrade_schema(postgres_dsn)
    async with open_satchel(settings, postgres_dsn, redis_url, catalogue=catalogue, game=game) as parts:
        engine = RunningEngine(parts, settings.service_token or secrets.token_urlsafe(24))
        async with run_engine(parts, engine.client, settings.drain_deadline_s, worker, on_task_died):
            yield engine


@asynccontextmanager
async def run_engine(
    parts: Engine, client: InventoryClient, drain_deadline_s: float, worker: bool, on_task_died: TaskDied | None
) -> AsyncIterator[None]:
    """Run the background tasks of an engine; at the end close the client and flush what is dirty.

    Args:
        parts: The engine.
        client: What acts on it; closed before the flush, so that nothing becomes dirty behind it.
        drain_deadline_s: How long to flush at most.
        worker: Whether there are background tasks at all.
        on_task_died: See `open_engine`.
    """
    owner = asyncio.current_task()
    cancels: list[BaseException] = []

    def died(name: str, error: BaseException) -> None:
        parts.readiness.draining = True
        if on_task_died is not None:
            on_task_died(name, error)
        else:
            cancels.append(error)
            if owner is not None:
                owner.cancel()

    background = Background(parts, died) if worker else None
    try:
        yield
    except asyncio.CancelledError:
        # A cancel that came from elsewhere goes on as one.
        if not cancels or owner is None or owner.uncancel() > 0:
            raise
    finally:
        parts.readiness.draining = True
        await client.close()
        if background is not None:
            await background.drain(drain_deadline_s)
    if cancels:
        raise cancels[0]


def _settings(
    settings: Settings, postgres_dsn: str, redis_url: str, namespace: str | None, service_token: str | None
) -> Settings:
    given = {"postgres_dsn": postgres_dsn, "redis_url": redis_url}
    given |= {"namespace": namespace} if namespace is not None else {}
    given |= {"service_token": service_token} if service_token is not None else {}
    try:
        # A struct made by hand is not checked.
        return msgspec.convert({**msgspec.structs.asdict(settings), **given}, Settings)
    except msgspec.ValidationError as error:
        raise ConfigError([f"open_engine: {error}"]) from error
