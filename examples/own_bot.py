"""Satchel's screens inside a Telegram bot of one's own: the quests are ours, the inventory is Satchel's.

Run it beside `satchel up` with `BOT_TOKEN=... SATCHEL_SERVICE_TOKEN=... python own_bot.py`; it needs
`pip install satchel[bot]`.
"""

import asyncio
import os

from aiogram import Bot, Dispatcher
from aiogram.filters import Command, CommandStart
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, Message

from satchel import Character, InventoryClient, actions
from satchel.bot import Callback, Place, Verb, Where, inventory_router

API = "http://127.0.0.1:8080"


def make_dispatcher(client: InventoryClient, bot: Bot) -> Dispatcher:
    """Put the game's own handlers first, and the inventory behind them: it takes what is left."""
    dispatcher = Dispatcher()

    @dispatcher.message(CommandStart())
    async def start(message: Message) -> None:
        if message.from_user is None:
            return
        char_id = message.from_user.id
        await client.put_character(char_id, Character(f"tg:{char_id}", message.from_user.full_name, 1))
        bag = Callback(Verb.LIST, char_id, place=Place(Where.BAG)).pack()
        menu = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="My bag", callback_data=bag)]])
        await message.answer("Welcome! /pick an apple for supper.", reply_markup=menu)

    @dispatcher.message(Command("pick"))
    async def pick(message: Message) -> None:
        if message.from_user is None:
            return
        # Telegram may deliver a message twice; its number makes sure that it is one apple.
        key = f"apple-{message.chat.id}-{message.message_id}"
        await client.act(message.from_user.id, actions.Grant(definition="apple"), key=key)
        await message.answer("You have an apple: look into your /bag.")

    dispatcher.include_router(inventory_router(client, bot))
    return dispatcher


async def main() -> None:
    """Run until Ctrl-C."""
    bot = Bot(os.environ["BOT_TOKEN"])
    async with InventoryClient.over_http(API, os.environ["SATCHEL_SERVICE_TOKEN"]) as client:
        await make_dispatcher(client, bot).start_polling(bot)


if __name__ == "__main__":
    asyncio.run(main())
