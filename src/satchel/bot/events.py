"""Events from the messenger, and their outcomes."""

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

    `key` names this tap and stays the same if it is delivered twice. `search` is what the tapped message searched for.
    """

    player: Player
    chat_id: int
    message_id: int
    data: str
    key: str
    search: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """The outcome of a tap: a toast, and the screen that replaces the tapped one; with None that one stays.

    `noted` is whether the screen itself says what the toast says.
    """

    toast: str = ""
    screen: Screen | None = None
    noted: bool = False


class Shown(msgspec.Struct, frozen=True):
    """The outcome of a message: a screen. It replaces the message with this id, or is sent as a new one."""

    screen: Screen
    message_id: int | None = None


class Awaited(msgspec.Struct, frozen=True):
    """A text that the bot waits for: all it keeps in memory about a conversation.

    `until_ms` ends the wait. If a number is wanted, `largest` is the most that is allowed, and `version` is the
    inventory's version when the bot asked. `search` is what the message searched for.
    """

    callback: Callback
    message_id: int
    until_ms: int
    version: int = 0
    largest: int = 0
    search: str = ""
