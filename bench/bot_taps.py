"""`python -m bench.bot_taps`: what a tap costs in the bot's process, for bags of 20, 200 and 1,000 items.

The API runs in a process of its own on real engines. The bot is the real dispatcher, fed with updates; in the place of
Telegram stands a session that takes everything at once, so that no time of a fake server is counted.
"""

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.base import BaseSession
from aiogram.methods import EditMessageText, SendMessage, TelegramMethod
from aiogram.types import InlineKeyboardMarkup

from bench.engines import free_port
from satchel.bot.callbacks import Callback, Verb, Where
from satchel.bot.main import BotParts
from satchel.bot.settings import BotSettings
from satchel.client import InventoryClient
from satchel.client.transport import Answer, HttpTransport
from satchel.embedded import start_engines
from satchel.inventory.actions import Grant
from satchel.inventory.character import Character
from satchel.session.redis import Address, RedisNode
from satchel.vault import upgrade_schema

SIZES = (20, 200, 1_000)
ROUNDS = 60
TOKEN = "bench-service-token"
BOT_TOKEN = "4200:token-of-the-bench"
KIT = ("traveller_belt", "iron_sword", "steel_sword", "healing_potion")


class Nowhere(BaseSession):
    """Takes what the bot sends, and keeps the last keyboard."""

    def __init__(self) -> None:
        super().__init__()
        self.keyboard: InlineKeyboardMarkup | None = None

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:
        """Carry nothing out."""
        # What would be sent is made all the same: it is part of the cost.
        for value in method.model_dump(warnings=False).values():
            self.prepare_value(value, bot=bot, files={})
        if isinstance(method, SendMessage | EditMessageText) and isinstance(method.reply_markup, InlineKeyboardMarkup):
            self.keyboard = method.reply_markup
        return True

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        timeout: int = 30,
        chunk_size: int = 65_536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:
        """Give nothing."""
        yield b""

    async def close(self) -> None:
        """Let go of nothing."""


class Counting(HttpTransport):
    """Counts the calls of the API."""

    calls = 0

    async def call(self, method: str, path: str, body: bytes, owner: str | None, headers: Mapping[str, str]) -> Answer:
        """See `Transport`."""
        self.calls += 1
        return await super().call(method, path, body, owner, headers)


class Rig:
    """One bot, one player, and the counters around them."""

    def __init__(self, transport: Counting, redis: RedisNode, log: Path, char_id: int) -> None:
        self.transport, self.redis, self.log, self.char_id = transport, redis, log, char_id
        self.telegram = Nowhere()
        bot = Bot(BOT_TOKEN, session=self.telegram, default=DefaultBotProperties(parse_mode="HTML"))
        self.parts = BotParts(BotSettings(token=BOT_TOKEN), InventoryClient(transport), bot)
        self.updates = 0
        self.spent: dict[str, list[tuple[float, float]]] = {}
        self.counted: dict[str, tuple[int, ...]] = {}

    async def measure(self, name: str, verb: Verb, where: Where | None = None) -> None:
        """Tap the first such button; its calls are counted the first time."""
        data, first = self.find(verb, where), name not in self.counted
        before = await self.counts() if first else ()
        self.spent.setdefault(name, []).append(await self.tap(data))
        if first:
            self.counted[name] = tuple(b - a for a, b in zip(before, await self.counts(), strict=True))

    async def feed(self, kind: str, event: dict[str, Any]) -> None:
        """Hand the bot an update, as polling does."""
        self.updates += 1
        user = {"id": self.char_id, "is_bot": False, "first_name": "Ann", "language_code": "en"}
        update = {"update_id": self.updates, kind: {**event, "from": user}}
        await self.parts.dispatcher.feed_raw_update(self.parts.bot, update)

    async def command(self, text: str) -> None:
        """Send a command."""
        await self.feed("message", self._message(text))

    async def tap(self, data: str) -> tuple[float, float]:
        """Tap a button; wall and CPU milliseconds in this process."""
        query = {"id": f"{self.char_id}{self.updates:06d}", "chat_instance": "1", "data": data}
        began, cpu = time.perf_counter(), time.process_time()
        await self.feed("callback_query", {**query, "message": self._message("screen")})
        return (time.perf_counter() - began) * 1e3, (time.process_time() - cpu) * 1e3

    def find(self, verb: Verb, where: Where | None = None) -> str:
        """The first button on the screen that asks for something."""
        assert self.telegram.keyboard is not None
        for row in self.telegram.keyboard.inline_keyboard:
            for button in row:
                callback = Callback.unpack(button.callback_data) if button.callback_data else None
                if callback is not None and callback.verb == verb and where in (None, callback.place.where):
                    return button.callback_data or ""
        raise LookupError(f"no button for {verb.name}")

    async def counts(self) -> tuple[int, int, int]:
        """Calls of the API, scripts run in Redis, SQL statements so far."""
        stats = (await self.redis.execute("INFO", "commandstats")).decode()
        commands = sum(int(line.split("calls=")[1].split(",")[0]) for line in stats.splitlines() if "evalsha" in line)
        lines = self.log.read_text(errors="replace").splitlines()
        statements = sum("LOG:  statement:" in line or "LOG:  execute" in line for line in lines)
        return self.transport.calls, commands, statements

    def _message(self, text: str) -> dict[str, Any]:
        chat = {"id": self.char_id, "type": "private", "first_name": "Ann"}
        entity = {"type": "bot_command", "offset": 0, "length": len(text)}
        return {"message_id": self.updates + 1, "date": 0, "chat": chat, "text": text, "entities": [entity]}


