"""What every scenario stands on: engines, data, the load generator; and ids that no scenario shares with another."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from bench.bench_world import Cast, bench_catalogue
from bench.drive import Driver
from bench.engines import TOKEN, Ground, Server
from bench.fill import attach_all, fill_own_sessions, fill_vault
from bench.plan import Plan
from satchel.client import InventoryClient
from satchel.clock import clock_ms
from satchel.session import Keys, SessionBacklog

__all__ = ["Stage"]


class Stage:
    """One bench run's engines, data and helpers."""

    def __init__(self, ground: Ground, plan: Plan) -> None:
        self.ground = ground
        self.plan = plan
        self.catalogue = bench_catalogue(ground.world)
        self.driver = Driver(ground)
        self.keys = Keys()
        self.backlog = SessionBacklog(self.driver.redis, clock_ms, self.keys)
        self._next_id = 1

    def cast(self, count: int, items: int) -> Cast:
        """Reserve characters."""
        cast = Cast(self._next_id, count, items)
        self._next_id += count + 16
        return cast

    async def new_cast(self, count: int, items: int) -> Cast:
        """Reserve characters, and make them in the vault."""
        cast = self.cast(count, items)
        await fill_vault(self.ground.postgres.dsn, self.catalogue, cast)
        return cast

    async def new_sessions(self, count: int, items: int) -> Cast:
        """Reserve characters, and make them in the vault and attached in Redis."""
        cast = self.cast(count, items)
        await fill_own_sessions(self.ground.postgres.dsn, self.driver.redis, self.keys, self.catalogue, cast)
        return cast

    async def open_sessions(self, server: Server, *casts: Cast) -> float:
        """Open all sessions of some casts; returns the seconds it took."""
        async with InventoryClient.over_http(f"http://127.0.0.1:{server.port}", TOKEN) as client:
            return sum([await attach_all(client, cast.ids) for cast in casts])

    async def settle(self) -> None:
        """Let PostgreSQL finish with what was loaded, so that it does not do so in the middle of a window."""
        connection = await asyncpg.connect(self.ground.postgres.dsn)
        await connection.execute("ANALYZE satchel.item; ANALYZE satchel.inventory", timeout=600)
        await connection.execute("CHECKPOINT", timeout=600)
        await connection.close()

    async def wait_clean(self, timeout_s: float = 300) -> float:
        """Wait until a worker has flushed everything; returns the seconds it took."""
        began = time.perf_counter()
        while (await self.backlog.measure()).dirty_sessions:
            if time.perf_counter() - began > timeout_s:
                raise RuntimeError("the backlog does not drain")
            await asyncio.sleep(0.05)  # Looking costs the servers something too.
        return time.perf_counter() - began

    @contextmanager
    def running(self, *servers: Server) -> Iterator[None]:
        """Stop servers at the end."""
        try:
            yield
        finally:
            for server in servers:
                server.stop()
