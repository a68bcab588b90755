"""Reads what a screen shows, with at most one call of the API, and draws it."""

from satchel.bot.callbacks import Callback, Place, Verb, Where
from satchel.bot.screens.belt import draw_belt
from satchel.bot.screens.card import draw_amount, draw_card, draw_share
from satchel.bot.screens.doll import draw_doll
from satchel.bot.screens.format import Format
from satchel.bot.screens.ledgers import HISTORY_PAGE, draw_characters, draw_help, draw_history, draw_wallet
from satchel.bot.screens.lists import PAGE, SORTS, draw_list, draw_sections, searched
from satchel.bot.screens.screen import Screen, ShareCard
from satchel.client import InventoryClient
from satchel.errors import ItemNotFound
from satchel.inventory.character import CharacterEntry
from satchel.inventory.reads.bag import BagPage
from satchel.inventory.reads.card import ItemCard

__all__ = ["SHARED_MAX", "Pages"]

SHARED_MAX = 20
"""The most results of an inline search."""


class Pages:
    """Draws the screens of one character for one player.

    Args:
        fmt: Writes in the player's language.
        client: Acts for the player.
        others: The player's characters.
    """

    def __init__(self, fmt: Format, client: InventoryClient, others: tuple[CharacterEntry, ...] = ()) -> None:
        self.fmt = fmt
        self.client = client
        self._others = others

    async def after(self, callback: Callback, search: str = "") -> Screen:
        """The screen that a tap leads to, or that shows what it changed."""
        return self.keeping(await self._after(callback, search), callback.place, search)

    def keeping(self, screen: Screen, place: Place, search: str) -> Screen:
        """The same screen with the searched text on it; without it "back" could not find the list again."""
        if place.where != Where.FIND or not search or "<code>" in screen.text:
            return screen
        return Screen(f"{screen.text}\n{self.fmt.say('find-kept', text=searched(self.fmt, search))}", screen.rows)

    async def _after(self, callback: Callback, search: str) -> Screen:
        match callback.verb:
            case Verb.DOLL:
                return await self.doll()
            case Verb.BELT:
                return await self.belt()
            case Verb.WALLET:
                return draw_wallet(self.fmt, await self.client.get_wallet(self.fmt.char_id))
            case Verb.HISTORY:
                return await self.history(callback.number)
            case Verb.SECTIONS:
                return draw_sections(self.fmt, await self._bag(callback.place, "", 1), callback.place)
            case Verb.CHARACTERS:
                return draw_characters(self.fmt, self._others)
            case Verb.CARD:
                return await self.card(callback.item, callback.place)
            case Verb.ASK_DROP | Verb.ASK_SPLIT:
                return await self.amount(callback)
        if callback.verb == Verb.BIND and callback.place.where == Where.PICK:
            return await self.belt()
        if callback.on_card:
            return await self.card(callback.item, callback.place, search)
        return await self.place(callback.place, search)

    async def doll(self) -> Screen:
        """What is worn."""
        doll = await self.client.get_doll(self.fmt.char_id)
        return draw_doll(self.fmt, doll, others=len(self._others) > 1)

    async def belt(self) -> Screen:
        """The quick slots."""
        return draw_belt(self.fmt, await self.client.get_doll(self.fmt.char_id))

    async def history(self, before: int = 0) -> Screen:
        """The last actions."""
        query = {"limit": HISTORY_PAGE} | ({"before": before} if before else {})
        return draw_history(self.fmt, await self.client.get_history(self.fmt.char_id, **query), before)

    async def place(self, place: Place, search: str = "") -> Screen:
        """The screen of a place; if its page is gone, the last page that is left."""
        if place.where == Where.DOLL:
            return await self.doll()
        if place.where == Where.BELT:
            return await self.belt()
        if place.where == Where.FIND and not search:
            # An old button, below a message that shows something else now.
            place = Place(Where.BAG)
        page = await self._bag(place, search, PAGE)
        if place.where == Where.PICK and place.section > page.stats.quick_slots:
            # The belt was taken off since then, so this quick slot is gone.
            return await self.belt()
        if not page.items and page.total:
            place = place.replace(page=(page.total - 1) // PAGE)
            page = await self._bag(place, search, PAGE)
        return draw_list(self.fmt, page, place, search)

    async def card(self, item: str, place: Place, search: str = "") -> Screen:
        """The card of an item, or the place where it was opened if the item is gone."""
        try:
            return draw_card(self.fmt, await self.read_card(item, place), place)
        except ItemNotFound:
            return await self.place(place, search)

    async def amount(self, callback: Callback, *, wait_s: int = 0, card: ItemCard | None = None) -> Screen:
        """The question how many to drop or split. With `wait_s` the bot waits for a typed number."""
        verb = Verb.DROP if callback.verb in (Verb.ASK_DROP, Verb.TYPE_DROP) else Verb.SPLIT
        card = card or await self.read_card(callback.item, callback.place)
        return draw_amount(self.fmt, card, callback.place, verb, typing=wait_s > 0, wait_s=wait_s)

    async def read_card(self, item: str, place: Place) -> ItemCard:
        """An item, compared with what is worn in the slot whose list it was opened from."""
        slot = self.fmt.catalogue.slot(place.section) if place.where == Where.SLOT else None
        return await self.client.get_item(self.fmt.char_id, item, self.fmt.lang, slot.id if slot is not None else None)

    async def shared(self, search: str) -> tuple[ShareCard, ...]:
        """Items to show to others."""
        page = await self._bag(Place(Where.FIND, sort=1), search, SHARED_MAX)
        return tuple(draw_share(self.fmt, entry) for entry in page.items)

    def help(self) -> Screen:
        """What the bot can do."""
        return draw_help(self.fmt)

    async def _bag(self, place: Place, search: str, limit: int) -> BagPage:
        catalogue = self.fmt.catalogue
        query: dict[str, str | int] = {"limit": limit, "offset": place.page * limit, "lang": self.fmt.lang}
        query["sort"] = SORTS[place.sort % len(SORTS)][1]
        match place.where:
            case Where.SLOT:
                slot = catalogue.slot(place.section)
                query |= {"sort": "wearable:desc,score:desc,name"} | ({"fits": slot.id} if slot is not None else {})
            case Where.PICK:
                query["quick"] = "true"
            case Where.FIND:
                query["search"] = search[:64]
            case _:
                section, category = catalogue.section(place.section), catalogue.category(place.category)
                query |= {"section": section.id} if section is not None else {}
                query |= {"category": category.id} if category is not None else {}
        return await self.client.get_bag(self.fmt.char_id, **query)
