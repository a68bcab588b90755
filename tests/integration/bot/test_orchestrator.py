import asyncio
from collections.abc import Mapping

import msgspec
import pytest

from satchel.bot.callbacks import Callback, Place, Verb, Where, short_id
from satchel.bot.orchestrator import InventoryBotOrchestrator
from satchel.bot.texts import Texts
from satchel.client import Answer, InventoryClient
from satchel.dispatcher import ActionRequest
from satchel.inventory.actions import BindQuickSlot, Drop, Equip, Grant, Lock
from satchel.inventory.model import Character
from satchel.inventory.view import ActionReply, CatalogueView
from tests.builders import Play
from tests.integration.bot.conftest import BotClock
from tests.integration.bot.visitor import Visitor

BAG = Place(Where.BAG)


async def test_the_best_sword_is_worn_two_taps_after_start(demo_bot: InventoryBotOrchestrator) -> None:
    ann = Visitor(demo_bot, 4711)
    await ann.start()

    await ann.tap("Main hand")
    await ann.tap("Wear")

    assert ann.toasts == ["Worn: Duelist's Blade"]
    assert "Worn: 🔵 Duelist's Blade" in ann.screen.text


async def test_a_newcomer_of_a_demo_gets_a_packed_bag_once(
    demo_bot: InventoryBotOrchestrator, client: InventoryClient
) -> None:
    ann = Visitor(demo_bot, 4711, "ru")
    await ann.start()
    await ann.tap("Сумка")
    first = ann.screen.text
    await ann.start()
    await ann.tap("Сумка")

    (entry,) = await client.find_characters("tg:4711")
    assert (entry.name, entry.level) == ("Ann", 12)
    assert ann.screen.text == first
    assert "16/24" in first


async def test_a_kit_that_was_not_packed_is_packed_at_the_next_start(
    demo_bot: InventoryBotOrchestrator, client: InventoryClient
) -> None:
    await client.put_character(2**52 + 4711, Character("tg:4711", "Ann", 12))
    ann = Visitor(demo_bot, 4711)

    await ann.start()
    await ann.tap("🎒")

    assert "16/24" in ann.screen.text


async def test_without_a_demo_a_stranger_is_told_where_characters_come_from(bot: InventoryBotOrchestrator) -> None:
    stranger = Visitor(bot, 99)

    await stranger.start()
    told = stranger.screen.text
    await stranger.open(BAG)

    assert "no character" in told
    assert stranger.screen.text == told


async def test_taps_lead_to_screens_and_back(ann: Visitor, play: Play) -> None:
    await play.grant("healing_potion", 12)
    await ann.open(BAG)
    bag = ann.screen

    await ann.tap("Healing Potion")
    card = ann.screen
    await ann.tap("Drop")
    await ann.tap("Back")
    assert ann.screen == card
    await ann.tap("Back")

    assert ann.screen == bag


async def test_a_changing_tap_happens_and_the_card_shows_it(ann: Visitor, play: Play) -> None:
    sword = await play.grant("iron_sword")
    await ann.open(BAG)
    await ann.tap("Iron Sword")

    await ann.tap("Wear: Off hand")

    assert (await play.session()).items[sword].slot == "off_hand"
    assert "🛡 Worn: off hand" in ann.screen.text


async def test_a_tap_on_an_old_keyboard_changes_nothing_says_so_and_redraws(ann: Visitor, play: Play) -> None:
    sword = await play.grant("iron_sword")
    await ann.open(BAG)
    old = ann.button("Wear")
    await play.grant("bread", 3)

    outcome = await ann.tap(old)

    assert outcome.toast == "The inventory has changed since. Here is how it is now."
    assert (await play.session()).items[sword].slot is None
    assert "Bread ×3" in ann.screen.text
    await ann.tap("Wear")
    assert (await play.session()).items[sword].slot == "main_hand"


