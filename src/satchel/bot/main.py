"""Puts the bot together and runs it by long polling."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramAPIError, TelegramNetworkError, TelegramServerError, TelegramUnauthorizedError
from aiogram.types import BotCommand, TelegramObject, User
from aiogram.utils.token import TokenValidationError

from satchel.bot.inventory_main import make_router
from satchel.bot.orchestrator import InventoryBotOrchestrator
from satchel.bot.outbox import Outbox
from satchel.bot.settings import BotSettings
from satchel.client import InventoryClient
from satchel.errors import BotTokenWrong
from satchel.telemetry import log
from satchel.texts import LANGUAGES, Texts

__all__ = ["BotParts", "introduce", "make_bot", "make_parts", "run_as_process", "run_bot"]

COMMANDS = ("start", "gear", "bag", "find", "help")
REACH_PAUSE_MAX_S = 30.0
CLOSE_WITHIN_S = 5.0


class BotParts:
    """The parts of a running bot.

    Attributes:
        bot: Telegram.
        dispatcher: Where updates go.
        outbox: Where screens go.
        texts: What the bot says.
    """

    def __init__(self, settings: BotSettings, client: InventoryClient, bot: Bot) -> None:
        self.bot = bot
        self.texts = Texts(settings.texts)
        self.outbox = Outbox(bot)
        self.dispatcher = Dispatcher(disable_fsm=True)
        orchestrator = InventoryBotOrchestrator(client, self.texts, demo=settings.demo)
        self.dispatcher.include_router(make_router(orchestrator, self.outbox))
        self.dispatcher.update.outer_middleware(self._count)
        self._in_flight: set[asyncio.Task[object]] = set()

    async def close(self) -> None:
        """Wait a short while for updates that are being handled, and for their screens to be sent."""
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=CLOSE_WITHIN_S)
        await self.outbox.close()

    async def _count(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[object]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> object:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - for the type checker
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)
        return await handler(event, data)


def make_bot(settings: BotSettings) -> Bot:
    """Make the connection to Telegram, or to the Bot API server that the settings name.

    Raises:
        BotTokenWrong: It does not look like a token.
    """
    session = AiohttpSession(api=TelegramAPIServer.from_base(settings.api_url))
    try:
        return Bot(settings.token, session=session, default=DefaultBotProperties(parse_mode="HTML"))
    except TokenValidationError as error:
        raise BotTokenWrong from error


def make_parts(settings: BotSettings, client: InventoryClient, bot: Bot) -> BotParts:
    """Put the parts together."""
    logging.getLogger("aiogram").setLevel(logging.WARNING)
    return BotParts(settings, client, bot)


async def introduce(bot: Bot, texts: Texts) -> User:
    """Say hello to Telegram: check the token, and set the menu of commands in every language.

    Raises:
        BotTokenWrong: Telegram does not know the token.
    """
    me = await _reach(bot)
    for lang in LANGUAGES:
        commands = [BotCommand(command=name, description=texts.say(lang, f"command-{name}")) for name in COMMANDS]
        try:
            await bot.set_my_commands(commands, language_code=None if lang == LANGUAGES[0] else lang)
        except TelegramAPIError as error:
            log.warning("bot_menu_not_set", extra={"fields": {"error": type(error).__name__}})
    return me


async def run_bot(
    settings: BotSettings,
    client: InventoryClient,
    *,
    stop: asyncio.Event | None = None,
    on_ready: Callable[[BotParts, User], object] = lambda _parts, _me: None,
) -> None:
    """Run the bot by long polling.

    Args:
        settings: The bot's settings; those of the webhook do not count.
        client: The API, with a service's rights.
        stop: Set it to end the bot; updates that are being handled are finished first.
        on_ready: Called just before the first update is taken.

    Raises:
        BotTokenWrong: The token is wrong.
    """
    stop = stop or asyncio.Event()
    bot = make_bot(settings)
    try:
        parts = make_parts(settings, client, bot)
        started = asyncio.create_task(introduce(bot, parts.texts))
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((started, stopped), return_when=asyncio.FIRST_COMPLETED)
            if not started.done():
                return
            me = await started
            await bot.delete_webhook()
            on_ready(parts, me)
            await _poll(parts, stopped)
        finally:
            for task in (started, stopped):
                task.cancel()
            await asyncio.gather(started, stopped, return_exceptions=True)
            await parts.close()
    finally:
        await bot.session.close()


async def run_as_process(settings: BotSettings, url: str, token: str, say: Callable[[str], object]) -> None:
    """Run the bot until SIGTERM or SIGINT.

    Args:
        settings: The bot's settings.
        url: Where the API is.
        token: Its service token.
        say: Prints one line when the bot is ready.
    """
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with InventoryClient.over_http(url, token) as client:
        await run_bot(settings, client, stop=stop, on_ready=lambda _, me: say(f"@{me.username} is ready"))


async def _poll(parts: BotParts, stopped: "asyncio.Task[bool]") -> None:
    dispatcher = parts.dispatcher
    polling = asyncio.create_task(dispatcher.start_polling(parts.bot, handle_signals=False, close_bot_session=False))
    await asyncio.wait((polling, stopped), return_when=asyncio.FIRST_COMPLETED)
    if not polling.done():
        await dispatcher.stop_polling()
    await polling


async def _reach(bot: Bot) -> User:
    """Ask Telegram for the bot's own account; try until Telegram can be reached."""
    pause_s = 1.0
    while True:
        try:
            return await bot.me()
        except TelegramUnauthorizedError as error:
            raise BotTokenWrong from error
        except (TelegramNetworkError, TelegramServerError) as error:
            log.warning("bot_waits_for_telegram", extra={"fields": {"error": type(error).__name__}})
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, REACH_PAUSE_MAX_S)
