"""A fake Bot API over HTTP, for tests of bots and for playing without a token.

It checks every request with aiogram's models of the Bot API, has Telegram's limits, and refuses in Telegram's words.
A test can act as any number of users.
"""

from satchel.testing.telegram.chats import Button, Chat, InlineAnswer, InlineResult, Screen, Toast
from satchel.testing.telegram.player import Player
from satchel.testing.telegram.server import BotSilent, Call, FakeTelegram

__all__ = [
    "BotSilent",
    "Button",
    "Call",
    "Chat",
    "FakeTelegram",
    "InlineAnswer",
    "InlineResult",
    "Player",
    "Screen",
    "Toast",
]
