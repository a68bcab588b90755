"""The webhook: an ASGI application that takes Telegram's updates in the API's process."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from aiogram.exceptions import TelegramAPIError
from pydantic import ValidationError

from satchel.bot.main import BotParts, introduce, make_bot, make_parts
from satchel.bot.settings import BotSettings
from satchel.client import InventoryClient
from satchel.errors import BotTokenWrong
from satchel.telemetry import log

__all__ = ["Webhook", "open_webhook"]

BODY_BYTES_MAX = 256 * 1024
UPDATES_MAX = 256
"""The most updates being handled at a time; above it Telegram is asked to come back."""

CLOSE_WITHIN_S = 5.0
SECRET_HEADER = b"x-telegram-bot-api-secret-token"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Webhook:
    """Answers at once, and handles the update afterwards.

    Args:
        parts: The bot.
        secret: What Telegram sends with every update; requests without it are refused.
    """

    def __init__(self, parts: BotParts, secret: str) -> None:
        self._parts = parts
        self._secret = secret.encode()
        self._handling: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Take one update."""
        status = await self._take(scope, receive)
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def close(self) -> None:
        """Wait a short while for updates that are being handled."""
        if self._handling:
            _, late = await asyncio.wait(self._handling, timeout=CLOSE_WITHIN_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _take(self, scope: Message, receive: Receive) -> int:
        if scope["method"] != "POST":
            return 405
        if not hmac.compare_digest(dict(scope["headers"]).get(SECRET_HEADER, b""), self._secret):
            return 401
        if len(self._handling) >= UPDATES_MAX:
            return 503
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if message["type"] != "http.request" or len(body) > BODY_BYTES_MAX:
                return 413 if message["type"] == "http.request" else 400
        try:
            update = json.loads(body)
        except ValueError:
            return 400
        task = asyncio.create_task(self._handle(update))
        self._handling.add(task)
        task.add_done_callback(self._handling.discard)
        return 200

    async def _handle(self, update: dict[str, Any]) -> None:
        try:
            await self._parts.dispatcher.feed_raw_update(self._parts.bot, update)
        except ValidationError:
            # This release does not know such updates. An error would make Telegram send it again and again.
            log.warning("bot_update_unknown")
        except Exception:  # noqa: BLE001 - the last resort of an update
            log.exception("bot_update_failed")


@asynccontextmanager
async def open_webhook(settings: BotSettings, client: InventoryClient) -> AsyncIterator[Webhook]:
    """Open the bot and its webhook. Telegram is told in the background, because it may be away.

    Args:
        settings: The bot's settings.
        client: The API, with a service's rights.

    Raises:
        BotTokenWrong: It does not look like a token.
    """
    bot = make_bot(settings)
    parts = make_parts(settings, client, bot)
    webhook = Webhook(parts, settings.secret)
    announcing = asyncio.create_task(_announce(parts, settings.webhook_url, settings.secret))
    try:
        yield webhook
    finally:
        announcing.cancel()
        await asyncio.gather(announcing, return_exceptions=True)
        await webhook.close()
        await parts.close()
        await bot.session.close()


async def _announce(parts: BotParts, url: str, secret: str) -> None:
    try:
        me = await introduce(parts.bot, parts.texts)
        await parts.bot.set_webhook(
            url, secret_token=secret, allowed_updates=parts.dispatcher.resolve_used_update_types()
        )
        log.info("bot_webhook_set", extra={"fields": {"bot": me.username}})
    except (BotTokenWrong, TelegramAPIError) as error:
        log.error("bot_webhook_not_set", extra={"fields": {"reason": str(error)}})