async def test_a_double_tap_happens_once(ann: Visitor, play: Play) -> None:
    potion = await play.grant("healing_potion", 12)
    await ann.open(BAG)
    await ann.tap("Healing")
    use = ann.button("Use")

    outcomes = await asyncio.gather(ann.tap(use), ann.tap(use))

    assert (await play.session()).items[potion].quantity == 11
    assert sorted(outcome.toast[:4] for outcome in outcomes) == ["The ", "Used"]


async def test_a_tap_delivered_twice_happens_once_and_gets_the_same_answer(ann: Visitor, play: Play) -> None:
    potion = await play.grant("healing_potion", 12)
    await ann.open(BAG)
    await ann.tap("Healing")
    use = ann.button("Use")

    first, again = await ann.tap(use, key="query-x"), await ann.tap(use, key="query-x")

    assert (await play.session()).items[potion].quantity == 11
    assert first.toast == again.toast == "Used: Healing Potion — restores 50 health"


async def test_another_users_tap_changes_nothing_and_shows_nothing(ann: Visitor, play: Play) -> None:
    sword = await play.grant("iron_sword")
    await ann.open(BAG)
    stranger = Visitor(ann.bot, 2)

    outcomes = [await stranger.tap(ann.button("Wear")), await stranger.tap(ann.button("Iron Sword"))]

    assert [outcome.screen for outcome in outcomes] == [None, None]
    assert {outcome.toast for outcome in outcomes} == {"This is not your inventory. Yours: /gear"}
    assert (await play.session()).items[sword].slot is None


async def test_a_drop_can_be_taken_back_from_the_message(ann: Visitor, play: Play) -> None:
    sword = await play.grant("iron_sword")
    await ann.open(BAG)
    await ann.tap("Iron Sword")
    await ann.tap("Drop")
    await ann.tap("Yes, drop it")
    assert "🗑 Dropped: ⚪ Iron Sword" in ann.screen.text
    assert (await play.session()).items == {}

    await ann.tap("Take it back")

    assert list((await play.session()).items) == [sword]
    assert ann.toasts == ["Dropped: Iron Sword", "It is back."]
    assert "Take it back" not in "".join(ann.labels)


async def test_a_drop_is_taken_back_once_and_the_second_tap_says_so(ann: Visitor, play: Play) -> None:
    await play.grant("iron_sword")
    await ann.open(BAG)
    await ann.tap("Iron Sword")
    await ann.tap("Drop")
    await ann.tap("Yes, drop it")
    undo = ann.button("Take it back").callback
    assert undo is not None
    await ann.tap("Take it back")
    again = Callback(Verb.TAKE_BACK, undo.char_id, (await play.session()).version, undo.item, 0, undo.place)

    await ann.tap_data(again.pack())

    assert ann.toasts[-1] == "Too late: it is gone for good."
    assert len((await play.session()).items) == 1


async def test_an_old_undo_button_still_finds_its_way_after_another_change(ann: Visitor, play: Play) -> None:
    sword = await play.grant("iron_sword")
    await ann.open(BAG)
    await ann.tap("Iron Sword")
    await ann.tap("Drop")
    await ann.tap("Yes, drop it")
    await play.grant("bread")

    await ann.tap("Take it back")
    assert ann.toasts[-1].startswith("The inventory has changed")
    await ann.tap("Take it back")

    assert sword in (await play.session()).items


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


async def test_the_belt_is_filled_used_and_emptied(ann: Visitor, play: Play) -> None:
    belt, potion = await play.grant("traveller_belt"), await play.grant("healing_potion", 2)
    await ann.open()
    await ann.tap("🧪 Belt")
    assert "Put on a belt" in ann.screen.text
    await ann.tap("Find a belt")
    await ann.tap("Wear")
    await ann.tap("Gear")
    await ann.tap("🧪 Belt")
    await ann.tap("2 · put something in")
    await ann.tap("Healing Potion")
    assert (await play.session()).items[potion].quick_slot == 2
    assert "2. ⚪ Healing Potion ×2" in ann.screen.text

    await ann.tap("Use")
    await ann.tap("✖")

    item = (await play.session()).items[potion]
    assert (item.quantity, item.quick_slot) == (1, None)
    assert (await play.session()).items[belt].slot == "belt"


