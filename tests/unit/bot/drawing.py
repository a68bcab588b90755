"""Screens without any server: views are made by the rules, and drawn as the bot draws them."""

from satchel.bot.catalogue import BotCatalogue
from satchel.bot.screens.format import Format
from satchel.bot.screens.screen import BUTTONS_MAX, TEXT_MAX, Button, Screen
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.item import ItemId
from satchel.inventory.reads.bag import BagPage, BagQuery, bag_page
from satchel.inventory.reads.card import ItemCard, item_card
from satchel.inventory.reads.whole import CatalogueView
from satchel.texts import Texts
from tests.builders import Bench

__all__ = ["TEXTS", "bag_of", "buttons", "card_of", "check", "format_for", "labels", "plain"]

TEXTS = Texts()


def format_for(catalogue: Catalogue, lang: str = "en", *, char_id: int = 1, now_ms: int = 1_790_000_000_000) -> Format:
    """A format for one player."""
    view = CatalogueView(catalogue.version, catalogue.rules, tuple(catalogue.definitions.values()))
    return Format(TEXTS, BotCatalogue(view), lang, char_id, now_ms)


def bag_of(bench: Bench, **query: object) -> BagPage:
    """A page as the API gives it."""
    return bag_page(bench.session, BagQuery(**{"limit": 6, **query}))  # type: ignore[arg-type]


def card_of(bench: Bench, item: ItemId, lang: str = "en", slot: str | None = None) -> ItemCard:
    """A card as the API gives it."""
    return item_card(bench.session, bench.item(item), lang, slot)


def buttons(screen: Screen) -> list[Button]:
    """All buttons, row by row."""
    return [button for row in screen.rows for button in row]


def labels(screen: Screen) -> list[str]:
    """What stands on the buttons."""
    return [button.text for button in buttons(screen)]


def plain(screen: Screen) -> str:
    """The text without its tags."""
    for tag in ("b", "i", "pre", "code"):
        screen = Screen(screen.text.replace(f"<{tag}>", "").replace(f"</{tag}>", ""), screen.rows)
    return screen.text


def check(screen: Screen) -> Screen:
    """Hold a screen to Telegram's limits: text, keyboard, callback data."""
    assert 0 < len(screen.text) <= TEXT_MAX + 200
    assert len(buttons(screen)) <= BUTTONS_MAX + 10
    assert all(0 < len(row) <= 8 for row in screen.rows)
    for button in buttons(screen):
        assert button.text.strip()
        assert (button.callback is None) == bool(button.share)
        if button.callback is not None:
            assert 0 < len(button.callback.pack().encode()) <= 64
    return screen
