"""What goes out to chats, against the fake Bot API over HTTP."""

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


class Sleeper:
    """Time that goes on only by sleeping; a test may do something at the beginning of each sleep."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.begun.set()
        await self.go_on.wait()
        self.now += seconds


@pytest.fixture
def time() -> Sleeper:
    return Sleeper()


@pytest.fixture
async def telegram(time: Sleeper) -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(clock=time) as opened:
        yield opened


@pytest.fixture
async def outbox(telegram: FakeTelegram, time: Sleeper) -> AsyncIterator[Outbox]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(telegram.url))
    bot = Bot(telegram.token, session=session, default=DefaultBotProperties(parse_mode="HTML"))
    opened = Outbox(bot, time.sleep)
    yield opened
    await opened.close()
    await session.close()


@pytest.fixture
def ann(telegram: FakeTelegram) -> Player:
    player = telegram.user(4711)
    player.chat.forbidden = None
    return player


async def test_a_screen_is_sent_and_edited_in_place(outbox: Outbox, ann: Player) -> None:
    await outbox.send(ann.id, Screen("<b>one</b>"))
    await outbox.show(ann.id, ann.screen.message_id, Screen("two"))

    assert [screen.text for screen in ann.chat.screens] == ["one", "two"]
    assert len(ann.live) == 1


async def test_the_same_screen_again_is_no_error(outbox: Outbox, ann: Player, time: Sleeper) -> None:
    await outbox.send(ann.id, Screen("one"))

    await outbox.show(ann.id, ann.screen.message_id, Screen("one"))

    assert ann.screen.text == "one"
    assert time.slept == []


async def test_a_message_that_is_gone_is_sent_anew(outbox: Outbox, ann: Player) -> None:
    await outbox.send(ann.id, Screen("one"))
    gone = ann.screen.message_id
    del ann.chat.messages[gone]

    await outbox.show(ann.id, gone, Screen("two"))

    assert [screen.text for screen in ann.live] == ["two"]
    assert ann.screen.message_id != gone


async def test_a_flood_wait_is_kept_and_only_the_newest_screen_goes_out(
    outbox: Outbox, ann: Player, telegram: FakeTelegram, time: Sleeper
) -> None:
    await outbox.send(ann.id, Screen("one"))
    message = ann.screen.message_id
    telegram.flood.close(ann.id, 7)
    time.go_on.clear()

    first = asyncio.create_task(outbox.show(ann.id, message, Screen("two")))
    await time.begun.wait()
    later = [asyncio.create_task(outbox.show(ann.id, message, Screen(text))) for text in ("three", "four")]
    await asyncio.sleep(0)
    time.go_on.set()
    await asyncio.gather(first, *later)

    assert [screen.text for screen in ann.chat.screens] == ["one", "four"]
    assert time.slept == [7]
    assert telegram.flood.too_early == 0


async def test_a_screen_that_changes_while_it_goes_out_is_followed_by_the_newer_one(
    outbox: Outbox, ann: Player
) -> None:
    await outbox.send(ann.id, Screen("0"))
    message = ann.screen.message_id

    await asyncio.gather(*(outbox.show(ann.id, message, Screen(str(number))) for number in range(1, 30)))

    assert ann.screen.text == "29"
    assert len(ann.chat.screens) <= 4


async def test_one_chat_that_has_to_wait_does_not_hold_up_another(
    outbox: Outbox, ann: Player, telegram: FakeTelegram, time: Sleeper
) -> None:
    bo = telegram.user(4712)
    bo.chat.forbidden = None
    telegram.flood.close(ann.id, 7)
    time.go_on.clear()

    waiting = asyncio.create_task(outbox.send(ann.id, Screen("late")))
    await time.begun.wait()
    await outbox.send(bo.id, Screen("at once"))
    shown = [screen.text for screen in bo.live], [screen.text for screen in ann.live]
    time.go_on.set()
    await waiting

    assert shown == (["at once"], [])
    assert ann.screen.text == "late"


async def test_a_user_who_blocked_the_bot_ends_the_matter(outbox: Outbox, ann: Player, time: Sleeper) -> None:
    ann.block()

    await outbox.send(ann.id, Screen("nobody reads this"))

    assert ann.chat.screens == []
    assert time.slept == []


async def test_when_telegram_is_away_a_message_is_tried_again_and_then_given_up(ann: Player, time: Sleeper) -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base("http://127.0.0.1:9"))
    outbox = Outbox(Bot("4200:a-token-of-nobody", session=session), time.sleep)

    await outbox.send(ann.id, Screen("one"))
    await outbox.close()
    await session.close()

    assert time.slept == [0.5, 1.0, 2.0]
