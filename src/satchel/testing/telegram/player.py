"""A person with a Telegram client: writes, taps and searches; sees screens and toasts."""

import time
from typing import Protocol

from satchel.testing.telegram.chats import (
    Button,
    Chat,
    InlineAnswer,
    InlineResult,
    Message,
    Screen,
    Toast,
)
from satchel.testing.telegram.methods import BotMethods, Query

__all__ = ["BotApi", "Player"]


class BotApi(Protocol):
    """What a player needs of the server that the bot talks to."""

    state: BotMethods

    async def deliver(self, kind: str, event: dict[str, object]) -> int:
        """Send the bot an update; returns its id."""

    async def settle(self) -> None:
        """Wait until the bot has finished everything."""

    def query(self, user_id: int, *, too_old: bool = False) -> Query:
        """Open a query that the bot may answer once."""

    def toasts(self, user_id: int) -> list[Toast]:
        """What a user was shown in answer to taps."""


class Player:
    """One user in one chat.

    Args:
        telegram: The server that the bot talks to.
        about: The user, as the Bot API describes users.
        chat: Where this user writes and taps.
    """

    def __init__(self, telegram: BotApi, about: dict[str, object], chat: Chat) -> None:
        self.id = int(str(about["id"]))
        self.chat = chat
        self._telegram = telegram
        self._about = about

    def within(self, group: Chat) -> "Player":
        """The same user in a group."""
        return Player(self._telegram, self._about, group)

    # -- seeing --------------------------------------------------------------------------------------------------------

    @property
    def screen(self) -> Screen:
        """The bot's message that changed last, as it is now.

        Raises:
            LookupError: The bot has shown nothing here.
        """
        for shown in reversed(self.chat.screens):
            message = self.chat.messages.get(shown.message_id)
            if message is not None:
                return message.screen()
        raise LookupError("the bot has shown nothing in this chat")

    @property
    def live(self) -> list[Screen]:
        """All messages of the bot that are still here, oldest first."""
        return self.chat.live()

    @property
    def toasts(self) -> list[Toast]:
        """Everything that was shown in answer to this user's taps, oldest first."""
        return self._telegram.toasts(self.id)

    @property
    def alerts(self) -> list[str]:
        """The texts of the toasts."""
        return [toast.text for toast in self.toasts]

    # -- acting --------------------------------------------------------------------------------------------------------

    async def send(self, text: str) -> None:
        """Write a message, and wait until the bot has finished."""
        self._begin()
        message = Message(self.chat.next_id(), self.chat, self._about, int(time.time()), text)
        if text.startswith("/"):
            length = len(text.split(maxsplit=1)[0])
            message.entities = [{"type": "bot_command", "offset": 0, "length": length}]
        self.chat.add(message)
        await self._telegram.deliver("message", message.as_json())
        await self._telegram.settle()

    async def open_link(self, link: str) -> None:
        """Open `https://t.me/<bot>?start=<payload>`, and press Start."""
        _, _, payload = link.partition("?start=")
        await self.send(f"/start {payload}".strip())

    async def tap(
        self,
        button: str | int | Button,
        *,
        on: Screen | None = None,
        times: int = 1,
        deliveries: int = 1,
        too_old: bool = False,
    ) -> None:
        """Tap a button, and wait until the bot has finished.

        Args:
            button: Its label, a part of it that only one label has, or its number; the first is 1.
            on: The screen to tap, as it was at that time; the newest one by default.
            times: How often it is tapped before the bot can answer; each tap is a query of its own.
            deliveries: How often each query reaches the bot.
            too_old: The bot gets the query too late to answer it, as after an outage.

        Raises:
            LookupError: There is no such button, or more than one.
        """
        screen = on or self.screen
        pressed = button if isinstance(button, Button) else screen.button(button)
        if pressed.data is None:
            raise LookupError(f"the button {pressed.text!r} is not one that the bot hears of")
        for _ in range(times):
            query = self._telegram.query(self.id, too_old=too_old)
            event: dict[str, object] = {"id": query.id, "from": self._about, "data": pressed.data}
            event |= {"chat_instance": str(self.chat.id)} | self._tapped(screen)
            for _ in range(deliveries):
                await self._telegram.deliver("callback_query", event)
        await self._telegram.settle()

    async def search(self, text: str, offset: str = "") -> InlineAnswer:
        """Type `@bot text`, and wait for the results.

        Raises:
            LookupError: The bot gave no answer.
        """
        query = self._telegram.query(self.id)
        event: dict[str, object] = {
            "id": query.id,
            "from": self._about,
            "query": text,
            "offset": offset,
            "chat_type": "sender",
        }
        await self._telegram.deliver("inline_query", event)
        await self._telegram.settle()
        if not isinstance(query.answer, InlineAnswer):
            raise LookupError(f"the bot did not answer the inline query {text!r}")
        return query.answer

    def choose(self, result: InlineResult) -> Screen:
        """Send a result of an inline query into this chat."""
        message = Message(
            self.chat.next_id(), self.chat, self._about, int(time.time()), result.text, result.html, by_bot=True
        )
        message.keyboard = result.keyboard
        if result.keyboard is not None:
            message.inline_id = f"inline-{self.chat.id}-{message.id}"
            self._telegram.state.inline[message.inline_id] = message
        self.chat.add(message)
        return message.screen()

    def block(self) -> None:
        """Block the bot."""
        self.chat.forbidden = "bot was blocked by the user"

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self.chat.id == self.id:
            self.chat.forbidden = None

    def _tapped(self, screen: Screen) -> dict[str, object]:
        message = self._telegram.state.chats[screen.chat_id].messages.get(screen.message_id)
        if message is None:
            return {"message": {"chat": self.chat.about, "message_id": screen.message_id, "date": 0}}
        if message.inline_id is not None:
            return {"inline_message_id": message.inline_id}
        return {"message": message.as_json()}
