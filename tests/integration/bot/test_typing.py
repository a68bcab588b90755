import pytest

from satchel.bot.callbacks import Place, Where
from satchel.inventory.actions import Grant
from tests.builders import Play
from tests.integration.bot.conftest import BotClock
from tests.integration.bot.visitor import Visitor

BAG = Place(Where.BAG)


async def test_a_stack_is_split_by_a_button_and_by_typing(ann: Visitor, play: Play) -> None:
    await play.grant("iron_ore", 30)
    await ann.open(BAG)
    await ann.tap("Iron Ore")
    await ann.tap("Split")
    await ann.tap("Half: 15")
    await ann.tap("Split")
    await ann.tap("Type a number")
    assert "Send a number from 1 to 14" in ann.screen.text

    shown = await ann.type("4")

    assert shown is not None
    assert shown.message_id == 7
    assert sorted(item.quantity for item in (await play.session()).items.values()) == [4, 11, 15]


@pytest.mark.parametrize("text", ["0", "30", "-3", "five", "²", "9" * 40, "1.5"])
async def test_a_typed_number_that_is_none_is_asked_for_again(ann: Visitor, play: Play, text: str) -> None:
    await play.grant("iron_ore", 30)
    await ann.open(BAG)
    await ann.tap("Iron Ore")
    await ann.tap("Split")
    await ann.tap("Type a number")

    await ann.type(text)
    assert "That is no number from 1 to 29" in ann.screen.text
    await ann.type("29")

    assert sorted(item.quantity for item in (await play.session()).items.values()) == [1, 29]


async def test_a_typed_number_that_comes_too_late_changes_nothing(
    ann: Visitor, play: Play, bot_clock: BotClock
) -> None:
    await play.grant("iron_ore", 30)
    await ann.open(BAG)
    await ann.tap("Iron Ore")
    await ann.tap("Drop")
    await ann.tap("Type a number")
    bot_clock.ahead_ms += 121_000

    await ann.type("5")

    assert ann.screen.text == "The time is over; nothing was changed."
    assert [item.quantity for item in (await play.session()).items.values()] == [30]


async def test_a_number_typed_after_another_change_changes_nothing(ann: Visitor, play: Play) -> None:
    await play.grant("iron_ore", 30)
    await ann.open(BAG)
    await ann.tap("Iron Ore")
    await ann.tap("Drop")
    await ann.tap("Type a number")
    await play.grant("bread")

    await ann.type("5")

    assert "The inventory has changed since." in ann.screen.text
    assert {item.quantity for item in (await play.session()).items.values()} == {30, 1}


async def test_a_tap_on_any_button_ends_the_wait_for_a_number(ann: Visitor, play: Play) -> None:
    await play.grant("iron_ore", 30)
    await ann.open(BAG)
    await ann.tap("Iron Ore")
    await ann.tap("Drop")
    await ann.tap("Type a number")
    await ann.tap("Back")

    await ann.type("5")

    assert [item.quantity for item in (await play.session()).items.values()] == [30]
    assert "Nothing in the bag has such a name." in ann.screen.text


async def test_dropping_by_typing_offers_the_undo(ann: Visitor, play: Play) -> None:
    await play.grant("iron_ore", 30)
    await ann.open(BAG)
    await ann.tap("Iron Ore")
    await ann.tap("Drop")
    await ann.tap("Type a number")

    await ann.type("5")
    await ann.tap("Take it back")

    assert sorted(item.quantity for item in (await play.session()).items.values()) == [5, 25]


async def test_searching_pages_and_searching_again_keep_the_text(ann: Visitor, play: Play) -> None:
    await play.act(*(Grant(definition="bone_knife") for _ in range(8)), Grant(definition="bread"))

    await ann.type("bone")
    assert "<code>bone</code> · 8" in ann.screen.text
    assert ann.button("1 / 2")
    next_ = ann.screen.rows[-2][2].callback
    assert next_ is not None
    await ann.tap_data(next_.pack(), search="bone")

    assert "<code>bone</code> · 8" in ann.screen.text
    assert ann.button("2 / 2")


async def test_the_search_button_waits_for_a_name_and_edits_the_same_message(ann: Visitor, play: Play) -> None:
    await play.grant("bread")
    await ann.open(BAG)
    await ann.tap("🔎")

    shown = await ann.type("bre", private=False)

    assert shown is not None
    assert shown.message_id == 7
    assert "Bread" in ann.screen.text


async def test_in_a_group_the_bot_listens_only_to_whom_it_asked(ann: Visitor, play: Play) -> None:
    await ann.open(BAG)
    await ann.tap("🔎")
    stranger = Visitor(ann.bot, 2)

    assert await stranger.type("bread", private=False) is None
    assert await ann.type("bread", private=False) is not None
    assert await ann.type("bread", private=False) is None
