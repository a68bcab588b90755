from collections.abc import AsyncIterator

import asyncpg
import pytest

from satchel.admin.tools import Addresses, AdminTools, open_admin
from satchel.clock import clock_ms
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet, Drop, Equip, Grant
from satchel.runtime.config import Settings
from tests.builders import Play


@pytest.fixture
def addresses(settings: Settings, vault_dsn: str, redis_url: str) -> Addresses:
    """Where the servers of this test are."""
    return Addresses(settings, vault_dsn, redis_url)


@pytest.fixture
async def workplace(addresses: Addresses) -> AsyncIterator[AdminTools]:
    """What operators' tools are made of, beside the running game."""
    async with open_admin(addresses) as opened:
        yield opened


@pytest.fixture
async def sql(vault_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to hurt the vault with."""
    connection = await asyncpg.connect(vault_dsn)
    yield connection
    await connection.close()


@pytest.fixture
async def played(play: Play) -> Play:
    """Character 1 after four saves, all of them flushed: sword worn, 9 ore, 30 gold."""
    sword, ore = await play.grant("iron_sword"), await play.grant("iron_ore", 10)
    await play.act(Equip(item_id=sword), AdjustWallet(resource="gold", amount=30))
    await play.act(Drop(item_id=ore, quantity=1))
    await play.satchel.orchestrator.flush_session(HolderId(1))
    return play


@pytest.fixture
async def neighbour(played: Play) -> Play:
    """Character 2 with a shield, flushed."""
    other = await Play.begin(played.satchel, clock_ms, char_id=HolderId(2))
    await other.act(Grant(definition="oak_shield"))
    await other.satchel.orchestrator.flush_session(HolderId(2))
    return other
