"""The whole engine in the memory of one process: what a game's own tests run against."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from satchel.api import Gatekeeper, Readiness, make_api
from satchel.catalogue import load_catalogue
from satchel.client import InProcessTransport, InventoryClient
from satchel.dispatcher import Dispatcher
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.orchestrator import InventoryCoreOrchestrator
from satchel.runtime.app import clock_ms
from satchel.session import InventorySessionManager, SessionBacklog
from satchel.telemetry import Metrics
from satchel.testing.redis import FakeRedis
from satchel.testing.vault import FakeVault
from satchel.worker import FlushWorker

__all__ = ["open_in_memory"]

FLUSH_LAG_MAX_S = 30.0


@asynccontextmanager
async def open_in_memory(catalogue: Catalogue | None = None) -> AsyncIterator[InventoryClient]:
    """Open an engine that needs no servers and forgets everything at the end.

    It is the real engine (rules, sessions, scripts, flush worker, API) on a Redis and a vault in memory, so that your
    tests see the same answers and the same errors as your game will.

    Args:
        catalogue: Your definitions and rules, e.g. `load_catalogue(Path("items"))`; the starter world if None.

    Returns:
        A client with all rights; `client.acting_for(owner)` is one with a player's.

    Example:
        async with open_in_memory() as client:
            await client.put_character(1, Character(owner="tg:1", name="Ann", level=20))
            granted = await client.act(1, Grant(definition="iron_sword"))
            worn = await client.act(1, Equip(item_id=granted.changes[0].item))
            assert worn.changes[0].after.slot == "main_hand"
    """
    catalogue, metrics, redis, vault = catalogue or load_catalogue(), Metrics(), FakeRedis(), FakeVault()
    sessions = InventorySessionManager(redis, vault, catalogue, clock_ms, metrics=metrics)
    backlog = SessionBacklog(redis, clock_ms)
    orchestrator = InventoryCoreOrchestrator(sessions, backlog, vault, metrics)
    dispatcher = Dispatcher(orchestrator, catalogue, clock_ms)
    worker = FlushWorker(orchestrator, backlog, vault, clock_ms)
    token = secrets.token_urlsafe(16)
    gatekeeper = Gatekeeper(token)
    readiness = Readiness(backlog, vault, metrics, clock_ms, FLUSH_LAG_MAX_S)
    api = make_api(dispatcher, gatekeeper, readiness, metrics, vault)
    caller = gatekeeper.caller(f"Bearer {token}".encode())
    running = asyncio.create_task(worker.run())
    try:
        transport = InProcessTransport(dispatcher, api, caller, token)
        async with InventoryClient(transport) as client:
            yield client
    finally:
        worker.stop()
        await running
        redis.close()
