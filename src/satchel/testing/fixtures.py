"""The asynchronous fixture; `satchel.testing.plugin` loads it where pytest-asyncio runs."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest_asyncio

if TYPE_CHECKING:
    from satchel.client import InventoryClient
    from satchel.game import Game
    from satchel.inventory.definitions.catalogue import Catalogue
    from satchel.testing.clock import FakeClock

__all__ = ["satchel_client"]


@pytest_asyncio.fixture
async def satchel_client(
    satchel_catalogue: "Catalogue", satchel_game: "Game | None", satchel_clock: "FakeClock"
) -> "AsyncIterator[InventoryClient]":
    """A client of an engine in memory, with all rights; `acting_for(owner)` makes it a player's."""
    from satchel.testing.memory import open_in_memory

    async with open_in_memory(satchel_catalogue, game=satchel_game, clock=satchel_clock) as client:
        yield client
