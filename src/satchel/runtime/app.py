"""Wires the program: every part is made here, and handed what it needs."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from satchel.catalogue import load_catalogue
from satchel.dispatcher import Dispatcher
from satchel.errors import Operational
from satchel.failpoints import reach
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.orchestrator import InventoryCoreOrchestrator
from satchel.runtime.config import Settings
from satchel.session import InventorySessionManager, Keys, RedisNode, SessionBacklog, SessionLimits
from satchel.session.guard import check_server, claim_namespace
from satchel.session.redis import Address
from satchel.telemetry import Metrics, log
from satchel.vault import PostgresVault, check_schema
from satchel.worker import FlushWorker, WorkerLimits

__all__ = ["Satchel", "StartRefused", "clock_ms", "listen_for_hints", "open_satchel"]


class StartRefused(Exception):
    """A server is set up in a way that the promise does not hold with; `problems` says how, and what to do."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Satchel(msgspec.Struct, frozen=True):
    """All parts of a running process."""

    settings: Settings
    catalogue: Catalogue
    redis: RedisNode
    vault: PostgresVault
    sessions: InventorySessionManager
    orchestrator: InventoryCoreOrchestrator
    dispatcher: Dispatcher
    worker: FlushWorker
    metrics: Metrics


def clock_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@asynccontextmanager
async def open_satchel(settings: Settings, postgres_dsn: str, redis_url: str) -> AsyncIterator[Satchel]:
    """Open everything, check it, and close it again in reverse order.

    Raises:
        StartRefused: A server's settings do not hold the promise.
        CatalogueError: The catalogue has mistakes.
        Operational: A server is away, or the schema is of another release.
    """
    catalogue = load_catalogue(Path(settings.catalogue) if settings.catalogue else None)
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
        reach("start.after_claim")
        if problems:
            raise StartRefused(problems)
        yield _wire(settings, catalogue, redis, vault, keys)
        reach("stop.before_close")
    finally:
        await vault.close()
        redis.close()


async def listen_for_hints(satchel: Satchel) -> None:
    """Tell the worker which buckets have work, until cancelled; hints that get lost cost a sweep, nothing else."""
    channel = satchel.sessions.keys.hints
    while True:
        try:
            link = await satchel.redis.subscribe(channel, lambda bucket: satchel.worker.hint(int(bucket)))
            try:
                await link.lost.wait()
            finally:
                link.close()
        except Operational as error:
            log.warning("hints_lost", extra={"fields": {"code": error.code, **error.data}})
            await asyncio.sleep(1)


def _wire(settings: Settings, catalogue: Catalogue, redis: RedisNode, vault: PostgresVault, keys: Keys) -> Satchel:
    metrics = Metrics()
    flush_delay_ms = int(settings.flush_delay_s * 1000)
    limits = SessionLimits(
        ttl_ms=int(settings.session_ttl_s * 1000),
        flush_delay_ms=flush_delay_ms,
        local_sessions_max=settings.local_sessions_max,
    )
    sessions = InventorySessionManager(redis, vault, catalogue, clock_ms, keys, limits, metrics)
    backlog = SessionBacklog(redis, clock_ms, keys, limits)
    orchestrator = InventoryCoreOrchestrator(sessions, backlog, vault, metrics)
    return Satchel(
        settings=settings,
        catalogue=catalogue,
        redis=redis,
        vault=vault,
        sessions=sessions,
        orchestrator=orchestrator,
        dispatcher=Dispatcher(orchestrator, catalogue, clock_ms),
        worker=FlushWorker(orchestrator, backlog, vault, clock_ms, WorkerLimits(flush_delay_ms=flush_delay_ms)),
        metrics=metrics,
    )
