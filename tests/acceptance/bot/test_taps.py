import asyncio

from satchel.inventory.actions import Drop, Equip, Grant
from tests.acceptance.bot.bot_stage import Stage, say

POTIONS = Grant(definition="healing_potion", quantity=5)
STALE = say("en", "stale")


async def test_a_double_tap_on_use_takes_one_potion(stage: Stage) -> None:
    ann = await stage.hero(POTIONS)
    await ann.send("/find potion")
    await ann.tap("Healing Potion")
    await ann.tap("Use", times=2)

    assert (await stage.carried(ann))["healing_potion"] == 4
    assert sorted(alert == STALE for alert in ann.alerts) == [False, True]


async def test_one_tap_that_is_delivered_twice_happens_once(rough_stage: Stage) -> None:
    ann = await rough_stage.hero(POTIONS)
    await ann.send("/find potion")
    await ann.tap("Healing Potion")
    await ann.tap("Use", deliveries=3)

    assert (await rough_stage.carried(ann))["healing_potion"] == 4
    assert "×4" in ann.screen.text
    refused = {call.method for call in rough_stage.telegram.refused}
    assert refused <= {"answerCallbackQuery", "editMessageText"}


async def test_a_tap_on_an_old_keyboard_changes_nothing_says_so_and_redraws(stage: Stage) -> None:
    ann = await stage.hero("iron_sword", POTIONS)
    await ann.send("/find sword")
    old = ann.screen
    await ann.tap("Wear")
    await ann.tap("Gear")
    await ann.tap("Wear", on=old)

    assert ann.alerts[-1] == STALE
    assert ann.screen.message_id == old.message_id
    assert say("en", "button-unequip") not in ann.screen.buttons
    assert await stage.worn(ann, "main_hand") == "iron_sword"


async def test_an_old_button_that_only_shows_still_works(stage: Stage) -> None:
    ann = await stage.hero("iron_sword")
    await ann.send("/find sword")
    old = ann.screen
    await ann.tap("Wear")
    await ann.tap("Iron Sword", on=old)

    assert "Iron Sword" in ann.screen.text
    assert say("en", "button-unequip") in ann.screen.buttons
    assert STALE not in ann.alerts


async def test_the_bag_may_change_between_two_taps(stage: Stage) -> None:
    ann = await stage.hero("iron_sword", "oak_shield")
    await ann.send("/find sword")
    await stage.act(ann, Equip(item_id=await stage.item(ann, "oak_shield")))
    await ann.tap("Wear")
    told = ann.alerts[-1]
    await ann.tap("Wear")

    assert told == STALE
    assert await stage.worn(ann, "main_hand") == "iron_sword"


async def test_a_card_whose_item_is_gone_gives_way_to_the_list(stage: Stage) -> None:
    ann = await stage.hero("iron_sword", "steel_sword")
    await ann.send("/bag")
    await stage.act(ann, Drop(item_id=await stage.item(ann, "iron_sword")))
    await ann.tap("Iron Sword")

    assert "Steel Sword" in ann.screen.text
    assert "Iron Sword" not in ann.screen.text


async def test_another_users_tap_changes_nothing_and_shows_them_nothing(stage: Stage) -> None:
    guild = stage.telegram.group(-100_001)
    ann, bob = await stage.hero("iron_sword"), await stage.hero("oak_shield", name="Bob")
    await ann.within(guild).send("/find@satchel_bot sword")
    shown = ann.within(guild).screen
    for number in range(1, 1 + len(shown.buttons)):
        await bob.within(guild).tap(number, on=shown)

    assert await stage.worn(ann, "main_hand") is None
    assert bob.alerts == [say("en", "not_owner")] * len(shown.buttons)
    assert ann.within(guild).screen == shown
    await ann.within(guild).tap("Wear")
    assert await stage.worn(ann, "main_hand") == "iron_sword"


async def test_a_tap_that_is_too_old_to_be_answered_still_happens(rough_stage: Stage) -> None:
    ann = await rough_stage.hero("iron_sword")
    await ann.send("/find sword")
    await ann.tap("Wear", too_old=True)

    assert await rough_stage.worn(ann, "main_hand") == "iron_sword"
    assert [call.method for call in rough_stage.telegram.refused] == ["answerCallbackQuery"]


async def test_many_players_at_once_get_their_own_screens(stage: Stage) -> None:
    people = [await stage.hero("iron_sword", name=f"Hero {number}") for number in range(12)]
    await asyncio.gather(*(player.send("/find sword") for player in people))
    await asyncio.gather(*(player.tap("Wear") for player in people))
    await asyncio.gather(*(player.tap("Gear") for player in people))

    assert [player.screen.text.split("·")[0].strip() for player in people] == [
        f"🧍 Hero {number}" for number in range(12)
    ]
    assert [await stage.worn(player, "main_hand") for player in people] == ["iron_sword"] * 12


async def test_after_a_flood_wait_the_newest_screen_is_shown_and_nothing_came_early(rough_stage: Stage) -> None:
    ann = await rough_stage.hero("iron_sword")
    await ann.send("/gear")
    doll = ann.screen
    rough_stage.telegram.flood.close(ann.id, 1)
    await asyncio.gather(*(ann.tap(label, on=doll) for label in ("Bag", "Purse", "🧪 Quick")))

    assert ann.screen.text.startswith("🧪 Belt")
    assert rough_stage.telegram.flood.too_early == 0
    texts = [screen.text.split()[0] for screen in ann.chat.screens]
    assert len(texts) <= 3


async def test_under_a_limit_of_edits_every_tap_ends_with_its_screen(rough_stage: Stage) -> None:
    ann = await rough_stage.hero("iron_sword")
    await ann.send("/gear")
    rough_stage.telegram.flood.limit(3, 1.0)
    for label in ("Bag", "Gear", "Purse", "Gear", "🧪 Quick", "Gear"):
        await ann.tap(label)

    assert ann.screen.text.startswith("🧍")
    assert rough_stage.telegram.flood.too_early == 0
    assert any("Too Many Requests" in str(call.refusal) for call in rough_stage.telegram.refused)
