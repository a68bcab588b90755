import asyncio
from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from satchel.bot.outbox import Outbox
from satchel.bot.screens.screen import Screen
from satchel.testing.telegram import FakeTelegram, Player


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as opened:
        yield opened


@pytest.fixture
async def outbox(telegram: FakeTelegram) -> AsyncIterator[Outbox]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(telegram.url))
    outbox = Outbox(Bot(telegram.token, session=session, default=DefaultBotProperties(parse_mode="HTML")))
    yield outbox
    await outbox.close()
    await session.close()


@pytest.fixture
async def ann(telegram: FakeTelegram, outbox: Outbox) -> Player:
    """A player who sees one message of the bot."""
    player = telegram.user(4711)
    player.chat.forbidden = None
    await outbox.send(player.id, Screen("first"))
    return player


class Gate:
    """Holds a request until it is opened."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def __call__(self, _method: str) -> None:
        self.reached.set()
        await self.opened.wait()


@pytest.mark.parametrize("under_way", ["first", "second"])
async def test_a_screen_that_comes_while_another_is_under_way_is_shown_in_the_end(
    telegram: FakeTelegram, outbox: Outbox, ann: Player, under_way: str
) -> None:
    # "first" is what is shown already: Telegram refuses the edit, and that must not be the end of it.
    message_id, gate = ann.screen.message_id, Gate()
    telegram.before = gate
    shown = [asyncio.create_task(outbox.show(ann.id, message_id, Screen(under_way)))]
    await gate.reached.wait()
    for number in range(9):
        shown.append(asyncio.create_task(outbox.show(ann.id, message_id, Screen(f"newer {number}"))))
        await asyncio.sleep(0)
    gate.opened.set()
    await asyncio.gather(*shown)

    assert ann.screen.text == "newer 8"
    assert len(telegram.calls) == 3


async def test_however_many_newer_screens_come_the_last_one_is_shown(
    telegram: FakeTelegram, outbox: Outbox, ann: Player
) -> None:
    message_id, shown = ann.screen.message_id, []
    numbers = iter(range(9))

    async def newer(_method: str) -> None:
        number = next(numbers, None)
        if number is not None:
            shown.append(asyncio.create_task(outbox.show(ann.id, message_id, Screen(f"newer {number}"))))
            await asyncio.sleep(0)

    telegram.before = newer
    await outbox.show(ann.id, message_id, Screen("second"))
    await asyncio.gather(*shown)

    assert ann.screen.text == "newer 8"
