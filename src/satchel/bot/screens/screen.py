"""A screen as plain data: a text and rows of buttons."""

from typing import Literal

import msgspec

from satchel.bot.callbacks import Callback

__all__ = ["BUTTONS_MAX", "TEXT_MAX", "Button", "Row", "Screen", "ShareCard", "Style", "clipped"]

TEXT_MAX = 3_900
"""The most characters of a text; Telegram accepts 4,096 without the tags."""

BUTTONS_MAX = 60
"""The most buttons of a keyboard; Telegram accepts 100, and 10,000 bytes."""

Style = Literal["", "primary", "success", "danger"]


class Button(msgspec.Struct, frozen=True):
    """A button: it carries a callback, or it offers an inline search for `share`."""

    text: str
    callback: Callback | None = None
    style: Style = ""
    share: str = ""


Row = tuple[Button, ...]


class Screen(msgspec.Struct, frozen=True):
    """A message: HTML, and the keyboard below it."""

    text: str
    rows: tuple[Row, ...] = ()

    def noting(self, note: str, *buttons: Button) -> "Screen":
        """The same screen with a line above the text, and with buttons above the keyboard."""
        return Screen(f"{note}\n\n{self.text}" if note else self.text, ((buttons,) if buttons else ()) + self.rows)


class ShareCard(msgspec.Struct, frozen=True):
    """A result of an inline search: what the list shows, and the text that choosing it sends."""

    id: str
    title: str
    description: str
    text: str


def clipped(lines: list[str]) -> str:
    """Join lines into a text that Telegram accepts; it ends between lines, so every tag closes."""
    kept, length = [], 0
    for line in lines:
        length += len(line) + 1
        if length > TEXT_MAX:
            kept.append("…")
            break
        kept.append(line)
    return "\n".join(kept)
