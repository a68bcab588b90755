"""The bot's orchestrator on real engines, with a clock that stands still until it is told to go on."""

import pytest

from satchel.bot.orchestrator import InventoryBotOrchestrator
from satchel.client import InventoryClient
from satchel.clock import clock_ms
from satchel.texts import Texts
from tests.builders import Play
from tests.integration.bot.visitor import Visitor

TEXTS = Texts()


class BotClock:
    """The bot's time: the real one, plus what the test adds."""

    def __init__(self) -> None:
        self.ahead_ms = 0

    def __call__(self) -> int:
        return clock_ms() + self.ahead_ms


@pytest.fixture
def bot_clock() -> BotClock:
    return BotClock()


@pytest.fixture
def bot(client: InventoryClient, bot_clock: BotClock) -> InventoryBotOrchestrator:
    """For players who have characters."""
    return InventoryBotOrchestrator(client, TEXTS, bot_clock)


@pytest.fixture
def demo_bot(client: InventoryClient, bot_clock: BotClock) -> InventoryBotOrchestrator:
    """For newcomers."""
    return InventoryBotOrchestrator(client, TEXTS, bot_clock, demo=True)


@pytest.fixture
def ann(bot: InventoryBotOrchestrator, play: Play) -> Visitor:
    """The player of `play`'s character."""
    return Visitor(bot)
