"""The bot's handlers: they pass Telegram's updates to the orchestrator and its screens back, and decide nothing."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import Bot, F, Router
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramAPIError
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQuery,
    InlineQueryResultArticle,
    InputTextMessageContent,
    LinkPreviewOptions,
    Message,
    TelegramObject,
    User,
)

from satchel.bot.callbacks import Place, Where
from satchel.bot.events import Player, Tap
from satchel.bot.orchestrator import InventoryBotOrchestrator
from satchel.bot.outbox import Outbox
from satchel.bot.screens.screen import Screen, ShareCard
from satchel.telemetry import log
from satchel.texts.languages import language_of

__all__ = ["inventory_main", "make_router"]

INLINE_CACHE_S = 5


def make_router(orchestrator: InventoryBotOrchestrator, outbox: Outbox, *, search: bool = True) -> Router:
    """Make a router with all handlers; the arguments are those of `inventory_main`."""
    router = Router(name="inventory")
    inventory_main(router, orchestrator, outbox, search=search)
    return router


def inventory_main(
    router: Router, orchestrator: InventoryBotOrchestrator, outbox: Outbox, *, search: bool = True
) -> None:
    """Register all handlers.

    Args:
        router: Where they are registered.
        orchestrator: Says which screen follows.
        outbox: Brings it to the chat.
        search: Whether a text in a private chat searches the bag.
    """
    router.message.middleware(_survive)
    router.callback_query.middleware(_survive)
    router.inline_query.middleware(_survive)
    _register_commands(router, orchestrator, outbox)

    @router.message(F.text, ~F.text.startswith("/"))
    async def text(message: Message, player: Player) -> object:
        private = search and message.chat.type == ChatType.PRIVATE
        key = f"tg-message-{message.chat.id}-{message.message_id}"
        chat_id = message.chat.id
        shown = await orchestrator.typed(player, chat_id, message.text or "", key, private=private)
        if shown is None:
            return UNHANDLED
        if shown.message_id is not None:
            await outbox.show(chat_id, shown.message_id, shown.screen)
        else:
            await outbox.send(chat_id, shown.screen)
        return None

    @router.callback_query(F.data)
    async def tap(query: CallbackQuery, player: Player) -> None:
        message = query.message
        if message is None or query.data is None:
            await _answer(query, "")
            return
        search = _searched(message) if isinstance(message, Message) else ""
        tapped = Tap(player, message.chat.id, message.message_id, query.data, query.id, search)
        outcome = await orchestrator.tap(tapped)
        await _answer(query, outcome.toast)
        if outcome.screen is not None:
            await outbox.show(message.chat.id, message.message_id, outcome.screen)

    @router.inline_query()
    async def share(query: InlineQuery, player: Player, bot: Bot) -> None:
        cards = await orchestrator.share(player, query.query)
        link = f"https://t.me/{(await bot.me()).username}?start=bag"
        open_ = orchestrator.texts.say(player.lang, "button-open")
        results = [_article(card, open_, link) for card in cards]
        try:
            await query.answer(results, cache_time=INLINE_CACHE_S, is_personal=True)  # type: ignore[arg-type]
        except TelegramAPIError as error:
            log.info("bot_answer_late", extra={"fields": {"error": type(error).__name__}})


def _register_commands(router: Router, orchestrator: InventoryBotOrchestrator, outbox: Outbox) -> None:
    async def reply(message: Message, screen: Screen) -> None:
        in_group = message.chat.type != ChatType.PRIVATE
        await outbox.send(message.chat.id, screen, message.message_id if in_group else None)

    @router.message(CommandStart())
    async def start(message: Message, command: CommandObject, player: Player) -> None:
        await reply(message, await orchestrator.start(player, command.args or ""))

    @router.message(Command("gear"))
    async def gear(message: Message, player: Player) -> None:
        await reply(message, await orchestrator.open(player, Place()))

    @router.message(Command("bag"))
    async def bag(message: Message, player: Player) -> None:
        await reply(message, await orchestrator.open(player, Place(Where.BAG)))

    @router.message(Command("find"))
    async def find(message: Message, command: CommandObject, player: Player) -> None:
        await reply(message, await orchestrator.find(player, command.args or ""))

    @router.message(Command("help"))
    async def help_(message: Message, player: Player) -> None:
        await reply(message, await orchestrator.help(player))

    @router.message(F.text.regexp(r"^/item_([0-9A-Za-z]+)").as_("found"))
    async def item(message: Message, player: Player, found: Any) -> None:  # a match of `re`
        await reply(message, await orchestrator.item(player, found[1]))


async def _survive(
    handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]], event: TelegramObject, data: dict[str, Any]
) -> object:
    """Give the handler its player. A defect ends only this update, and is logged with ids only."""
    user: User | None = data.get("event_from_user")
    if user is None or user.is_bot:
        return UNHANDLED
    data["player"] = Player(user.id, language_of(user.language_code), user.full_name)
    try:
        return await handler(event, data)
    except Exception:  # noqa: BLE001 - the last resort of an update: it is logged, and the tap is answered
        log.exception("bot_update_failed", extra={"fields": {"user_id": user.id}})
        if isinstance(event, CallbackQuery):
            await _answer(event, "")
        return None


async def _answer(query: CallbackQuery, toast: str) -> None:
    """Answer a tap. This comes before its screen, and happens once."""
    try:
        await query.answer(toast or None)
    except TelegramAPIError as error:
        # The tap is too old or was answered before, or Telegram is away. The screen says the same.
        log.info("bot_answer_late", extra={"fields": {"error": type(error).__name__}})


def _searched(message: Message) -> str:
    """What the screen searched for: it shows this text as code."""
    entity = next((entity for entity in message.entities or () if entity.type == "code"), None)
    return entity.extract_from(message.text or "").strip("\u2068\u2069") if entity is not None else ""


def _article(card: ShareCard, open_: str, link: str) -> InlineQueryResultArticle:
    return InlineQueryResultArticle(
        id=card.id,
        title=card.title,
        description=card.description,
        input_message_content=InputTextMessageContent(
            message_text=card.text, parse_mode="HTML", link_preview_options=LinkPreviewOptions(is_disabled=True)
        ),
        reply_markup=InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text=open_, url=link)]]),
    )
