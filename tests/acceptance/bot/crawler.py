"""Taps every button that can be reached, and looks at every screen that follows."""

import re
from heapq import heappop, heappush

from satchel.bot.callbacks import Callback, Place, Verb
from satchel.errors import API_ERRORS
from satchel.testing.telegram import Button, Player, Screen
from tests.acceptance.bot.bot_stage import TEXTS, Stage, say

__all__ = ["Crawler"]

COMPLAINTS = ("stale", "too-late", "input-over", "old-button", "slow")
CYRILLIC = re.compile("[\u0400-\u04ff]")
TAPS_MAX = 3_000

UNDONE_BY = {
    Verb.DROP: Verb.TAKE_BACK,
    Verb.LOCK: Verb.UNLOCK,
    Verb.UNEQUIP: Verb.EQUIP,
    Verb.UNBIND: Verb.BIND,
}
"""What would end the walk early is undone at once."""

LISTS = (Verb.LIST, Verb.SECTIONS)


class Crawler:
    """Walks through one player's bot.

    Two buttons are the same if they ask for the same of the same item in the same kind of place: an item's card is
    opened once from the bag, and not once more for every page and order of it.

    Attributes:
        tapped: What was tapped, each once.
        problems: What was wrong, with the button that led to it.
    """

    def __init__(self, stage: Stage, player: Player, language: str) -> None:
        self.tapped: set[Callback] = set()
        self.problems: list[str] = []
        self._stage, self._player, self._language = stage, player, language
        self._known: set[Callback] = set()
        self._todo: list[tuple[int, int, Button | None, Button]] = []
        prefixes = {
            say(language, code, required="\0", available="\0", missing="\0")
            for code in API_ERRORS
            if TEXTS.has(language, code)
        }
        prefixes |= {say(language, key) for key in COMPLAINTS}
        self._complaints = tuple(prefix for text in prefixes if (prefix := text.partition("\0")[0]))

    async def run(self) -> None:
        """Start at the doll, and go on until there is nothing new to tap."""
        await self._player.send("/gear")
        message = self._player.screen.message_id
        self._note(None)
        while self._todo:
            *_, opener, button = heappop(self._todo)
            await self._visit(opener, button)
            if len(self.tapped) > TAPS_MAX:
                raise AssertionError(f"there is no end of buttons: {len(self._todo)} more")
        if self._player.screen.message_id != message:
            self.problems.append("the screen did not stay in its message")

    async def _visit(self, opener: Button | None, button: Button) -> None:
        if not _read(button).verb.changes:
            await self._tap(button)
            self._note(button)
            return
        # A change is only accepted from a screen that shows the present state.
        await self._open(opener)
        fresh = next((each for each in _buttons(self._player.screen) if _same(each) == _same(button)), None)
        if fresh is None:
            return
        await self._tap(fresh)
        self._note(opener)
        back = UNDONE_BY.get(_read(fresh).verb)
        undo = next((each for each in _buttons(self._player.screen) if _read(each).verb == back), None)
        if undo is not None:
            await self._tap(undo)
            self._note(opener)

    async def _open(self, opener: Button | None) -> None:
        if opener is None:
            opener = Button("", Callback(Verb.DOLL, self._player.id).pack())
        await self._player.tap(opener)

    async def _tap(self, button: Button) -> None:
        toasts, calls = len(self._player.toasts), len(self._stage.telegram.calls)
        await self._player.tap(button)
        self.tapped.add(_same(button))
        answers = [call.method for call in self._stage.telegram.calls[calls:]].count("answerCallbackQuery")
        told = [toast.text for toast in self._player.toasts[toasts:]]
        self._check(answers == 1, button, f"it was answered {answers} times")
        for text in told:
            refused = text.startswith(self._complaints) and not await self._is_gone(button)
            self._check(not refused, button, f"it was refused: {text}")
        self._look(button)

    async def _is_gone(self, button: Button) -> bool:
        """Whether the button is from before its item was used up or put together with others."""
        item = _read(button).item
        inventory = await self._stage.client.get_inventory(self._player.id)
        return bool(item) and item not in {each.id for each in inventory.items}

    def _look(self, button: Button) -> None:
        screen = self._player.screen
        back, home = say(self._language, "button-back"), say(self._language, "button-gear")
        backs = [
            (len(screen.rows) - y, x) for y, row in enumerate(screen.rows) for x, b in enumerate(row) if b.text == back
        ]
        self._check(bool(screen.text), button, "the screen is empty")
        self._check(backs in ([], [(1, 0)]), button, f"back is at {backs}, counted from below")
        self._check(
            _read(button).verb == Verb.DOLL or any(b.text == home for b in screen.rows[-1]), button, "no way home"
        )
        self._check(not re.search(r"[{}]|None", screen.text), button, f"unfinished text: {screen.text}")
        words = " ".join((screen.text, *screen.buttons))
        self._check(bool(CYRILLIC.search(words)) == (self._language == "ru"), button, f"the wrong language: {words}")

    def _note(self, opener: Button | None) -> None:
        """Remember the buttons that were not seen before."""
        for button in _buttons(self._player.screen):
            same = _same(button)
            if same not in self._known:
                self._known.add(same)
                heappush(self._todo, (_order(button), len(self._known), opener, button))

    def _check(self, good: bool, button: Button, problem: str) -> None:
        if not good:
            self.problems.append(f"{button.text} ({_read(button)}): {problem}")


def _buttons(screen: Screen) -> list[Button]:
    return [button for row in screen.rows for button in row if button.data is not None]


def _read(button: Button) -> Callback:
    return Callback.unpack(button.data or "")


def _order(button: Button) -> int:
    """Look before anything is changed; empty the belt before it comes off, which would empty it too."""
    verb = _read(button).verb
    return 0 if not verb.changes else 1 if verb == Verb.UNBIND else 2


def _same(button: Button) -> Callback:
    """The callback without what tells equal buttons apart."""
    read = _read(button)
    place = read.place if read.verb in LISTS else Place(read.place.where)
    return Callback(read.verb, read.char_id, 0, read.item, read.number, place, read.on_card)
