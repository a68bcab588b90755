"""The Telegram bot: an inventory in a chat. The only package that knows aiogram.

`inventory_router` puts its screens into a bot of your own. aiogram takes seconds to import, so it is imported with the
first name that needs it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from satchel.bot.callbacks import Callback, Place, Verb, Where
from satchel.bot.settings import BotSettings

if TYPE_CHECKING:
    from satchel.bot.router import inventory_router

__all__ = ["BotSettings", "Callback", "Place", "Verb", "Where", "inventory_router"]


def __getattr__(name: str) -> object:
    if name != "inventory_router":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module("satchel.bot.router").inventory_router
