"""The whole engine in the memory of one process: what a game's own tests run against."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from satchel.catalogue import load_catalogue
from satchel.client import InventoryClient
from satchel.clock import Clock, clock_ms
from satchel.game import Game
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.runtime.background import Background
from satchel.runtime.wiring import wire
from satchel.testing.redis import FakeRedis, FakeServer
from satchel.testing.vault import FakeVault

__all__ = ["open_in_memory"]


@asynccontextmanager
async def open_in_memory(
    catalogue: Catalogue | None = None, *, game: Game | None = None, clock: Clock = clock_ms
) -> AsyncIterator[InventoryClient]:
    """Open an engine that needs no servers and forgets everything at the end.

    It is the real engine (rules, sessions, scripts, flush worker, API) on a Redis and a vault in memory, so that your
    tests see the same answers and the same errors as your game will.

    Args:
        catalogue: Your definitions and rules, e.g. `load_catalogue(Path("items"))`; the starter world if None.
        game: Your own actions and vetoes; see docs/game.md.
        clock: What everything in it takes the time from. With a `FakeClock` a test turns it forward, and sees a drop
            that can no longer be undone or a session that has expired.

    Returns:
        A client with all rights; `client.acting_for(owner)` is one with a player's.

    Example:
        async with open_in_memory() as client:
            await client.put_character(1, Character(owner="tg:1", name="Ann", level=20))
            granted = await client.act(1, Grant(definition="iron_sword"))
            worn = await client.act(1, Equip(item_id=granted.changes[0].item))
            assert worn.changes[0].after.slot == "main_hand"
    """
    redis = FakeRedis(FakeServer(clock))
    engine = wire(redis, FakeVault(), catalogue or load_catalogue(), game=game, clock=clock)
    background = Background(engine, lambda _name, _error: None)
    try:
        async with engine.client() as client:
            yield client
    finally:
        await background.end()
        redis.close()
    if background.failure is not None:
        raise background.failure
