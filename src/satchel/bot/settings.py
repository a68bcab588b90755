"""The settings of the bot, as plain values; the program that runs the bot fills them in."""

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

__all__ = ["BotSettings"]


class BotSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the bot reaches Telegram, and how it treats players.

    Attributes:
        token: The bot's token, from @BotFather.
        api_url: The Bot API server.
        webhook_url: Where Telegram posts updates; empty for long polling.
        webhook_secret: What Telegram sends with every update; made from the token if it is empty.
        demo: Whether newcomers get a character with a starter kit.
        texts: A directory with `en.ftl` or `ru.ftl`; their messages replace the bot's own.
    """

    token: str
    api_url: str = "https://api.telegram.org"
    webhook_url: str = ""
    webhook_secret: str = ""
    demo: bool = False
    texts: Path | None = None

    @property
    def webhook_path(self) -> str:
        """The path of the webhook; empty without one."""
        return urlsplit(self.webhook_url).path

    @property
    def secret(self) -> str:
        """What Telegram sends with every update."""
        made = hashlib.sha256(f"satchel-webhook:{self.token}".encode()).hexdigest()
        return self.webhook_secret or made
