"""The wiring, written once: each part of an engine is made here, and is handed what it needs."""

import secrets

import msgspec

from satchel.access import SCOPES, Caller
from satchel.api import Api, Gatekeeper, Readiness, make_api
from satchel.client import InProcessTransport, InventoryClient
from satchel.clock import Clock, clock_ms
from satchel.dispatcher import Dispatcher
from satchel.game import Game
from satchel.inventory.book import BUILT_IN
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.orchestrator import InventoryCoreOrchestrator
from satchel.ports import Vault
from satchel.session import InventorySessionManager, Keys, Redis, SessionBacklog, SessionLimits
from satchel.session.facts import SessionFacts
from satchel.telemetry import Metrics
from satchel.worker import FlushWorker, WorkerLimits

__all__ = ["FLUSH_LAG_MAX_S", "SERVICE", "Engine", "wire"]

SERVICE = Caller("service", SCOPES)
"""The game itself, which may do everything."""

FLUSH_LAG_MAX_S = 30.0
"""See `Readiness`."""


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of an engine. None of them runs by itself: `runtime.background` starts what has to."""

    catalogue: Catalogue
    redis: Redis
    vault: Vault
    clock: Clock
    sessions: InventorySessionManager
    backlog: SessionBacklog
    orchestrator: InventoryCoreOrchestrator
    dispatcher: Dispatcher
    worker: FlushWorker
    readiness: Readiness
    metrics: Metrics
    game: Game | None

    def api(self, service_token: str) -> Api:
        """Make the HTTP API.

        Args:
            service_token: The secret that callers show; lesser tokens are derived from it.
        """
        return make_api(self.dispatcher, Gatekeeper(service_token), self.readiness, self.metrics, self.vault)

    def client(self, caller: Caller = SERVICE) -> InventoryClient:
        """Make a client in this process. It needs no token: its own way to the API has a secret that nobody else knows.

        Args:
            caller: On whose behalf it acts; the name stands in the ledger.
        """
        gatekeeper = Gatekeeper(secrets.token_urlsafe(24))
        api = make_api(self.dispatcher, gatekeeper, self.readiness, self.metrics, self.vault)
        transport = InProcessTransport(self.dispatcher, api, gatekeeper, caller)
        return InventoryClient(transport, clock=self.clock)


def wire(
    redis: Redis,
    vault: Vault,
    catalogue: Catalogue,
    *,
    game: Game | None = None,
    clock: Clock = clock_ms,
    keys: Keys | None = None,
    session_limits: SessionLimits | None = None,
    worker_limits: WorkerLimits | None = None,
    metrics: Metrics | None = None,
    flush_lag_max_s: float = FLUSH_LAG_MAX_S,
) -> Engine:
    """Make all parts of an engine on servers that are open already. Nothing is asked or started.

    Args:
        redis: The hot copies.
        vault: The durable copies.
        catalogue: What the rules look things up in.
        game: Actions and vetoes of a game's own.
        clock: What every part takes the time from.
        keys: Names of keys in Redis.
        session_limits: Bounds of sessions.
        worker_limits: Bounds of the worker.
        metrics: What is counted.
        flush_lag_max_s: Age of the oldest unsaved change above which the engine is not ready.
    """
    metrics = metrics or Metrics()
    sessions = InventorySessionManager(redis, vault, catalogue, clock, keys, session_limits, metrics)
    backlog = SessionBacklog(redis, clock, keys, session_limits)
    facts = SessionFacts(redis, keys or Keys())
    book = BUILT_IN if game is None else game.book()
    orchestrator = InventoryCoreOrchestrator(sessions, backlog, vault, metrics, book)
    return Engine(
        catalogue=catalogue,
        redis=redis,
        vault=vault,
        clock=clock,
        sessions=sessions,
        backlog=backlog,
        orchestrator=orchestrator,
        dispatcher=Dispatcher(orchestrator, catalogue, clock, facts),
        worker=FlushWorker(orchestrator, backlog, vault, clock, worker_limits),
        readiness=Readiness(backlog, vault, metrics, clock, flush_lag_max_s),
        metrics=metrics,
        game=game,
    )
