"""A player at the orchestrator: taps by label, without a messenger."""

from itertools import count

from satchel.bot.callbacks import Place
from satchel.bot.events import Outcome, Player, Shown, Tap
from satchel.bot.orchestrator import InventoryBotOrchestrator
from satchel.bot.screens.screen import Button, Screen

__all__ = ["Visitor"]

_keys = count(1)


class Visitor:
    """One player in one chat."""

    def __init__(self, bot: InventoryBotOrchestrator, user_id: int = 1, lang: str = "en") -> None:
        self.bot = bot
        self.player = Player(user_id, lang, "Ann")
        self.screen = Screen("")
        self.toasts: list[str] = []

    @property
    def labels(self) -> list[str]:
        """What stands on the buttons."""
        return [button.text for row in self.screen.rows for button in row]

    def button(self, wanted: str) -> Button:
        """The first button with this in its label."""
        found = [button for row in self.screen.rows for button in row if wanted in button.text]
        assert found, f"no {wanted!r} in {self.labels}"
        return found[0]

    async def start(self, payload: str = "") -> None:
        """Send /start."""
        self.screen = await self.bot.start(self.player, payload)

    async def open(self, place: Place | None = None) -> None:
        """Send /gear, or open a place."""
        self.screen = await self.bot.open(self.player, place or Place())

    async def tap(self, wanted: str | Button, *, key: str = "") -> Outcome:
        """Tap the first button with this in its label."""
        button = self.button(wanted) if isinstance(wanted, str) else wanted
        assert button.callback is not None
        return await self.tap_data(button.callback.pack(), key=key)

    async def tap_data(self, data: str, *, key: str = "", search: str = "") -> Outcome:
        """Tap a button with this data."""
        tap = Tap(self.player, 100, 7, data, key or f"query-{next(_keys)}", search)
        outcome = await self.bot.tap(tap)
        self.screen = outcome.screen or self.screen
        if outcome.toast:
            self.toasts.append(outcome.toast)
        return outcome

    async def type(self, text: str, *, private: bool = True, key: str = "") -> Shown | None:
        """Write a message."""
        shown = await self.bot.typed(self.player, 100, text, key or f"message-{next(_keys)}", private=private)
        self.screen = shown.screen if shown is not None else self.screen
        return shown
