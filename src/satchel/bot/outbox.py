"""Sends screens to chats: in order, only the newest of each message, and no faster than Telegram allows."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypedDict

import msgspec
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters

from satchel.bot.screens.screen import Screen
from satchel.telemetry import log

__all__ = ["Drawn", "Outbox", "keyboard_of"]

ATTEMPTS = 4
"""How often a message is tried when Telegram cannot be reached."""

BACKOFF_S = 0.5
RETRY_AFTER_MAX_S = 60
"""The longest flood wait that is kept; after a longer one the player has left the screen."""

GONE = ("message to edit not found", "message can't be edited", "message_id_invalid", "message is not found")


class Drawn(TypedDict):
    """A screen as arguments of aiogram's methods."""

    text: str
    reply_markup: InlineKeyboardMarkup | None
    parse_mode: str


class _Parcel(msgspec.Struct):
    """A message to send, or with `message_id` the newest screen for one to edit; `sent` is done when it is sent."""

    screen: Screen
    message_id: int | None
    reply_to: int | None
    sent: asyncio.Future[None]


class Outbox:
    """Sends and edits messages, one chat at a time.

    A newer edit of the same message replaces one that waits. After a flood wait only the last screen is sent.

    Args:
        bot: Telegram.
        sleep: Waits for seconds.
    """

    def __init__(self, bot: Bot, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._bot = bot
        self._sleep = sleep
        self._waiting: dict[int, list[_Parcel]] = {}
        self._couriers: set[asyncio.Task[None]] = set()

    async def send(self, chat_id: int, screen: Screen, reply_to: int | None = None) -> None:
        """Send a new message; returns when it was sent or given up."""
        await self._hand_over(chat_id, screen, None, reply_to)

    async def show(self, chat_id: int, message_id: int, screen: Screen) -> None:
        """Edit a message; returns when this screen or a newer one was sent."""
        await self._hand_over(chat_id, screen, message_id, None)

    async def close(self, within_s: float = 3.0) -> None:
        """Send what waits, for a short while."""
        if self._couriers:
            _, late = await asyncio.wait(self._couriers, timeout=within_s)
            for courier in late:
                courier.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _hand_over(self, chat_id: int, screen: Screen, message_id: int | None, reply_to: int | None) -> None:
        waiting = self._waiting.get(chat_id)
        if waiting is None:
            waiting = self._waiting[chat_id] = []
            courier = asyncio.create_task(self._deliver(chat_id, waiting))
            self._couriers.add(courier)
            courier.add_done_callback(self._couriers.discard)
        older = next((p for p in waiting if message_id is not None and p.message_id == message_id), None)
        if older is not None:
            older.screen = screen
            await asyncio.shield(older.sent)
            return
        parcel = _Parcel(screen, message_id, reply_to, asyncio.get_running_loop().create_future())
        waiting.append(parcel)
        await asyncio.shield(parcel.sent)

    async def _deliver(self, chat_id: int, waiting: list[_Parcel]) -> None:
        parcel: _Parcel | None = None
        try:
            while waiting:
                parcel = waiting[0]
                await self._try(chat_id, waiting, parcel)
                parcel.sent.set_result(None)
        finally:
            del self._waiting[chat_id]
            for left in (*waiting, *((parcel,) if parcel is not None else ())):
                if not left.sent.done():
                    left.sent.set_result(None)

    async def _try(self, chat_id: int, waiting: list[_Parcel], parcel: _Parcel) -> None:
        """Deliver the first parcel. During a flood wait a newer screen may still replace it."""
        failures = 0
        while failures < ATTEMPTS:
            taken = parcel.screen
            if await self._is_settled(chat_id, parcel, failures):
                if parcel.screen is taken:
                    break
                # A newer screen came during this attempt: it gets attempts of its own.
                failures = 0
            else:
                failures += 1
        waiting.remove(parcel)

    async def _is_settled(self, chat_id: int, parcel: _Parcel, failures: int) -> bool:
        """Try once; returns whether this was the last attempt."""
        try:
            await self._call(chat_id, parcel, parcel.screen)
        except TelegramRetryAfter as wait:
            log.warning("bot_flood_wait", extra={"fields": {"chat_id": chat_id, "seconds": wait.retry_after}})
            if wait.retry_after > RETRY_AFTER_MAX_S:
                return True
            await self._sleep(wait.retry_after)
            return False
        except (TelegramNetworkError, TelegramServerError):
            if failures == ATTEMPTS - 1:
                return True
            await self._sleep(BACKOFF_S * 2**failures)
            return False
        except TelegramForbiddenError:
            return True
        except TelegramBadRequest as refused:
            return not self._forgive(chat_id, parcel, refused)
        return True

    async def _call(self, chat_id: int, parcel: _Parcel, screen: Screen) -> None:
        # The bot may be the game's own, with another default than HTML.
        drawn: Drawn = {"text": screen.text, "reply_markup": keyboard_of(screen), "parse_mode": "HTML"}
        if parcel.message_id is not None:
            await self._bot.edit_message_text(chat_id=chat_id, message_id=parcel.message_id, **drawn)
            return
        reply = None
        if parcel.reply_to is not None:
            reply = ReplyParameters(message_id=parcel.reply_to, allow_sending_without_reply=True)
        await self._bot.send_message(chat_id, reply_parameters=reply, **drawn)

    def _forgive(self, chat_id: int, parcel: _Parcel, refused: TelegramBadRequest) -> bool:
        """Whether to try again. A screen that is shown already is fine, and a message that is gone is sent anew."""
        message = refused.message.lower()
        if parcel.message_id is not None and any(words in message for words in GONE):
            parcel.message_id = None
            return True
        if "message is not modified" not in message:
            log.error("bot_message_refused", extra={"fields": {"chat_id": chat_id, "reason": refused.message}})
        return False


def keyboard_of(screen: Screen) -> InlineKeyboardMarkup | None:
    """The keyboard as aiogram sends it."""
    if not screen.rows:
        return None
    rows = [
        [
            InlineKeyboardButton(
                text=button.text,
                style=button.style or None,
                callback_data=button.callback.pack() if button.callback is not None else None,
                switch_inline_query=None if button.callback is not None else button.share,
            )
            for button in row
        ]
        for row in screen.rows
        if row
    ]
    return InlineKeyboardMarkup(inline_keyboard=rows)