async def test_using_the_last_of_a_stack_on_its_card_leads_back_to_the_list(ann: Visitor, play: Play) -> None:
    await play.grant("bread")
    await ann.open(BAG)
    await ann.tap("Bread")

    await ann.tap("Use")

    assert "The bag is empty" in ann.screen.text


async def test_a_refusal_is_told_with_its_figures_and_the_screen_stays(ann: Visitor, play: Play) -> None:
    pack = await play.grant("small_backpack")
    await play.act(Equip(item_id=pack))
    await play.act(Grant(definition="bone_knife", quantity=32))
    await ann.open()
    await ann.tap("⚪ Back")

    outcome = await ann.tap("Take off")

    assert outcome.screen is None
    assert outcome.toast == "No room: 1 needed, 0 free."


async def test_a_locked_item_can_be_unlocked_and_then_dropped(ann: Visitor, play: Play) -> None:
    bread = await play.grant("bread", 2)
    await play.act(Lock(item_id=bread))
    await ann.open(BAG)
    await ann.tap("Bread")
    assert "🗑 Drop" not in ann.labels

    await ann.tap("Unlock")
    await ann.tap("Drop")
    await ann.tap("All: 2")

    assert (await play.session()).items == {}


async def test_tidying_joins_stacks(ann: Visitor, play: Play) -> None:
    ore = await play.grant("iron_ore", 30)
    await ann.open(BAG)
    await ann.tap("Iron Ore")
    await ann.tap("Split")
    await ann.tap("Half")
    await ann.open(BAG)

    await ann.tap("🧹")

    assert list((await play.session()).items) == [ore]


async def test_sections_categories_and_orders_filter_and_sort_the_bag(ann: Visitor, play: Play) -> None:
    names = ("iron_sword", "wood_axe", "bread", "iron_ore")
    await play.act(*(Grant(definition=name) for name in names))
    await ann.open(BAG)
    await ann.tap("🗂")
    assert {"Weapons · 2", "Supplies · 1", "Materials · 1"} <= set(ann.labels)

    await ann.tap("Weapons")
    await ann.tap("Axes 1")
    assert "<b>Weapons / Axes</b> · 1" in ann.screen.text
    await ann.tap("Axes 1")
    await ann.tap("by type")

    assert "by rarity" in ann.screen.text
    assert {"⚪ Iron Sword", "⚪ Wood Axe"} <= set(ann.labels)


async def test_a_page_that_is_gone_gives_way_to_the_last_one(ann: Visitor, play: Play) -> None:
    knives = await play.act(*(Grant(definition="bone_knife") for _ in range(7)))
    await ann.open(BAG.but(page=1))
    assert ann.button("2 / 2")
    await play.act(Drop(item_id=knives.changes[0].item))

    await ann.open(BAG.but(page=1))

    assert len([label for label in ann.labels if "Bone Knife" in label]) == 6


async def test_deep_links_and_item_commands_lead_to_the_card(ann: Visitor, play: Play) -> None:
    sword = await play.grant("iron_sword")
    await ann.start(f"item_{short_id(sword)}")
    card = ann.screen

    again = await ann.bot.item(ann.player, short_id(sword))
    nothing = await ann.bot.item(ann.player, "nonsense")
    await ann.start("bag")

    assert "<b>Iron Sword</b>" in card.text
    assert again == card
    assert nothing.text == "You have no such item."
    assert ann.screen.text.startswith("<b>Everything</b>")


async def test_history_shows_what_the_player_did(ann: Visitor, play: Play) -> None:
    await play.grant("iron_sword")
    await ann.open(BAG)
    await ann.tap("Wear")
    await ann.open()

    await ann.tap("📜")

    assert "<i>just now</i> — put on: ⚪ Iron Sword\n<i>just now</i> — received: ⚪ Iron Sword" in ann.screen.text


