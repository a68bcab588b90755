"""What is in a chat: messages with their keyboards, and screens, which show a message as it was at one moment."""

from dataclasses import dataclass, field

import msgspec
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

__all__ = ["Button", "Chat", "InlineAnswer", "InlineResult", "Message", "Screen", "Toast"]


class Button(msgspec.Struct, frozen=True):
    """One button; `data`, `url` or `query` is set, or none of them if tests cannot press it."""

    text: str
    data: str | None = None
    url: str | None = None
    query: str | None = None
    style: str | None = None

    @classmethod
    def of(cls, button: InlineKeyboardButton) -> "Button":
        """Read a button of a request."""
        query = button.switch_inline_query_current_chat
        query = button.switch_inline_query if query is None else query
        return cls(button.text, button.callback_data, button.url, query, button.style)


class Screen(msgspec.Struct, frozen=True):
    """A bot's message as it looked at one moment."""

    chat_id: int
    message_id: int
    text: str
    html: str
    rows: tuple[tuple[Button, ...], ...] = ()

    @property
    def buttons(self) -> tuple[str, ...]:
        """The labels, row by row."""
        return tuple(button.text for row in self.rows for button in row)

    def button(self, wanted: str | int) -> Button:
        """Find a button by its number (from 1), by its label, or by a part that only one label has.

        Raises:
            LookupError: There is none, or there are several; the message shows all labels.
        """
        all_ = [button for row in self.rows for button in row]
        if isinstance(wanted, int):
            found = all_[wanted - 1 : wanted] if wanted > 0 else []
        else:
            found = [button for button in all_ if button.text == wanted] or [
                button for button in all_ if wanted in button.text
            ]
        if len(found) != 1:
            many = "several buttons are" if found else "no button is"
            raise LookupError(f"{many} called {wanted!r}; there are {list(self.buttons)} below {self.text!r}")
        return found[0]


class Toast(msgspec.Struct, frozen=True):
    """What an answered tap showed: briefly on top, or as an alert that has to be closed."""

    text: str
    alert: bool = False


class InlineResult(msgspec.Struct, frozen=True):
    """One result of an inline query; `text` is what choosing it sends."""

    id: str
    title: str
    description: str
    text: str
    html: str
    keyboard: InlineKeyboardMarkup | None = None


class InlineAnswer(msgspec.Struct, frozen=True):
    """The answer to an inline query."""

    results: tuple[InlineResult, ...]
    is_personal: bool
    cache_time_s: int
    next_offset: str = ""
    button: str | None = None


@dataclass
class Message:
    """One message as it is now."""

    id: int
    chat: "Chat"
    sender: dict[str, object]
    date: int
    text: str
    html: str = ""
    entities: list[dict[str, object]] = field(default_factory=list)
    keyboard: InlineKeyboardMarkup | None = None
    inline_id: str | None = None
    edits: int = 0
    by_bot: bool = False

    def as_json(self) -> dict[str, object]:
        """As the Bot API shows it."""
        told: dict[str, object] = {
            "message_id": self.id,
            "date": self.date,
            "chat": self.chat.about,
            "from": self.sender,
            "text": self.text,
        }
        if self.entities:
            told["entities"] = self.entities
        if self.keyboard is not None:
            told["reply_markup"] = self.keyboard.model_dump(exclude_none=True)
        if self.edits:
            told["edit_date"] = self.date
        return told

    def screen(self) -> Screen:
        """As a player sees it."""
        rows = self.keyboard.inline_keyboard if self.keyboard is not None else []
        drawn = tuple(tuple(Button.of(button) for button in row) for row in rows)
        return Screen(self.chat.id, self.id, self.text, self.html, drawn)


@dataclass
class Chat:
    """A private chat or a group.

    Attributes:
        screens: Every screen that the bot showed here, oldest first: each message sent and each edit.
        actions: What `sendChatAction` announced, such as `typing`.
    """

    id: int
    about: dict[str, object]
    messages: dict[int, Message] = field(default_factory=dict)
    screens: list[Screen] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    forbidden: str | None = None
    last_id: int = 0

    def add(self, message: Message) -> None:
        """Put a message at the end."""
        self.messages[message.id] = message
        if message.by_bot:
            self.screens.append(message.screen())

    def next_id(self) -> int:
        """The id of the next message."""
        self.last_id += 1
        return self.last_id

    def live(self) -> list[Screen]:
        """The bot's messages that were not deleted, oldest first, as they are now."""
        return [message.screen() for message in self.messages.values() if message.by_bot]
