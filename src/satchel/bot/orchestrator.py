"""Decides which screen follows a tap or a message. It knows the API's client but not the messenger."""

import asyncio
from collections.abc import Awaitable, Callable
from html import escape

from satchel.bot.callbacks import Callback, CallbackUnreadable, Place, Verb, Where, item_of
from satchel.bot.catalogue import BotCatalogue
from satchel.bot.events import Awaited, Outcome, Player, Shown, Tap
from satchel.bot.pages import Pages
from satchel.bot.recent import Recent
from satchel.bot.roster import Roster
from satchel.bot.screens.format import Format
from satchel.bot.screens.screen import Screen, ShareCard
from satchel.bot.starter_kit import DEMO_CHARACTERS_FROM, hero, kit
from satchel.bot.taps import TOAST_MAX, action_of, done, undo_again, undo_button
from satchel.client import InventoryClient
from satchel.clock import Clock, clock_ms
from satchel.errors import (
    ItemNotFound,
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
"""The longest wait for the API: a tap has to be answered while the player is still looking."""

INPUT_WAIT_MS = 120_000
CATALOGUE_FRESH_MS = 600_000


class InventoryBotOrchestrator:
    """Answers taps, commands, typed texts and inline searches with screens.

    A screen's buttons hold everything that its taps need. Memory only holds what can be lost: texts that the bot waits
    for, and caches of the catalogue and of each player's characters.

    Args:
        client: The API, with a service's rights; for a player the bot acts with that player's own.
        texts: What the bot says.
        clock: Milliseconds since 1970.
        demo: Whether newcomers get a character with a starter kit.
        patience_s: The longest wait for the API.
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
        self._catalogue: tuple[int, BotCatalogue] | None = None
        self._roster = Roster(client, clock)
        self._awaited: Recent[tuple[int, int], Awaited] = Recent()

    # -- messages ------------------------------------------------------------------------------------------------------

    async def start(self, player: Player, payload: str = "") -> Screen:
        """`/start`: welcome the player, or open what a deep link names: `bag`, `gear` or `item_<short id>`."""
        return await self._told(player, self._start(player, payload))

    async def open(self, player: Player, place: Place) -> Screen:
        """`/bag`, `/gear`: open a place."""

        async def draw(pages: Pages) -> Screen:
            return await pages.place(place)

        return await self._at_home(player, draw)

    async def item(self, player: Player, short: str) -> Screen:
        """`/item_<short id>`: open a card."""
        item = item_of(short)

        async def draw(pages: Pages) -> Screen:
            if item is None:
                return Screen(pages.fmt.say("item-gone"), (pages.fmt.ways(),))
            return await pages.card(item, Place(Where.BAG))

        return await self._at_home(player, draw)

    async def find(self, player: Player, text: str) -> Screen:
        """`/find text`, or only the text in a private chat: search the bag."""

        async def draw(pages: Pages) -> Screen:
            wanted = text.strip()[:64]
            return await pages.place(Place(Where.FIND), wanted) if wanted else Screen(pages.fmt.say("find-what"))

        return await self._at_home(player, draw)

    async def help(self, player: Player) -> Screen:
        """`/help`: what the bot can do."""

        async def draw(pages: Pages) -> Screen:
            return pages.help()

        return await self._at_home(player, draw)

    async def typed(self, player: Player, chat_id: int, text: str, key: str, *, private: bool) -> Shown | None:
        """Any other text: what the bot waits for, or in a private chat a search.

        Args:
            player: Who wrote it.
            chat_id: Where.
            text: What.
            key: Names this message, and stays the same if it is delivered twice.
            private: Whether any text may be a search.
        """
        awaited = self._awaited.take((chat_id, player.user_id))
        if awaited is not None and awaited.until_ms >= self._clock():
            screen = await self._told(player, self._take(player, chat_id, text, key, awaited))
            return Shown(screen, awaited.message_id)
        if not private:
            return None
        if awaited is not None and text.strip().isdigit():
            return Shown(Screen(self.texts.say(player.lang, "input-over")))
        return Shown(await self.find(player, text))

    async def share(self, player: Player, text: str) -> tuple[ShareCard, ...]:
        """An inline search: items of the player's bag to show to others; empty if the API cannot be reached."""
        try:
            async with asyncio.timeout(self._patience_s):
                pages = await self._home(player)
                return await pages.shared(text.strip()) if pages is not None else ()
        except (SatchelError, TimeoutError):
            return ()

    # -- taps ----------------------------------------------------------------------------------------------------------

    async def tap(self, tap: Tap) -> Outcome:
        """A tap on a button. An error becomes a toast, and the screen stays as it is."""
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._tap(tap)
        except TimeoutError:
            return Outcome(self.texts.say(tap.player.lang, "slow"))
        except SatchelError as error:
            return Outcome(self._failed(tap.player.lang, error))

    async def _tap(self, tap: Tap) -> Outcome:
        self._awaited.take((tap.chat_id, tap.player.user_id))
        try:
            callback = Callback.unpack(tap.data)
        except CallbackUnreadable:
            pages = await self._home(tap.player)
            toast = self.texts.say(tap.player.lang, "old-button")
            return Outcome(toast, await pages.doll() if pages is not None else None)
        if callback.verb in (Verb.ASK_SEARCH, Verb.CHARACTERS):
            # These two read nothing from the API, which would refuse a stranger.
            await self._roster.require(tap.player, callback.char_id)
        pages = await self._pages(tap.player, callback.char_id)
        if callback.verb.changes:
            return await self._change(pages, callback, tap.key, callback.version, tap.search)
        if callback.verb in (Verb.ASK_SEARCH, Verb.TYPE_DROP, Verb.TYPE_SPLIT):
            return Outcome(screen=await self._ask(tap, pages, callback))
        screen = await pages.after(callback, tap.search)
        self._roster.saw(tap.player, callback.char_id)
        return Outcome(screen=screen)

    async def _change(self, pages: Pages, callback: Callback, key: str, version: int, search: str) -> Outcome:
        fmt = pages.fmt
        action = action_of(callback, fmt.catalogue)
        try:
            reply = await pages.client.act(fmt.char_id, action, key=key, expected_version=version)
        except VersionMismatch as error:
            screen = await pages.after(callback, search)
            if callback.verb == Verb.TAKE_BACK:
                screen = screen.noting("", undo_again(fmt, callback, int(str(error.data["current"]))))
            return Outcome(fmt.say("stale"), screen)
        except ItemNotFound as error:
            toast = fmt.say("too-late") if callback.verb == Verb.TAKE_BACK else self._failed(fmt.lang, error)
            return Outcome(toast, await pages.place(callback.place, search))
        except Refusal as refusal:
            return Outcome(self._failed(fmt.lang, refusal))
        toast = done(fmt, callback, reply)
        try:
            return Outcome(toast, await self._changed(pages, callback, reply, search), noted=bool(reply.dropped))
        except Operational:
            # It is done; only drawing the result failed.
            return Outcome(toast)

    async def _changed(self, pages: Pages, callback: Callback, reply: ActionReply, search: str) -> Screen:
        undo = undo_button(pages.fmt, callback, reply)
        if undo is None:
            return await pages.after(callback, search)
        place = callback.place if callback.place.where != Where.DOLL else Place(Where.BAG)
        note = pages.fmt.say("note-drop", item=pages.fmt.item(reply.dropped[0].item))
        return (await pages.place(place, search)).noting(note, undo)

    # -- typed texts ---------------------------------------------------------------------------------------------------

    async def _ask(self, tap: Tap, pages: Pages, callback: Callback) -> Screen:
        """Ask for a text, and remember that it is awaited."""
        fmt, until_ms, seconds = pages.fmt, self._clock() + INPUT_WAIT_MS, INPUT_WAIT_MS // 1000
        if callback.verb == Verb.ASK_SEARCH:
            awaited = Awaited(callback, tap.message_id, until_ms)
            back = fmt.back_to(callback.place if callback.place.where != Where.FIND else Place(Where.BAG))
            screen = Screen(fmt.say("ask-search", seconds=seconds), (fmt.ways(back),))
        else:
            card = await pages.read_card(callback.item, callback.place)
            largest = card.item.quantity - (callback.verb == Verb.TYPE_SPLIT)
            awaited = Awaited(callback, tap.message_id, until_ms, card.version, largest, tap.search)
            screen = await pages.amount(callback, wait_s=seconds, card=card)
            screen = pages.keeping(screen, callback.place, tap.search)
        self._awaited.keep((tap.chat_id, tap.player.user_id), awaited)
        return screen

    async def _take(self, player: Player, chat_id: int, text: str, key: str, awaited: Awaited) -> Screen:
        """Handle the text that the bot waited for."""
        callback = awaited.callback
        pages = await self._pages(player, callback.char_id)
        if callback.verb == Verb.ASK_SEARCH:
            return await pages.place(Place(Where.FIND), text.strip()[:64])
        number = int(text) if text.strip().isascii() and text.strip().isdigit() and len(text) < 17 else 0
        if not 1 <= number <= awaited.largest:
            self._awaited.keep((chat_id, player.user_id), awaited)
            seconds = max(1, (awaited.until_ms - self._clock()) // 1000)
            wrong = pages.fmt.say("wrong-number", largest=awaited.largest)
            screen = await pages.amount(callback, wait_s=seconds)
            return pages.keeping(screen, callback.place, awaited.search).noting(wrong)
        verb = Verb.DROP if callback.verb == Verb.TYPE_DROP else Verb.SPLIT
        wanted = Callback(verb, callback.char_id, awaited.version, callback.item, number, callback.place, on_card=True)
        outcome = await self._change(pages, wanted, key, awaited.version, awaited.search)
        screen = outcome.screen or await pages.card(callback.item, callback.place, awaited.search)
        return (
            screen if outcome.noted else screen.noting(pages.fmt.say("note", text=escape(outcome.toast, quote=False)))
        )

    # -- players -------------------------------------------------------------------------------------------------------

    async def _start(self, player: Player, payload: str) -> Screen:
        pages = await self._home(player, fresh=True)
        if self._demo and (pages is None or await self._is_unpacked(player, pages)):
            pages = await self._welcome(player)
            return (await pages.doll()).noting(pages.fmt.say("welcome", name=pages.fmt.shown(player.name or "?")))
        if pages is None:
            return Screen(self._no_character(player))
        if payload.startswith("item_") and (item := item_of(payload.removeprefix("item_"))) is not None:
            return await pages.card(item, Place(Where.BAG))
        return await pages.place(Place(Where.BAG) if payload == "bag" else Place())

    async def _is_unpacked(self, player: Player, pages: Pages) -> bool:
        """Whether a demo character still lacks its kit: the process may have died in between."""
        char_id = DEMO_CHARACTERS_FROM + player.user_id
        return pages.fmt.char_id == char_id and (await pages.client.get_doll(char_id)).version == 0

    async def _welcome(self, player: Player) -> Pages:
        """Make a character with a starter kit; doing it twice makes one, because id and key come from the player."""
        char_id, character = DEMO_CHARACTERS_FROM + player.user_id, hero(player.owner, player.name)
        await self._client.put_character(char_id, character)
        fmt = await self._format(player, char_id)
        await self._client.act(char_id, *kit(fmt.catalogue.full), key=f"bot-starter-kit-{char_id}")
        self._roster.keep(player, (CharacterEntry(char_id, character.name, character.level),))
        return await self._pages(player, char_id)

    async def _at_home(self, player: Player, draw: Callable[[Pages], Awaitable[Screen]]) -> Screen:
        async def work() -> Screen:
            pages = await self._home(player)
            if pages is None:
                return await self._start(player, "") if self._demo else Screen(self._no_character(player))
            return await draw(pages)

        return await self._told(player, work())

    async def _told(self, player: Player, work: Awaitable[Screen]) -> Screen:
        """Wait for a screen; an error becomes a screen, too."""
        try:
            async with asyncio.timeout(self._patience_s):
                return await work
        except TimeoutError:
            return Screen(self.texts.say(player.lang, "slow"))
        except SatchelError as error:
            return Screen(self._failed(player.lang, error))

    async def _home(self, player: Player, *, fresh: bool = False) -> Pages | None:
        """The pages of the character that the player saw last, or of the first one; None without characters."""
        characters = await self._roster.find(player, fresh=fresh)
        return await self._pages(player, self._roster.home(player, characters)) if characters else None

    async def _pages(self, player: Player, char_id: int) -> Pages:
        fmt = await self._format(player, char_id)
        return Pages(fmt, self._client.acting_for(player.owner), self._roster.remembered(player))

    async def _format(self, player: Player, char_id: int) -> Format:
        now_ms = self._clock()
        if self._catalogue is None or now_ms - self._catalogue[0] > CATALOGUE_FRESH_MS:
            try:
                self._catalogue = (now_ms, BotCatalogue(await self._client.get_catalogue()))
            except Operational:
                if self._catalogue is None:
                    raise
        return Format(self.texts, self._catalogue[1], player.lang, char_id, now_ms)

    def _no_character(self, player: Player) -> str:
        return self.texts.say(player.lang, "no-character")

    def _failed(self, lang: str, error: SatchelError) -> str:
        """An error in words, short enough for a toast."""
        return error_in_words(self.texts, lang, error)[:TOAST_MAX]