async def test_an_inline_search_shares_cards_of_the_players_own_bag(ann: Visitor, play: Play) -> None:
    await play.act(Grant(definition="oathkeeper"), Grant(definition="iron_sword"), Grant(definition="bread"))

    cards = await ann.bot.share(ann.player, "o")
    others = await ann.bot.share(Visitor(ann.bot, 2).player, "o")

    assert [card.title for card in cards] == ["🟣 Oathkeeper", "⚪ Iron Sword"]
    assert "Attack +28 · Health +40" in cards[0].text
    assert others == ()


async def test_a_player_with_several_characters_can_change_between_them(
    ann: Visitor, play: Play, client: InventoryClient
) -> None:
    await client.put_character(2, Character("tg:1", "Second", 3))
    await ann.start()
    await ann.tap("Other characters")

    await ann.tap("Second")

    assert "<b>Second</b>" in ann.screen.text
    await ann.open()
    assert "<b>Second</b>" in ann.screen.text


async def test_data_of_another_release_leads_home(ann: Visitor, play: Play) -> None:
    outcome = await ann.tap_data("item:5:equip")

    assert outcome.toast == "This button is from another time. Here is the present."
    assert "<b>Ann</b>" in ann.screen.text


async def test_a_slot_that_the_world_no_longer_has_is_no_crash(ann: Visitor, play: Play) -> None:
    outcome = await ann.tap_data(Callback(Verb.LIST, play.char_id, place=Place(Where.SLOT, 99)).pack())

    assert outcome.screen is not None


async def test_a_bound_potion_is_used_by_the_number_of_its_slot(ann: Visitor, play: Play) -> None:
    belt, potion = await play.grant("traveller_belt"), await play.grant("healing_potion", 2)
    await play.act(Equip(item_id=belt), BindQuickSlot(item_id=potion, quick_slot=1))
    await ann.open()

    assert "🧪 1\u00a0⚪ Healing Potion ×2 · 2\u00a0—" in ann.screen.text


async def test_when_the_game_is_away_a_toast_says_so_and_the_screen_stays() -> None:
    client = InventoryClient.over_http("http://127.0.0.1:9", "token")
    bot = InventoryBotOrchestrator(client, Texts(), BotClock(), patience_s=10)
    ann = Visitor(bot)

    outcome = await ann.tap_data(Callback(Verb.DOLL, 1).pack())
    await ann.open()
    await client.close()

    assert outcome.screen is None
    assert outcome.toast.startswith("The game cannot be reached right now. Nothing is lost")
    assert ann.screen.text == outcome.toast


class _Stuck:
    """Knows the catalogue, and answers nothing else."""

    def __init__(self, play: Play) -> None:
        self._catalogue = play.satchel.catalogue

    async def action(self, request: ActionRequest, key: str, owner: str | None) -> ActionReply:
        await asyncio.Event().wait()
        raise AssertionError

    async def call(self, method: str, path: str, body: bytes, owner: str | None, headers: Mapping[str, str]) -> Answer:
        if path != "/catalogue":
            await asyncio.Event().wait()
        known = self._catalogue
        view = CatalogueView(known.version, known.rules, tuple(known.definitions.values()))
        return Answer(200, msgspec.json.encode(view))

    async def close(self) -> None:
        pass


async def test_when_the_game_is_slow_the_tap_is_answered_in_time(play: Play) -> None:
    bot = InventoryBotOrchestrator(InventoryClient(_Stuck(play)), Texts(), BotClock(), patience_s=0.2)
    ann = Visitor(bot)

    outcomes = [
        await ann.tap_data(Callback(Verb.DOLL, 1).pack()),
        await ann.tap_data(Callback(Verb.SORT, 1, 5, place=BAG).pack()),
    ]

    assert {outcome.toast for outcome in outcomes} == {"The game answers slowly. Nothing is lost: please tap again."}
    assert [outcome.screen for outcome in outcomes] == [None, None]
