"""The fake Bot API: an HTTP server for a real bot, and the people who talk to the bot."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

import msgspec
from aiogram import Dispatcher
from aiogram.methods import DeleteWebhook, GetUpdates, GetWebhookInfo, SetWebhook, TelegramMethod
from aiogram.types import TelegramObject, Update
from aiohttp import web

from satchel.testing.telegram.chats import Chat, Toast
from satchel.testing.telegram.methods import BotMethods, Query
from satchel.testing.telegram.player import Player
from satchel.testing.telegram.refusals import ApiRefusal, FloodGate, bad_request
from satchel.testing.telegram.requests import read_call, read_fields
from satchel.testing.telegram.updates import UpdateQueue

__all__ = ["BotSilent", "Call", "FakeTelegram"]

BODY_BYTES_MAX = 1024 * 1024
QUERY_TTL_S = 15.0


class BotSilent(AssertionError):
    """The bot did not finish in time; the message shows what is still open."""


class Call(msgspec.Struct, frozen=True):
    """One request of the bot; `refusal` is Telegram's reason if it was not carried out."""

    method: str
    fields: dict[str, Any]
    refusal: str | None = None


class FakeTelegram:
    """A Bot API server on a free local port, with Telegram's limits.

    Use it as an async context manager; give the bot `url` and `token`. Then act as users::

        async with FakeTelegram() as telegram:
            ann = telegram.user(4711, language="ru")
            await ann.send("/bag")
            await ann.tap("Equip")
            assert "Sword" in ann.screen.text

    `send` and `tap` return when the bot has finished. For a bot in the same process, `watch(dispatcher)` tells exactly
    when that is. Any other bot counts as finished once it has confirmed the update and answered the tap, and has then
    been quiet for `quiet_s`.

    Args:
        token: The bot's token; any other is refused.
        username: The bot's name.
        clock: Seconds, for flood waits and for the age of taps.
        patience_s: The longest wait for the bot.
        quiet_s: How long an unwatched bot has to be quiet.

    Attributes:
        url: Where the server is.
        calls: Every request of the bot but its polls.
        flood: Limits how fast the bot may send.
        before: Awaited with the method before a request is carried out; it can make Telegram slow.
        changed: Set whenever something happens; clear it before you wait for it.
    """

    def __init__(
        self,
        token: str = "4200:fake-token-of-the-fake-bot-api",  # noqa: S107 - it opens nothing
        *,
        username: str = "satchel_bot",
        clock: Callable[[], float] = time.monotonic,
        patience_s: float = 20.0,
        quiet_s: float = 0.25,
    ) -> None:
        me = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Satchel",
            "username": username,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": True,
        }
        self.token = token
        self.calls: list[Call] = []
        self.before: Callable[[str], Awaitable[object]] | None = None
        self.flood = FloodGate(clock)
        self.state = BotMethods(me, clock, self.flood, lambda: int(time.time()))
        self.updates = UpdateQueue(self._touch, self._perform_raw)
        self._clock = clock
        self.patience_s, self._quiet_s = patience_s, quiet_s
        self.changed = asyncio.Event()
        self._in_flight = 0
        self._delivered: set[int] = set()
        self._finished: set[int] = set()
        self._busy: list[Callable[[], bool]] = []
        self._watched = False
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def __aenter__(self) -> "FakeTelegram":
        application = web.Application(client_max_size=BODY_BYTES_MAX)
        application.router.add_route("*", "/bot{token}/{method}", self._serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.updates.close()
        if self._runner is not None:
            await self._runner.cleanup()

    # -- people --------------------------------------------------------------------------------------------------------

    def user(self, user_id: int, *, name: str = "Ann", language: str = "en", username: str | None = None) -> Player:
        """Make a user with a private chat, in which the user has to write first."""
        about: dict[str, object] = {"id": user_id, "is_bot": False, "first_name": name, "language_code": language}
        if username is not None:
            about["username"] = username
        private = Chat(user_id, {"id": user_id, "type": "private", "first_name": name})
        private.forbidden = "bot can't initiate conversation with a user"
        return Player(self, about, self.state.chats.setdefault(user_id, private))

    def group(self, chat_id: int = -1001, title: str = "Guild") -> Chat:
        """Make a group that the bot is in; `player.within(group)` acts there."""
        return self.state.chats.setdefault(chat_id, Chat(chat_id, {"id": chat_id, "type": "group", "title": title}))

    # -- what the bot did ----------------------------------------------------------------------------------------------

    @property
    def refused(self) -> list[Call]:
        """Requests that were refused; a bot that keeps to the rules makes none."""
        return [call for call in self.calls if call.refusal is not None]

    @property
    def unanswered(self) -> list[Query]:
        """Taps that the bot has not answered, so that the user sees a spinner."""
        return [query for query in self.state.queries.values() if query.answer is None and query.expires_at_s > 0]

    def toasts(self, user_id: int) -> list[Toast]:
        """What a user was shown in answer to taps; an answer without text shows nothing."""
        answers = [query.answer for query in self.state.queries.values() if query.user_id == user_id]
        return [answer for answer in answers if isinstance(answer, Toast) and answer.text]

    # -- waiting -------------------------------------------------------------------------------------------------------

    def watch(self, dispatcher: Dispatcher, busy: Callable[[], bool] | None = None) -> None:
        """Learn exactly when a bot in this process has finished an update.

        Args:
            dispatcher: The bot's.
            busy: Says whether the bot still works on something after its updates are finished.
        """
        self._watched = True
        if busy is not None:
            self._busy.append(busy)

        async def note(
            handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
            event: TelegramObject,
            data: dict[str, Any],
        ) -> object:
            try:
                result = await handler(event, data)
                # A handler may return a call. aiogram would make it after this, and it would not be waited for.
                return await data["bot"](result) if isinstance(result, TelegramMethod) else result
            finally:
                if isinstance(event, Update):
                    self._finished.add(event.update_id)
                self._touch()

        dispatcher.update.outer_middleware(note)

    async def deliver(self, kind: str, event: dict[str, object]) -> int:
        """Send the bot an update; returns its id."""
        update_id = self.updates.put(kind, event)
        self._delivered.add(update_id)
        return update_id

    async def settle(self) -> None:
        """Wait until the bot has finished everything.

        Raises:
            BotSilent: It did not finish within `patience_s`.
        """
        try:
            async with asyncio.timeout(self.patience_s):
                await self._settle()
        except TimeoutError:
            raise BotSilent(self._standing()) from None

    async def _settle(self) -> None:
        while True:
            while self._waiting_for():
                self.changed.clear()
                await self.changed.wait()
            if self._watched and not self._busy:
                return
            if self._watched and not any(busy() for busy in self._busy):
                return
            self.changed.clear()
            try:
                async with asyncio.timeout(0.005 if self._watched else self._quiet_s):
                    await self.changed.wait()
            except TimeoutError:
                if not self._watched:
                    return

    def _waiting_for(self) -> list[str]:
        if self._in_flight:
            return [f"{self._in_flight} requests under way"]
        if self._watched:
            return [f"update {id_} is not finished" for id_ in sorted(self._delivered - self._finished)]
        waiting = [f"update {id_} is not confirmed" for id_ in self.updates.unconfirmed]
        return waiting + [f"query {query.id} of user {query.user_id} is not answered" for query in self.unanswered]

    def _standing(self) -> str:
        shown = [chat.screens[-1] for chat in self.state.chats.values() if chat.screens]
        lines = [f"the bot did not finish within {self.patience_s:g} s", *self._waiting_for(), *self.updates.failures]
        lines += [f"refused: {call.method}: {call.refusal}" for call in self.refused[-3:]]
        lines += [f"last screen of chat {screen.chat_id}: {screen.text!r} {screen.buttons}" for screen in shown]
        return "\n  ".join(lines)

    def _touch(self) -> None:
        self.changed.set()

    # -- requests ------------------------------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        polls = name.lower() == "getupdates"
        self._in_flight += not polls
        fields: dict[str, object] = {}
        refusal: ApiRefusal | None = None
        try:
            if request.match_info["token"] != self.token:
                raise ApiRefusal(401, "Unauthorized")
            fields = await read_fields(request)
            if self.before is not None and not polls:
                await self.before(name)
            result = await self._perform(name, fields)
            return _json({"ok": True, "result": result}, 200)
        except ApiRefusal as error:
            refusal = error
            return _json(error.body(), error.status)
        finally:
            if not polls:
                self.calls.append(Call(name, fields, refusal.description if refusal is not None else None))
            self._in_flight -= not polls
            self._touch()

    async def _perform(self, name: str, fields: dict[str, object]) -> object:
        call = read_call(name, fields)
        match call:
            case GetUpdates():
                return await self.updates.take(call.offset or 0, call.limit or 100, call.timeout or 0)
            case SetWebhook():
                if call.url and not call.url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
                    raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
                self.updates.set_webhook(call.url, call.secret_token or "")
                return True
            case DeleteWebhook():
                self.updates.set_webhook("", "")
                if call.drop_pending_updates:
                    self._finished |= set(self.updates.unconfirmed)
                    self.updates.unconfirmed.clear()
                return True
            case GetWebhookInfo():
                waiting = len(self.updates.unconfirmed)
                url = self.updates.webhook_url
                return {"url": url, "has_custom_certificate": False, "pending_update_count": waiting}
        return self.state.perform(call)

    async def _perform_raw(self, call: dict[str, object]) -> object:
        """Carry out the call that a webhook answered with; a refusal is only recorded."""
        name = str(call.pop("method"))
        refusal = None
        try:
            return await self._perform(name, call)
        except ApiRefusal as error:
            refusal = error.description
            return None
        finally:
            self.calls.append(Call(name, call, refusal))

    def query(self, user_id: int, *, too_old: bool = False) -> Query:
        """Open a query that the bot may answer once."""
        query_id = f"{user_id}{len(self.state.queries) + 1:06d}"
        query = Query(query_id, user_id, float("-inf") if too_old else self._clock() + QUERY_TTL_S)
        self.state.queries[query_id] = query
        return query


def _json(body: object, status: int) -> web.Response:
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")
