"""The bot for the commands that run it: its settings, and its webhook as a face of the API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from satchel.bot.settings import BotSettings
from satchel.client import InventoryClient
from satchel.errors import ConfigError
from satchel.runtime.config import Settings
from satchel.runtime.face import Application, Face

__all__ = ["bot_faces", "bot_settings"]


def bot_settings(settings: Settings) -> BotSettings:
    """Take the bot's settings from all settings.

    Raises:
        ConfigError: There is no token.
    """
    if settings.bot_token is None:
        raise ConfigError(["SATCHEL_BOT_TOKEN: not set; @BotFather on Telegram gives one"])
    return BotSettings(
        token=settings.bot_token,
        api_url=settings.bot_api_url,
        webhook_url=settings.bot_webhook_url or "",
        webhook_secret=settings.bot_webhook_secret or "",
        demo=settings.bot_demo,
        texts=Path(settings.bot_texts) if settings.bot_texts else None,
    )


def bot_faces(settings: Settings) -> tuple[Face, ...]:
    """The bot's webhook as a face of the API; empty without a token or a webhook."""
    if settings.bot_token is None or settings.bot_webhook_url is None:
        return ()
    own = bot_settings(settings)

    @asynccontextmanager
    async def open_face(client: InventoryClient) -> AsyncIterator[Application]:
        # Imported here because aiogram takes seconds: only deployments with a webhook pay for it.
        from satchel.bot.webhook import open_webhook

        async with open_webhook(own, client) as webhook:
            yield webhook

    return (Face("bot", own.webhook_path, open_face),)
