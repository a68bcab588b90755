"""A fake Bot API per test, a client of it, and a tiny bot that polls it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from satchel.testing.telegram import FakeTelegram, Player


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(clock=clock) as opened:
        yield opened


@pytest.fixture(scope="session")
async def http() -> AsyncIterator[AiohttpSession]:
    session = AiohttpSession()
    yield session
    await session.close()


@pytest.fixture
def bot(telegram: FakeTelegram, http: AiohttpSession) -> Bot:
    """aiogram's client, speaking to the fake."""
    http.api = TelegramAPIServer.from_base(telegram.url)
    return Bot(telegram.token, session=http)


@pytest.fixture
def ann(telegram: FakeTelegram) -> Player:
    """A user whose chat the bot may write to."""
    player = telegram.user(4711)
    player.chat.forbidden = None
    return player


def counter_keyboard(count: int) -> InlineKeyboardMarkup:
    """One button that counts."""
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text="[+] More", callback_data=f"count:{count + 1}")]]
    )


def counting_dispatcher() -> Dispatcher:
    """A bot that answers any text with a counter, and counts when it is tapped."""
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def begin(message: Message) -> None:
        await message.answer(f"you wrote {message.text}", reply_markup=counter_keyboard(0))

    @dispatcher.callback_query()
    async def count(query: CallbackQuery, bot: Bot) -> None:
        number = int((query.data or "").partition(":")[2])
        await query.answer(f"now {number}")
        if isinstance(query.message, Message):
            await query.message.edit_text(f"count {number}", reply_markup=counter_keyboard(number))
        elif query.inline_message_id is not None:
            await bot.edit_message_text(
                f"count {number}",
                inline_message_id=query.inline_message_id,
                reply_markup=counter_keyboard(number),
            )

    return dispatcher


@pytest.fixture
async def counting(telegram: FakeTelegram, bot: Bot) -> AsyncIterator[Dispatcher]:
    """The same bot, polling and watched."""
    dispatcher = counting_dispatcher()
    telegram.watch(dispatcher)
    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False))
    yield dispatcher
    if not polling.done():
        await dispatcher.stop_polling()
    await polling
