"""The whole of it for a test: a real API that can be restarted, the real bot, and people who talk to it."""

import asyncio
import itertools
from contextlib import AsyncExitStack

from satchel.client import InventoryClient
from satchel.inventory.actions import Grant, Operation
from satchel.inventory.character import Character
from satchel.inventory.reads.reply import ActionReply
from satchel.runtime.app import open_satchel
from satchel.runtime.config import Settings
from satchel.runtime.serve import listen, make_server
from satchel.testing.telegram import FakeTelegram, Player
from satchel.texts import Texts

__all__ = ["HERO", "TEXTS", "TOKEN", "ApiHost", "Stage", "say"]

TOKEN = "test-service-token"
HERO: dict[str, int | str] = {"strength": 30, "agility": 30, "wisdom": 30, "class": "mage"}

_numbers = itertools.count(1)
TEXTS = Texts()


class ApiHost:
    """An API on a port that stays the same when it is stopped and started again."""

    def __init__(self, settings: Settings, dsn: str, redis_url: str) -> None:
        self._settings, self._dsn, self._redis_url = settings, dsn, redis_url
        self._port = 0
        self._open = AsyncExitStack()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Serve, as `satchel api` does."""
        satchel = await self._open.enter_async_context(open_satchel(self._settings, self._dsn, self._redis_url))
        bound = listen("127.0.0.1", self._port)
        self._port = bound.getsockname()[1]
        server = make_server(satchel, satchel.readiness)
        serving = asyncio.create_task(server.serve([bound]))

        async def stop() -> None:
            server.should_exit = True
            await serving

        self._open.push_async_callback(stop)

    async def stop(self) -> None:
        """Stop serving, and let go of all connections."""
        await self._open.aclose()
        self._open = AsyncExitStack()


class Stage:
    """What a test of the bot acts with.

    Attributes:
        telegram: The fake Bot API that the bot is on.
        client: A client of the API with all rights.
    """

    def __init__(self, telegram: FakeTelegram, client: InventoryClient) -> None:
        self.telegram = telegram
        self.client = client

    def player(self, *, language: str = "en", name: str = "Ann") -> Player:
        """A person that no other test knows, without a character."""
        return self.telegram.user(1_000_000 + next(_numbers), language=language, name=name)

    async def hero(self, *items: str | Grant, language: str = "en", name: str = "Ann", level: int = 30) -> Player:
        """A person with a character that carries these items."""
        player = self.player(language=language, name=name)
        await self.client.put_character(player.id, Character(f"tg:{player.id}", name, level, HERO))
        if items:
            await self.act(player, *(Grant(definition=item) if isinstance(item, str) else item for item in items))
        return player

    async def act(self, player: Player, *operations: Operation) -> ActionReply:
        """Change a player's inventory past the bot, as another client would."""
        return await self.client.act(player.id, *operations)

    async def item(self, player: Player, definition: str) -> str:
        """The id of the player's item of a definition."""
        inventory = await self.client.get_inventory(player.id)
        return next(item.id for item in inventory.items if item.definition == definition)

    async def worn(self, player: Player, slot: str) -> str | None:
        """The definition worn in a slot."""
        doll = await self.client.get_doll(player.id)
        item = next(entry.item for entry in doll.slots if entry.slot == slot)
        return None if item is None else item.definition

    async def carried(self, player: Player) -> dict[str, int]:
        """How many of each definition the player has, worn or not."""
        counts: dict[str, int] = {}
        for item in (await self.client.get_inventory(player.id)).items:
            counts[item.definition] = counts.get(item.definition, 0) + item.quantity
        return counts


def say(language: str, key: str, **variables: str | int) -> str:
    """What the bot says."""
    return TEXTS.say(language, key, **variables)
