"""Opens an engine on real servers: connects, checks what the promise rests on, and closes in reverse order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from satchel.catalogue import load_catalogue
from satchel.clock import Clock, clock_ms
from satchel.errors import StartRefused
from satchel.failpoints import reach
from satchel.game import Game
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.runtime.config import Settings
from satchel.runtime.game import load_game
from satchel.runtime.wiring import Engine, wire
from satchel.session import Keys, RedisNode, SessionLimits
from satchel.session.guard import check_server, claim_game, claim_namespace
from satchel.session.redis import Address
from satchel.vault import PostgresVault, check_schema
from satchel.worker import WorkerLimits

__all__ = ["Satchel", "open_satchel"]


class Satchel(Engine, frozen=True, kw_only=True):
    """An engine on real servers, and the settings that it was opened with."""

    settings: Settings
    vault: PostgresVault


@asynccontextmanager
async def open_satchel(
    settings: Settings,
    postgres_dsn: str,
    redis_url: str,
    *,
    catalogue: Catalogue | None = None,
    game: Game | None = None,
    clock: Clock = clock_ms,
) -> AsyncIterator[Satchel]:
    """Open everything, check it, and close it again in reverse order.

    Args:
        settings: All settings.
        postgres_dsn: The vault.
        redis_url: The sessions.
        catalogue: The world; the one that the settings name if None.
        game: Actions and vetoes of a game's own.
        clock: Milliseconds since 1970.

    Raises:
        StartRefused: A server's settings do not hold the promise.
        CatalogueError: The catalogue has mistakes.
        Operational: A server is away, or the schema is of another release.
    """
    if catalogue is None:
        catalogue = load_catalogue(Path(settings.catalogue) if settings.catalogue else None)
    game = game or load_game(settings.game)
    redis = RedisNode(Address.parse(redis_url))
    vault = PostgresVault(postgres_dsn, connections_max=settings.postgres_connections_max)
    try:
        keys = Keys(settings.namespace)
        reach("start.before_checks")
        await vault.ping()
        await check_schema(postgres_dsn)
        problems = await vault.settings_problems() + await check_server(redis, settings.appendfsync)
        reach("start.after_checks")
        problems += await claim_namespace(redis, keys, await vault.deployment())
        # A namespace of another deployment must not learn of this one's game.
        problems += [] if problems else await claim_game(redis, keys, None if game is None else game.identity)
        reach("start.after_claim")
        if problems:
            raise StartRefused(problems)
        engine = wire(
            redis,
            vault,
            catalogue,
            game=game,
            clock=clock,
            keys=keys,
            session_limits=_session_limits(settings),
            worker_limits=WorkerLimits(flush_delay_ms=int(settings.flush_delay_s * 1000)),
            flush_lag_max_s=settings.flush_lag_max_s,
        )
        yield Satchel(settings=settings, **msgspec.structs.asdict(engine))
        reach("stop.before_close")
    finally:
        await vault.close()
        redis.close()


def _session_limits(settings: Settings) -> SessionLimits:
    return SessionLimits(
        ttl_ms=int(settings.session_ttl_s * 1000),
        flush_delay_ms=int(settings.flush_delay_s * 1000),
        local_sessions_max=settings.local_sessions_max,
    )
