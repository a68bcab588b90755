"""Satchel's screens inside a bot of the game's own."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import Command, CommandStart
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from satchel.bot import Callback, Place, Verb, Where, inventory_router
from satchel.client import InventoryClient
from satchel.inventory.actions import Grant
from satchel.inventory.character import Character
from satchel.testing import FakeTelegram, open_in_memory


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as opened:
        yield opened


@pytest.fixture
async def game() -> AsyncIterator[InventoryClient]:
    """A game with one character, who carries a sword."""
    async with open_in_memory() as client:
        await client.put_character(1, Character("tg:1", "Ann", 20))
        await client.act(1, Grant(definition="iron_sword"))
        yield client


def _menu() -> InlineKeyboardMarkup:
    bag = Callback(Verb.LIST, 1, place=Place(Where.BAG)).pack()
    buttons = [("My bag", bag), ("Quest", "quest")]
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=text, callback_data=data) for text, data in buttons]]
    )


def _dispatcher() -> Dispatcher:
    """The game's own handlers."""
    dispatcher = Dispatcher()

    @dispatcher.message(CommandStart())
    async def start(message: Message) -> None:
        await message.answer("The game's own welcome", reply_markup=_menu())

    @dispatcher.message(Command("quest"))
    @dispatcher.message(F.text == "onwards")
    async def quest(message: Message) -> None:
        await message.answer("The game's own quest")

    @dispatcher.callback_query(F.data == "quest")
    async def tapped(query: CallbackQuery) -> None:
        await query.answer("Quest taken")

    return dispatcher


@asynccontextmanager
async def _polling(telegram: FakeTelegram, game: InventoryClient, *, search: bool = True) -> AsyncIterator[None]:
    # Without a default parse mode, as the game likes it.
    bot = Bot(telegram.token, session=AiohttpSession(api=TelegramAPIServer.from_base(telegram.url)))
    dispatcher = _dispatcher()
    dispatcher.include_router(inventory_router(game, bot, search=search))
    telegram.watch(dispatcher)
    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False))
    try:
        yield
    finally:
        await dispatcher.stop_polling()
        await polling


async def test_the_games_own_handlers_and_satchels_screens_live_in_one_bot(
    telegram: FakeTelegram, game: InventoryClient
) -> None:
    async with _polling(telegram, game):
        ann = telegram.user(1)
        await ann.send("/start")
        welcome = ann.screen
        await ann.send("/quest")
        quest = ann.screen
        await ann.send("/gear")

        assert welcome.text == "The game's own welcome"
        assert quest.text == "The game's own quest"
        assert "<b>Ann</b>" in ann.screen.html
    assert telegram.refused == []


async def test_a_button_of_the_games_own_menu_opens_a_screen_that_can_be_used(
    telegram: FakeTelegram, game: InventoryClient
) -> None:
    async with _polling(telegram, game):
        ann = telegram.user(1)
        await ann.send("/start")
        menu = ann.screen
        await ann.tap("Quest")
        await ann.tap("My bag", on=menu)
        await ann.tap("Wear")

        assert ann.alerts == ["Quest taken", "Worn: Iron Sword"]
    assert (await game.get_doll(1)).stats.modifiers["attack"] > 0
    assert telegram.refused == []
    assert telegram.unanswered == []


async def test_a_text_searches_the_bag_unless_the_game_takes_it(telegram: FakeTelegram, game: InventoryClient) -> None:
    async with _polling(telegram, game):
        ann = telegram.user(1)
        await ann.send("onwards")
        own = ann.screen
        await ann.send("sword")

        assert own.text == "The game's own quest"
        assert "Iron Sword" in ann.screen.text


async def test_without_search_only_a_text_that_was_asked_for_is_taken(
    telegram: FakeTelegram, game: InventoryClient
) -> None:
    async with _polling(telegram, game, search=False):
        ann = telegram.user(1)
        await ann.send("/bag")
        bag = ann.screen
        await ann.send("sword")
        assert ann.screen == bag

        await ann.tap("🔎")
        await ann.send("sword")
        assert "Iron Sword" in ann.screen.text


def test_aiogram_is_imported_only_with_what_needs_it() -> None:
    program = "import sys, satchel.bot, satchel.cli.bot, satchel.runtime.serve; assert 'aiogram' not in sys.modules"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
