"""The bot without a token: everything runs locally, a Bot API too, and the chat is in the terminal."""

import asyncio
import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from satchel.bot.main import run_bot
from satchel.bot.settings import BotSettings
from satchel.client import InventoryClient
from satchel.demos.terminal import TerminalChat
from satchel.embedded import Engines, start_engines
from satchel.runtime.app import open_satchel
from satchel.runtime.config import Settings, service_token
from satchel.runtime.serve import listen, make_server
from satchel.testing.telegram import FakeTelegram
from satchel.vault import upgrade_schema

__all__ = ["run_bot_demo"]

PLAYER = 4711
NAMES = {"en": "Ann", "ru": "Аня"}

Say = Callable[[str], object]


def run_bot_demo(language: str, lines: Iterable[str], say: Say, *, echo: bool) -> None:
    """Play until the lines end, or until `/quit`; then stop everything and remove its data.

    Args:
        language: `en` or `ru`.
        lines: What the player types.
        say: Prints a line.
        echo: Whether to print what was typed.
    """
    with tempfile.TemporaryDirectory(prefix="satchel-bot-demo-") as directory:
        # Servers that run as another user have to enter it; their own directories inside are private.
        os.chmod(directory, 0o755)  # noqa: S103
        with start_engines(Path(directory)) as engines:
            asyncio.run(_play(engines, directory, language, lines, say, echo))


async def _play(engines: Engines, directory: str, language: str, lines: Iterable[str], say: Say, echo: bool) -> None:
    settings = Settings(data_dir=directory, service_token=secrets.token_urlsafe(24), log_level="WARNING")
    async with _api(engines, settings) as url, FakeTelegram() as telegram:
        own = BotSettings(token=telegram.token, api_url=telegram.url, demo=True)
        player = telegram.user(PLAYER, name=NAMES[language], language=language)
        chat = TerminalChat(telegram, player, language, lines, say, echo=echo)
        async with InventoryClient.over_http(url, service_token(settings)) as client:
            stop = asyncio.Event()
            bot = asyncio.create_task(
                run_bot(own, client, stop=stop, on_ready=lambda parts, _: telegram.watch(parts.dispatcher))
            )
            playing = asyncio.create_task(chat.run())
            await asyncio.wait((bot, playing), return_when=asyncio.FIRST_COMPLETED)
            stop.set()
            if not playing.done():
                playing.cancel()
            await bot
            await playing


@asynccontextmanager
async def _api(engines: Engines, settings: Settings) -> AsyncIterator[str]:
    """Serve the API on a free port; yields its URL."""
    assert engines.postgres is not None  # noqa: S101 - for the type checker
    assert engines.valkey is not None  # noqa: S101
    await upgrade_schema(engines.postgres.dsn)
    async with open_satchel(settings, engines.postgres.dsn, engines.valkey.url) as satchel:
        bound = listen("127.0.0.1", 0)
        server = make_server(satchel, satchel.readiness)
        serving = asyncio.create_task(server.serve([bound]))
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving
