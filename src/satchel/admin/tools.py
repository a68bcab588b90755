"""Opens what operators' tools need, and nothing else: no server settings are judged, no namespace is claimed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from satchel.admin.audit import Audit
from satchel.admin.quarantine import Quarantine
from satchel.admin.restore import Restorer
from satchel.catalogue import load_catalogue
from satchel.clock import clock_ms
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.orchestrator import InventoryCoreOrchestrator
from satchel.runtime.config import Settings
from satchel.runtime.game import load_game
from satchel.runtime.wiring import wire
from satchel.session import InventorySessionManager, Keys, RedisNode
from satchel.session.inspection import SessionInspection
from satchel.session.redis import Address
from satchel.vault import PostgresVault, check_schema
from satchel.vault.inspection import VaultInspection

__all__ = ["Addresses", "AdminTools", "open_admin"]


class Addresses(msgspec.Struct, frozen=True):
    """The settings, and where the servers are."""

    settings: Settings
    postgres_dsn: str
    redis_url: str


class AdminTools(msgspec.Struct, frozen=True):
    """Everything that operators' tools are made of."""

    settings: Settings
    catalogue: Catalogue
    vault: VaultInspection
    postgres: PostgresVault
    sessions: InventorySessionManager
    inspection: SessionInspection
    orchestrator: InventoryCoreOrchestrator

    def audit(self, unsaved_max_s: float | None = None) -> Audit:
        """A fresh audit."""
        unsaved_max_ms = int((unsaved_max_s or self.settings.flush_lag_max_s) * 1000)
        return Audit(
            self.vault,
            self.sessions,
            self.inspection,
            self.catalogue,
            clock_ms,
            book=self.orchestrator.book,
            unsaved_max_ms=unsaved_max_ms,
        )

    def quarantine(self) -> Quarantine:
        """The quarantine."""
        return Quarantine(self.vault, self.postgres, self.sessions, self.inspection, self.audit())

    def restorer(self) -> Restorer:
        """The restorer."""
        return Restorer(self.vault, self.orchestrator, clock_ms)


@asynccontextmanager
async def open_admin(addresses: Addresses) -> AsyncIterator[AdminTools]:
    """Open everything, and close it in reverse order.

    Raises:
        Operational: A server is away, or the schema is of another release.
    """
    settings = addresses.settings
    catalogue = load_catalogue(Path(settings.catalogue) if settings.catalogue else None)
    redis = RedisNode(Address.parse(addresses.redis_url))
    vault = PostgresVault(addresses.postgres_dsn, connections_max=2)
    keys = Keys(settings.namespace)
    try:
        await vault.ping()
        await check_schema(addresses.postgres_dsn)
        async with VaultInspection.open(addresses.postgres_dsn) as inspection:
            engine = wire(redis, vault, catalogue, game=load_game(settings.game), keys=keys)
            yield AdminTools(
                settings,
                catalogue,
                inspection,
                vault,
                engine.sessions,
                SessionInspection(redis, keys),
                engine.orchestrator,
            )
    finally:
        await vault.close()
        redis.close()
