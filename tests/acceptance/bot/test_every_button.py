import pytest

from satchel.bot.callbacks import Verb
from satchel.inventory.actions import AdjustWallet, BindQuickSlot, Equip, Grant
from tests.acceptance.bot.bot_stage import Stage
from tests.acceptance.bot.crawler import Crawler

LUGGAGE = (
    "iron_sword",
    "greatsword",
    "lantern_edge",
    "warden_helm",
    "silver_ring",
    "traveller_belt",
    "small_backpack",
    Grant(definition="healing_potion", quantity=9),
    Grant(definition="iron_ore", quantity=12),
    "torn_map_piece",
)
"""Something to wear in one slot, in two, in either of two, and not yet; to fill the belt, to use, to split, to keep."""

ALWAYS = set(Verb) - {Verb.CHARACTERS, Verb.SORT}
"""What every walk has to come by; the others are for players with several characters."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_every_button_of_every_screen_does_what_it_says(stage: Stage, language: str) -> None:
    name = "Ann" if language == "en" else "Аня"
    player = await stage.hero(*LUGGAGE, language=language, name=name, level=10)
    await stage.act(player, AdjustWallet(resource="gold", amount=250))
    belt, potion = await stage.item(player, "traveller_belt"), await stage.item(player, "healing_potion")
    await stage.act(player, Equip(item_id=belt), BindQuickSlot(item_id=potion, quick_slot=1))
    crawler = Crawler(stage, player, language)

    await crawler.run()

    assert crawler.problems == []
    assert {callback.verb for callback in crawler.tapped} >= ALWAYS
