"""Who is at the bot: a player, what they tapped, and what they get to see."""

import msgspec

from satchel.bot.callbacks import Callback
from satchel.bot.screens.screen import Screen

__all__ = ["Awaited", "Outcome", "Player", "Shown", "Tap"]


class Player(msgspec.Struct, frozen=True):
    """A person in the messenger."""

    user_id: int
    lang: str = "en"
    name: str = ""

    @property
    def owner(self) -> str:
        """The account that characters belong to."""
        return f"tg:{self.user_id}"


class Tap(msgspec.Struct, frozen=True):
    """A tap on a button.

    `key` names this tap, however often it is delivered. `search` is the text that the tapped message was looking for.
    """

    player: Player
    chat_id: int
    message_id: int
    data: str
    key: str
    search: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """What follows a tap: a toast, and the screen that takes the place of the tapped one (None: it stays).

    `noted` is whether the screen itself says what the toast says.
    """

    toast: str = ""
    screen: Screen | None = None
    noted: bool = False


class Shown(msgspec.Struct, frozen=True):
    """What follows a message: a screen, in the place of an older message or (None) as a new one."""

    screen: Screen
    message_id: int | None = None


class Awaited(msgspec.Struct, frozen=True):
    """A text that the bot has asked for: the only thing that it keeps in memory about a conversation.

    `version` and `largest` are of the moment of the question, for a number; `until_ms` ends the wait. `search` is the
    text that the message was looking for.
    """

    callback: Callback
    message_id: int
    until_ms: int
    version: int = 0
    largest: int = 0
    search: str = ""
