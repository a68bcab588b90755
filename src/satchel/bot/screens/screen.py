"""What a screen is: a text and rows of buttons, as plain data."""

from typing import Literal

import msgspec

from satchel.bot.callbacks import Callback

__all__ = ["BUTTONS_MAX", "TEXT_MAX", "Button", "Row", "Screen", "ShareCard", "Style", "clipped"]

TEXT_MAX = 3_900
"""Most characters of a text; Telegram takes 4,096 after the tags are read."""

BUTTONS_MAX = 60
"""Most buttons of a keyboard; Telegram takes 100, but no more than 10,000 bytes."""

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
        """The same screen with a line on top of the text, and buttons on top of the keyboard."""
        return Screen(f"{note}\n\n{self.text}" if note else self.text, ((buttons,) if buttons else ()) + self.rows)


class ShareCard(msgspec.Struct, frozen=True):
    """A result of an inline search: what the list shows, and what is sent when it is chosen."""

    id: str
    title: str
    description: str
    text: str


def clipped(lines: list[str]) -> str:
    """Join lines into a text that Telegram takes: whole lines, so that no tag is cut in two."""
    kept, length = [], 0
    for line in lines:
        length += len(line) + 1
        if length > TEXT_MAX:
            kept.append("…")
            break
        kept.append(line)
    return "\n".join(kept)
