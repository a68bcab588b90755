from satchel.bot.callbacks import Callback, Place, Verb, Where, short_id
from satchel.bot.orchestrator import InventoryBotOrchestrator
from satchel.client import InventoryClient
from satchel.inventory.actions import BindQuickSlot, Drop, Equip, Grant, Lock
from satchel.inventory.character import Character
from tests.builders import Play
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


async def test_the_belt_is_filled_used_and_emptied(ann: Visitor, play: Play) -> None:
    belt, potion = await play.grant("traveller_belt"), await play.grant("healing_potion", 2)
    await ann.open()
    await ann.tap("🧪 Quick")
    assert "Put on a belt" in ann.screen.text
    await ann.tap("Find a belt")
    await ann.tap("Wear")
    await ann.tap("Gear")
    await ann.tap("🧪 Quick")
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
    await ann.open(BAG.replace(page=1))
    assert ann.button("2 / 2")
    await play.act(Drop(item_id=knives.changes[0].item))

    await ann.open(BAG.replace(page=1))

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


async def test_a_bound_potion_is_used_by_the_number_of_its_slot(ann: Visitor, play: Play) -> None:
    belt, potion = await play.grant("traveller_belt"), await play.grant("healing_potion", 2)
    await play.act(Equip(item_id=belt), BindQuickSlot(item_id=potion, quick_slot=1))
    await ann.open()

    assert "🧪 1\u00a0⚪ Healing Potion ×2 · 2\u00a0—" in ann.screen.text
