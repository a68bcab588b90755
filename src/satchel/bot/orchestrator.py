"""Which screen follows which tap. Knows the API's client and no messenger."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from html import escape
from typing import TypeVar

from satchel.bot.callbacks import Callback, CallbackUnreadable, Place, Verb, Where, item_of
from satchel.bot.deeds import TOAST_MAX, action_of, done, undo_again, undo_button
from satchel.bot.screens.pen import Pen
from satchel.bot.screens.screen import Screen, ShareCard
from satchel.bot.starter_kit import DEMO_CHARACTERS_FROM, hero, kit
from satchel.bot.views import Views
from satchel.bot.visit import Awaited, Outcome, Player, Shown, Tap
from satchel.bot.world import World
from satchel.client import InventoryClient
from satchel.clock import Clock, clock_ms
from satchel.errors import (
    ItemNotFound,
    NotOwner,
    Operational,
    Refusal,
    SatchelError,
    VersionMismatch,
)
from satchel.inventory.character import CharacterEntry
from satchel.inventory.reads.reply import ActionReply
from satchel.texts import Texts
from satchel.texts.errors import error_in_words

__all__ = ["InventoryBotOrchestrator"]

PATIENCE_S = 5.0
"""Longest wait for the game; a tap has to be answered while the player still looks."""

INPUT_WAIT_MS = 120_000
CHARACTERS_FRESH_MS = 300_000
WORLD_FRESH_MS = 600_000
PLAYERS_MAX = 10_000

Key = TypeVar("Key")
Value = TypeVar("Value")


class InventoryBotOrchestrator:
    """Answers taps, commands, typed texts and inline searches with screens.

    Everything that a screen needs to go on stands in its buttons. In memory are only texts that the bot waits for, and
    caches: the catalogue, and who has which characters.

    Args:
        client: The API, with a service's rights; players are acted for.
        texts: What the bot says.
        clock: Milliseconds since 1970.
        demo: Whether newcomers get a character with a starter kit.
        patience_s: Longest wait for the API.
    """

    def __init__(
        self,
        client: InventoryClient,
        texts: Texts,
        clock: Clock = clock_ms,
        *,
        demo: bool = False,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.texts = texts
        self._client = client
        self._clock = clock
        self._demo = demo
        self._patience_s = patience_s
        self._world: tuple[int, World] | None = None
        self._characters: OrderedDict[int, tuple[int, tuple[CharacterEntry, ...]]] = OrderedDict()
        self._last: OrderedDict[int, int] = OrderedDict()
        self._awaited: OrderedDict[tuple[int, int], Awaited] = OrderedDict()

    # -- messages ------------------------------------------------------------------------------------------------------

    async def start(self, player: Player, payload: str = "") -> Screen:
        """`/start`: welcome somebody; a payload of a deep link leads further: `bag`, `gear`, `item_<short id>`."""
        return await self._told(player, self._start(player, payload))

    async def open(self, player: Player, place: Place) -> Screen:
        """`/bag`, `/gear`: open a place."""

        async def draw(views: Views) -> Screen:
            return await views.place(place)

        return await self._at_home(player, draw)

    async def item(self, player: Player, short: str) -> Screen:
        """`/item_<short id>`: open a card."""
        item = item_of(short)

        async def draw(views: Views) -> Screen:
            if item is None:
                return Screen(views.pen.say("item-gone"), (views.pen.ways(),))
            return await views.card(item, Place(Where.BAG))

        return await self._at_home(player, draw)

    async def find(self, player: Player, text: str) -> Screen:
        """`/find text`, or just the text in a private chat: search the bag."""

        async def draw(views: Views) -> Screen:
            wanted = text.strip()[:64]
            return await views.place(Place(Where.FIND), wanted) if wanted else Screen(views.pen.say("find-what"))

        return await self._at_home(player, draw)

    async def help(self, player: Player) -> Screen:
        """`/help`: what the bot can do."""

        async def draw(views: Views) -> Screen:
            return views.help()

        return await self._at_home(player, draw)

    async def typed(self, player: Player, chat_id: int, text: str, key: str, *, private: bool) -> Shown | None:
        """Any other text: the number or name that the bot waits for; else, in a private chat, a search.

        Args:
            player: Who wrote it.
            chat_id: Where.
            text: What.
            key: Names this message, however often it is delivered.
            private: Whether nobody else is in the chat.
        """
        awaited = self._awaited.pop((chat_id, player.user_id), None)
        if awaited is not None and awaited.until_ms >= self._clock():
            screen = await self._told(player, self._take(player, chat_id, text, key, awaited))
            return Shown(screen, awaited.message_id)
        if not private:
            return None
        if awaited is not None and text.strip().isdigit():
            return Shown(Screen(self.texts.say(player.lang, "input-over")))
        return Shown(await self.find(player, text))

    async def share(self, player: Player, text: str) -> tuple[ShareCard, ...]:
        """An inline search: items of the player's bag, to be shown to others; nothing when it cannot be asked."""
        try:
            async with asyncio.timeout(self._patience_s):
                views = await self._home(player)
                return await views.shared(text.strip()) if views is not None else ()
        except (SatchelError, TimeoutError):
            return ()

    # -- taps ----------------------------------------------------------------------------------------------------------

    async def tap(self, tap: Tap) -> Outcome:
        """A tap on a button. Whatever goes wrong is told as a toast, and the screen stays as it is."""
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._tap(tap)
        except TimeoutError:
            return Outcome(self.texts.say(tap.player.lang, "slow"))
        except SatchelError as error:
            return Outcome(self._failed(tap.player.lang, error))

    async def _tap(self, tap: Tap) -> Outcome:
        self._awaited.pop((tap.chat_id, tap.player.user_id), None)
        try:
            callback = Callback.unpack(tap.data)
        except CallbackUnreadable:
            views = await self._home(tap.player)
            toast = self.texts.say(tap.player.lang, "old-button")
            return Outcome(toast, await views.doll() if views is not None else None)
        if callback.verb in (Verb.ASK_SEARCH, Verb.CHARACTERS):
            # These read nothing from the game, which would refuse a stranger.
            await self._require(tap.player, callback.char_id)
        views = await self._views(tap.player, callback.char_id)
        if callback.verb.changes:
            return await self._change(views, callback, tap.key, callback.version, tap.search)
        if callback.verb in (Verb.ASK_SEARCH, Verb.TYPE_DROP, Verb.TYPE_SPLIT):
            return Outcome(screen=await self._ask(tap, views, callback))
        screen = await views.after(callback, tap.search)
        self._remember(self._last, tap.player.user_id, callback.char_id)
        return Outcome(screen=screen)

    async def _change(self, views: Views, callback: Callback, key: str, version: int, search: str) -> Outcome:
        pen = views.pen
        action = action_of(callback, pen.world)
        try:
            reply = await views.client.act(pen.char_id, action, key=key, expected_version=version)
        except VersionMismatch as error:
            screen = await views.after(callback, search)
            if callback.verb == Verb.TAKE_BACK:
                screen = screen.noting("", undo_again(pen, callback, int(str(error.data["current"]))))
            return Outcome(pen.say("stale"), screen)
        except ItemNotFound as error:
            toast = pen.say("too-late") if callback.verb == Verb.TAKE_BACK else self._failed(pen.lang, error)
            return Outcome(toast, await views.place(callback.place, search))
        except Refusal as refusal:
            return Outcome(self._failed(pen.lang, refusal))
        toast = done(pen, callback, reply)
        try:
            return Outcome(toast, await self._changed(views, callback, reply, search), noted=bool(reply.dropped))
        except Operational:
            # It is done; only the look at it failed.
            return Outcome(toast)

    async def _changed(self, views: Views, callback: Callback, reply: ActionReply, search: str) -> Screen:
        undo = undo_button(views.pen, callback, reply)
        if undo is None:
            return await views.after(callback, search)
        place = callback.place if callback.place.where != Where.DOLL else Place(Where.BAG)
        note = views.pen.say("note-drop", item=views.pen.item(reply.dropped[0].item))
        return (await views.place(place, search)).noting(note, undo)

    # -- typed texts ---------------------------------------------------------------------------------------------------

    async def _ask(self, tap: Tap, views: Views, callback: Callback) -> Screen:
        """Ask for a text, and wait for it."""
        pen, until_ms, seconds = views.pen, self._clock() + INPUT_WAIT_MS, INPUT_WAIT_MS // 1000
        if callback.verb == Verb.ASK_SEARCH:
            awaited = Awaited(callback, tap.message_id, until_ms)
            back = pen.back_to(callback.place if callback.place.where != Where.FIND else Place(Where.BAG))
            screen = Screen(pen.say("ask-search", seconds=seconds), (pen.ways(back),))
        else:
            card = await views.read_card(callback.item, callback.place)
            largest = card.item.quantity - (callback.verb == Verb.TYPE_SPLIT)
            awaited = Awaited(callback, tap.message_id, until_ms, card.version, largest, tap.search)
            screen = await views.amount(callback, wait_s=seconds, card=card)
            screen = views.keeping(screen, callback.place, tap.search)
        self._remember(self._awaited, (tap.chat_id, tap.player.user_id), awaited)
        return screen

    async def _take(self, player: Player, chat_id: int, text: str, key: str, awaited: Awaited) -> Screen:
        """Take the text that was waited for."""
        callback = awaited.callback
        views = await self._views(player, callback.char_id)
        if callback.verb == Verb.ASK_SEARCH:
            return await views.place(Place(Where.FIND), text.strip()[:64])
        number = int(text) if text.strip().isascii() and text.strip().isdigit() and len(text) < 17 else 0
        if not 1 <= number <= awaited.largest:
            self._remember(self._awaited, (chat_id, player.user_id), awaited)
            seconds = max(1, (awaited.until_ms - self._clock()) // 1000)
            wrong = views.pen.say("wrong-number", largest=awaited.largest)
            screen = await views.amount(callback, wait_s=seconds)
            return views.keeping(screen, callback.place, awaited.search).noting(wrong)
        verb = Verb.DROP if callback.verb == Verb.TYPE_DROP else Verb.SPLIT
        wanted = Callback(verb, callback.char_id, awaited.version, callback.item, number, callback.place, on_card=True)
        outcome = await self._change(views, wanted, key, awaited.version, awaited.search)
        screen = outcome.screen or await views.card(callback.item, callback.place, awaited.search)
        return (
            screen if outcome.noted else screen.noting(views.pen.say("note", text=escape(outcome.toast, quote=False)))
        )

    # -- who and what --------------------------------------------------------------------------------------------------

    async def _start(self, player: Player, payload: str) -> Screen:
        views = await self._home(player, fresh=True)
        if self._demo and (views is None or await self._is_unpacked(player, views)):
            views = await self._welcome(player)
            return (await views.doll()).noting(views.pen.say("welcome", name=views.pen.shown(player.name or "?")))
        if views is None:
            return Screen(self._no_character(player))
        if payload.startswith("item_") and (item := item_of(payload.removeprefix("item_"))) is not None:
            return await views.card(item, Place(Where.BAG))
        return await views.place(Place(Where.BAG) if payload == "bag" else Place())

    async def _is_unpacked(self, player: Player, views: Views) -> bool:
        """Whether the kit of a demo character is still to be given: the process may have died before it was."""
        char_id = DEMO_CHARACTERS_FROM + player.user_id
        return views.pen.char_id == char_id and (await views.client.get_doll(char_id)).version == 0

    async def _welcome(self, player: Player) -> Views:
        """Make a character with a starter kit. Begun twice, it is made once: id and keys are the player's."""
        char_id, character = DEMO_CHARACTERS_FROM + player.user_id, hero(player.owner, player.name)
        await self._client.put_character(char_id, character)
        pen = await self._pen(player, char_id)
        await self._client.act(char_id, *kit(pen.world.catalogue), key=f"bot-starter-kit-{char_id}")
        found = (CharacterEntry(char_id, character.name, character.level),)
        self._remember(self._characters, player.user_id, (self._clock(), found))
        return await self._views(player, char_id)

    async def _at_home(self, player: Player, draw: Callable[[Views], Awaitable[Screen]]) -> Screen:
        async def work() -> Screen:
            views = await self._home(player)
            if views is None:
                return await self._start(player, "") if self._demo else Screen(self._no_character(player))
            return await draw(views)

        return await self._told(player, work())

    async def _told(self, player: Player, work: Awaitable[Screen]) -> Screen:
        """Wait for a screen; what goes wrong becomes one."""
        try:
            async with asyncio.timeout(self._patience_s):
                return await work
        except TimeoutError:
            return Screen(self.texts.say(player.lang, "slow"))
        except SatchelError as error:
            return Screen(self._failed(player.lang, error))

    async def _home(self, player: Player, *, fresh: bool = False) -> Views | None:
        """The views of the character that the player saw last, or of their first; None if they have none."""
        characters = await self._find_characters(player, fresh=fresh)
        if not characters:
            return None
        ids = [entry.char_id for entry in characters]
        last = self._last.get(player.user_id, 0)
        char_id = last if last in ids else ids[0]
        pen = await self._pen(player, char_id)
        return Views(pen, self._client.acting_for(player.owner), characters)

    async def _views(self, player: Player, char_id: int) -> Views:
        known = self._characters.get(player.user_id)
        pen = await self._pen(player, char_id)
        return Views(pen, self._client.acting_for(player.owner), known[1] if known is not None else ())

    async def _find_characters(self, player: Player, *, fresh: bool = False) -> tuple[CharacterEntry, ...]:
        known = self._characters.get(player.user_id)
        if known is not None and not fresh and known[1] and self._clock() - known[0] < CHARACTERS_FRESH_MS:
            return known[1]
        found = await self._client.find_characters(player.owner)
        self._remember(self._characters, player.user_id, (self._clock(), found))
        return found

    async def _require(self, player: Player, char_id: int) -> None:
        """Refuse a character of somebody else; what is remembered may be older than the character."""
        for fresh in (False, True):
            if any(entry.char_id == char_id for entry in await self._find_characters(player, fresh=fresh)):
                return
        raise NotOwner(char_id=char_id)

    async def _pen(self, player: Player, char_id: int) -> Pen:
        now_ms = self._clock()
        if self._world is None or now_ms - self._world[0] > WORLD_FRESH_MS:
            try:
                self._world = (now_ms, World(await self._client.get_catalogue()))
            except Operational:
                if self._world is None:
                    raise
        return Pen(self.texts, self._world[1], player.lang, char_id, now_ms)

    def _no_character(self, player: Player) -> str:
        return self.texts.say(player.lang, "no-character")

    def _failed(self, lang: str, error: SatchelError) -> str:
        """An error in words, short enough for a toast."""
        return error_in_words(self.texts, lang, error)[:TOAST_MAX]

    def _remember(self, memory: OrderedDict[Key, Value], key: Key, value: Value) -> None:
        memory[key] = value
        memory.move_to_end(key)
        if len(memory) > PLAYERS_MAX:
            memory.popitem(last=False)
