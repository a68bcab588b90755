"""Satchel's screens inside a bot of the game's own."""

from pathlib import Path

from aiogram import Bot, Router

from satchel.bot.inventory_main import make_router
from satchel.bot.orchestrator import InventoryBotOrchestrator
from satchel.bot.outbox import Outbox
from satchel.client import InventoryClient
from satchel.texts import Texts

__all__ = ["inventory_router"]


def inventory_router(
    client: InventoryClient, bot: Bot, *, demo: bool = False, texts: Path | None = None, search: bool = True
) -> Router:
    """Make a router with all of Satchel's commands, buttons and inline searches.

    Include it after your own routers and handlers: what they handle never reaches it. It takes every command, button
    and text that is left. When the dispatcher shuts down, screens that still wait are sent first.

    Args:
        client: The API, with a service's rights; each player is acted for with no more than their own.
        bot: Your bot.
        demo: Whether newcomers get a character with a starter kit.
        texts: A directory with `en.ftl` or `ru.ftl`; their messages replace Satchel's.
        search: Whether a text in a private chat searches the bag. Without it the router only takes texts that it has
            asked for, such as how many to drop.

    Example:
        dispatcher.include_router(quests)
        dispatcher.include_router(inventory_router(client, bot))
        await dispatcher.start_polling(bot)
    """
    outbox = Outbox(bot)
    router = make_router(InventoryBotOrchestrator(client, Texts(texts), demo=demo), outbox, search=search)
    router.shutdown.register(outbox.close)
    return router
