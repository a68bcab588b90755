"""One game, two servers: two whole processes' worth of Satchel on the same engines, each with its API on a socket."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import asyncpg
import pytest

from satchel.admin.tools import Addresses, open_admin
from satchel.api.openapi import openapi_document
from satchel.runtime.app import Satchel, open_satchel
from satchel.runtime.config import Settings
from tests.integration.api.conftest import TOKEN, Service, api_settings, serving
from tests.openapi import Spec
from tests.wire import Wire

HERO, RIVAL = 1, 2


class Game:
    """Two servers of one game.

    Attributes:
        here: Requests to the first server.
        there: Requests to the second one.
        service: The first server's parts.
        other: The second server's parts.
    """

    def __init__(self, service: Service, other: Service, here: Wire, there: Wire, redis_url: str) -> None:
        self.service = service
        self.other = other
        self.here = here
        self.there = there
        self._redis_url = redis_url

    @property
    def wires(self) -> tuple[Wire, Wire]:
        return self.here, self.there

    async def save(self) -> None:
        """Bring everything into the vault, as a worker would."""
        await self.other.satchel.worker.drain(20)

    async def count(self, definition: str) -> int:
        """How much of something there is in the whole game, once all of it is saved; nothing may be wrong with it."""
        await self.save()
        settings = self.service.satchel.settings
        async with open_admin(Addresses(settings, self.service.dsn, self._redis_url)) as place:
            report = await place.audit().run()
        assert report.findings == ()
        connection = await asyncpg.connect(self.service.dsn)
        try:
            statement = "SELECT coalesce(sum(quantity), 0) FROM satchel.item WHERE definition = $1"
            return int(await connection.fetchval(statement, definition))
        finally:
            await connection.close()

    async def gold(self, char_id: int = HERO) -> int:
        """A balance, as the other server shows it."""
        wallet = (await self.there.send("GET", f"/inventory/{char_id}/wallet")).json
        return int(next(entry["amount"] for entry in wallet["balances"] if entry["resource"] == "gold"))


@pytest.fixture
def game_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings that both servers share."""
    return api_settings(tmp_path_factory.mktemp("dupes"))


@pytest.fixture
async def game(game_settings: Settings, vault_dsn: str, redis_url: str) -> AsyncIterator[Game]:
    """The game, with hero 1 and rival 2, each of a player of their own."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        services = []
        for _ in range(2):
            satchel: Satchel = await stack.enter_async_context(open_satchel(game_settings, vault_dsn, redis_url))
            services.append(await stack.enter_async_context(serving(satchel, vault_dsn)))
        spec = Spec(openapi_document())
        here, there = (Wire(http, service.url, TOKEN, spec) for service in services)
        await here.make_character(HERO)
        await here.make_character(RIVAL, owner="tg:2")
        yield Game(services[0], services[1], here, there, redis_url)
