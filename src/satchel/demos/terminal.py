"""A chat with the bot in a terminal: screens drawn as text, buttons tapped by number."""

import asyncio
import textwrap
import threading
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from satchel.testing.telegram import Button, FakeTelegram, Player, Screen

__all__ = ["TerminalChat", "draw", "shown_width"]

WIDTH = 62
VARIATION_16 = "\ufe0f"

HELP = {
    "en": "Type a number to tap a button, or write to the bot; @text searches inline, /quit ends it.",
    "ru": "Число нажимает кнопку, остальное пишется боту; @текст ищет инлайн, /quit завершает.",
}
NO_BUTTON = {"en": "There is no button {number}.", "ru": "Кнопки {number} нет."}
NOTHING = {"en": "Nothing found.", "ru": "Ничего не найдено."}


class TerminalChat:
    """One player at a keyboard.

    Args:
        telegram: The Bot API that the bot uses.
        player: The player.
        language: `en` or `ru`, for the terminal's own few words.
        lines: What the player types; the chat ends with them, or at `/quit`.
        say: Prints a line.
        echo: Whether to print what was typed, for transcripts of a script.
    """

    def __init__(
        self,
        telegram: FakeTelegram,
        player: Player,
        language: str,
        lines: Iterable[str],
        say: Callable[[str], object],
        *,
        echo: bool,
    ) -> None:
        self._telegram, self._player, self._language = telegram, player, language
        self._lines, self._say, self._echo = lines, say, echo
        self._buttons: list[tuple[Screen, Button]] = []
        self._seen = self._heard = 0

    async def run(self) -> None:
        """Play from `/start` to the end."""
        self._say(HELP[self._language])
        await self._do("/start")
        typed = _Typed(self._lines)
        while (line := await typed.next()) is not None and line != "/quit":
            if line:
                await self._do(line)

    async def _do(self, line: str) -> None:
        if self._echo:
            self._say(f"\n> {line}")
        if line.isdigit():
            await self._tap(int(line))
        elif line.startswith("@"):
            await self._search(line[1:].strip())
        else:
            await self._player.send(line)
        self._show()

    async def _tap(self, number: int) -> None:
        if not 1 <= number <= len(self._buttons):
            self._say(NO_BUTTON[self._language].format(number=number))
            return
        screen, button = self._buttons[number - 1]
        if self._echo:
            self._say(f"  [{button.text}]")
        if button.url is not None:
            self._say(f"  {button.url}")
        elif button.query is not None:
            await self._search(button.query)
        else:
            await self._player.tap(button, on=screen)

    async def _search(self, text: str) -> None:
        answer = await self._player.search(text)
        for result in answer.results:
            self._say(f"  {result.title} - {result.description}".rstrip(" -"))
        if not answer.results:
            self._say(f"  {NOTHING[self._language]}")

    def _show(self) -> None:
        """Draw the messages that changed, and number all their buttons."""
        toasts, screens = self._player.toasts, self._player.chat.screens
        for toast in toasts[self._heard :]:
            self._say(f"  ({toast.text})")
        changed = {screen.message_id: screen for screen in screens[self._seen :]}
        self._seen, self._heard = len(screens), len(toasts)
        live = {screen.message_id for screen in self._player.live}
        drawn = [screen for id_, screen in changed.items() if id_ in live]
        if not drawn:
            return
        self._buttons = []
        for screen in drawn:
            first = len(self._buttons) + 1
            self._buttons += [(screen, button) for row in screen.rows for button in row]
            for line in draw(screen, first):
                self._say(line)


def draw(screen: Screen, first: int = 1) -> Iterator[str]:
    """Draw a screen in a box.

    Args:
        screen: What to draw.
        first: The number of its first button.
    """
    yield "┌" + "─" * (WIDTH + 2) + "┐"
    for line in screen.text.split("\n"):
        yield from _boxed(line)
    if screen.rows:
        yield "├" + "─" * (WIDTH + 2) + "┤"
    number = first
    for row in screen.rows:
        labels = [f"[{number + place}] {button.text}" for place, button in enumerate(row)]
        number += len(row)
        yield from _boxed("   ".join(labels))
    yield "└" + "─" * (WIDTH + 2) + "┘"


def shown_width(text: str) -> int:
    """Count the columns that a text takes in a terminal."""
    width = 0
    for letter in text:
        if letter == VARIATION_16:
            # It turns the character before it into an emoji, which takes two columns.
            width += 1
        elif unicodedata.category(letter) not in ("Mn", "Me", "Cf"):
            width += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
    return width


def _boxed(line: str) -> Iterator[str]:
    # Lines are broken by characters, so a line with wide ones may break a little early.
    wide = shown_width(line) - len(line)
    for part in textwrap.wrap(line, max(WIDTH - wide, WIDTH // 2), subsequent_indent="  ") or [""]:
        yield f"│ {part}{' ' * (WIDTH - shown_width(part))} │"


class _Typed:
    """Lines from a blocking source. A daemon thread reads them, so that the program can end meanwhile."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._wanted = threading.Semaphore(0)
        threading.Thread(target=self._read, args=(lines,), daemon=True).start()

    async def next(self) -> str | None:
        """The next line without its end; None after the last."""
        self._wanted.release()
        return await self._queue.get()

    def _read(self, lines: Iterable[str]) -> None:
        source = iter(lines)
        while True:
            # One line at a time: the prompt belongs below the newest screen.
            self._wanted.acquire()
            line = next(source, None)
            if self._loop.is_closed():
                return
            self._loop.call_soon_threadsafe(self._queue.put_nowait, None if line is None else line.strip())
            if line is None:
                return