async def tap_around(rig: Rig) -> None:
    """Tap through the screens once."""
    await rig.command("/gear")
    await rig.measure("open the bag", Verb.LIST, Where.BAG)
    await rig.measure("turn the page", Verb.LIST, Where.BAG)
    await rig.measure("open a card", Verb.CARD)
    await rig.measure("back to the doll", Verb.DOLL)
    await rig.measure("open a slot", Verb.LIST, Where.SLOT)
    await rig.measure("wear from the list", Verb.EQUIP)
    await rig.measure("take off", Verb.UNEQUIP)
    await rig.measure("back to the doll", Verb.DOLL)
    await rig.measure("open the belt", Verb.BELT)


def rows(rig: Rig, size: int) -> list[str]:
    """What was measured of one bag, as rows of a table."""
    found = []
    for name, times in rig.spent.items():
        wall, cpu = sorted(pair[0] for pair in times), statistics.median(pair[1] for pair in times)
        api, scripts, statements = rig.counted[name]
        p50, p95 = statistics.median(wall), wall[int(len(wall) * 0.95)]
        found.append(f"| {size:,} | {name} | {api} | {scripts} | {statements} | {p50:.1f} | {p95:.1f} | {cpu:.1f} |")
    return found


def make_world(directory: Path) -> Path:
    """The starter world with a bag for everything."""
    world = directory / "world"
    shutil.copytree(str(resources.files("satchel.catalogue") / "data"), world)
    rules = json.loads((world / "rules.json").read_text())
    rules["weight_limit_g"] = 10**12
    next(container for container in rules["containers"] if container["id"] == "bag")["slots"] = 2_000
    (world / "rules.json").write_text(json.dumps(rules))
    return world


async def run(directory: Path, dsn: str, redis_url: str, log: Path) -> None:
    """Measure every size, and print the table."""
    await upgrade_schema(dsn)
    port = free_port()
    environment = {
        "SATCHEL_POSTGRES_DSN": dsn,
        "SATCHEL_REDIS_URL": redis_url,
        "SATCHEL_API_PORT": str(port),
        "SATCHEL_SERVICE_TOKEN": TOKEN,
        "SATCHEL_DATA_DIR": str(directory),
        "SATCHEL_CATALOGUE": str(make_world(directory)),
    }
    api = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs yet
        [sys.executable, "-m", "satchel", "api"], env={**os.environ, **environment}, stdout=subprocess.PIPE
    )
    assert api.stdout is not None
    assert b"ready" in api.stdout.readline()
    transport, redis = Counting(f"http://127.0.0.1:{port}", TOKEN), RedisNode(Address.parse(redis_url))
    try:
        rigs = {size: Rig(transport, redis, log, char_id) for char_id, size in enumerate(SIZES, 1)}
        for size, rig in rigs.items():
            await fill(InventoryClient(transport), rig.char_id, size)
        for _ in range(ROUNDS):
            # In turns, so that whatever else the machine does falls on all of them alike.
            for rig in rigs.values():
                await tap_around(rig)
        print("| items | tap | API calls | scripts in Redis | SQL | median ms | p95 ms | CPU ms of the bot |")
        print("|---|---|---|---|---|---|---|---|")
        print("\n".join(row for size, rig in rigs.items() for row in rows(rig, size)))
    finally:
        await transport.close()
        redis.close()
        api.terminate()
        api.wait(30)
        api.stdout.close()


async def fill(client: InventoryClient, char_id: int, size: int) -> None:
    """Make a character with so many items."""
    await client.put_character(char_id, Character(f"tg:{char_id}", "Ann", 30, {"strength": 30, "agility": 30}))
    names = [*KIT, *("bone_knife" if number % 2 else "linen_shirt" for number in range(size - len(KIT)))]
    for start in range(0, len(names), 50):
        await client.act(char_id, *(Grant(definition=name) for name in names[start : start + 50]))


def main() -> None:
    """Start engines of our own, and measure."""
    with tempfile.TemporaryDirectory(prefix="satchel-bench-") as name:
        os.chmod(name, 0o755)
        with start_engines(Path(name), postgres_options={"log_statement": "all"}) as engines:
            assert engines.postgres is not None
            assert engines.valkey is not None
            asyncio.run(run(Path(name), engines.postgres.dsn, engines.valkey.url, engines.postgres.log))


if __name__ == "__main__":
    main()
