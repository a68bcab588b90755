import pytest

from satchel.bot.callbacks import short_id
from satchel.inventory.actions import Grant
from tests.acceptance.bot.bot_stage import Stage

LANGUAGES = ["en", "ru"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_newcomer_gets_a_packed_bag_once(stage: Stage, language: str) -> None:
    ann = stage.player(language=language, name="Zoë")
    await ann.send("/start")
    await ann.send("/start")
    await ann.send("/bag")

    assert "Zoë" in ann.chat.screens[0].text
    assert ann.chat.screens[0].text.startswith("🏮")
    assert not ann.chat.screens[1].text.startswith("🏮")
    assert "16/24" in ann.screen.text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_from_nothing_to_the_best_sword_in_the_hand_in_three_steps(stage: Stage, language: str) -> None:
    ann = stage.player(language=language)
    await ann.send("/start")
    await ann.tap(1)
    await ann.tap(2)
    char_id = (await stage.client.find_characters(f"tg:{ann.id}"))[0].char_id
    doll = await stage.client.get_doll(char_id)

    worn = {entry.slot: entry.item.definition for entry in doll.slots if entry.item is not None}
    assert worn["main_hand"] in ("duelist_blade", "viper_fang", "greatsword")
    assert len(ann.live) == 1


async def test_a_potion_is_on_the_belt_five_taps_after_the_start(stage: Stage) -> None:
    ann = stage.player()
    await ann.send("/start")
    for label in ("▫️ Belt", "Wear", "🧪 Quick", "1 · put something in", "Healing Potion"):
        await ann.tap(label)
    char_id = (await stage.client.find_characters(f"tg:{ann.id}"))[0].char_id
    quick_slots = (await stage.client.get_doll(char_id)).quick_slots

    assert [item.definition if item is not None else None for item in quick_slots] == ["healing_potion", None]


async def test_the_commands_are_in_the_menu_in_both_languages(stage: Stage) -> None:
    await stage.player().send("/help")
    menus = stage.telegram.state.commands

    assert [entry["command"] for entry in menus[""]] == [entry["command"] for entry in menus["ru"]]
    assert {entry["command"] for entry in menus[""]} >= {"start", "bag", "gear", "find", "help"}
    assert menus[""] != menus["ru"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_command_is_answered_with_a_screen(stage: Stage, language: str) -> None:
    ann = await stage.hero("iron_sword", language=language)
    item = short_id(await stage.item(ann, "iron_sword"))
    for command in ("/start", "/gear", "/bag", "/find меч", "/find", "/help", f"/item_{item}", "/item_zzz"):
        before = len(ann.live)
        await ann.send(command)
        assert len(ann.live) == before + 1, command


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_card_is_opened_by_a_deep_link(stage: Stage, language: str) -> None:
    ann = await stage.hero("iron_sword", language=language)
    item = await stage.item(ann, "iron_sword")
    await ann.open_link(f"https://t.me/satchel_bot?start=item_{short_id(item)}")
    card = ann.screen.text
    await ann.open_link("https://t.me/satchel_bot?start=bag")

    assert ("Железный меч" if language == "ru" else "Iron Sword") in card.splitlines()[0]
    assert "1/24" in ann.screen.text


async def test_a_stack_is_split_by_typing_in_the_same_message(stage: Stage) -> None:
    ann = await stage.hero(Grant(definition="iron_ore", quantity=20))
    await ann.send("/find ore")
    await ann.tap("Iron Ore")
    await ann.tap("Split")
    await ann.tap("Type a number")
    message = ann.screen.message_id
    await ann.send("7")

    inventory = await stage.client.get_inventory(ann.id)
    assert sorted(item.quantity for item in inventory.items) == [7, 13]
    assert ann.screen.message_id == message


@pytest.mark.parametrize("typed", ["0", "20", "-3", "1e3", "seven", "9" * 40, "<b>", "٣٣٣٣"])
async def test_what_is_no_number_between_the_limits_changes_nothing(stage: Stage, typed: str) -> None:
    ann = await stage.hero(Grant(definition="iron_ore", quantity=20))
    await ann.send("/find ore")
    await ann.tap("Iron Ore")
    await ann.tap("Split")
    await ann.tap("Type a number")
    await ann.send(typed)

    inventory = await stage.client.get_inventory(ann.id)
    assert [item.quantity for item in inventory.items] == [20]
    assert "19" in ann.screen.text


async def test_a_drop_is_asked_for_once_and_can_be_taken_back_from_the_message(stage: Stage) -> None:
    ann = await stage.hero("iron_sword", "steel_sword")
    await ann.send("/find iron")
    await ann.tap("Iron Sword")
    await ann.tap("Drop")
    asked = await stage.carried(ann)
    await ann.tap("Yes")
    dropped = await stage.carried(ann)
    await ann.tap("Take it back")

    assert (asked.get("iron_sword"), dropped.get("iron_sword")) == (1, None)
    assert (await stage.carried(ann))["iron_sword"] == 1
    assert len(ann.live) == 1


async def test_search_by_typing_finds_by_a_part_of_the_name_in_the_players_language(stage: Stage) -> None:
    ann = await stage.hero("iron_sword", "oak_shield", language="ru")
    await ann.send("щит")

    assert "Дубовый щит" in ann.screen.text
    assert "меч" not in ann.screen.text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_inline_search_shares_the_card_of_an_item_of_ones_own(stage: Stage, language: str) -> None:
    ann, bob = await stage.hero("iron_sword", language=language), await stage.hero("oak_shield", language=language)
    answer = await ann.search("меч" if language == "ru" else "sword")
    nothing = await bob.search("меч" if language == "ru" else "sword")
    guild = stage.telegram.group(-100_002)
    shared = ann.within(guild).choose(answer.results[0])

    assert len(answer.results) == 1
    assert answer.is_personal
    assert nothing.results == ()
    assert ("Железный меч" if language == "ru" else "Iron Sword") in shared.text
    assert [button.url is not None for row in shared.rows for button in row] == [True]


async def test_in_a_group_the_bot_answers_commands_and_leaves_talk_alone(stage: Stage) -> None:
    guild = stage.telegram.group(-100_003)
    ann = (await stage.hero("iron_sword")).within(guild)
    await ann.send("does anybody have a sword?")
    before = list(ann.live)
    await ann.send("/gear@satchel_bot")
    await ann.send("/gear@another_bot")

    assert before == []
    assert len(ann.live) == 1
    assert ann.screen.text.startswith("🧍 Ann")


async def test_what_was_searched_for_is_kept_on_the_way_to_a_card_and_back(stage: Stage) -> None:
    ann = await stage.hero(Grant(definition="iron_ore", quantity=20), "iron_sword", "oak_shield")
    await ann.send("/find ore")
    found = ann.screen
    await ann.tap("Iron Ore")
    await ann.tap("Split")
    await ann.tap("Type a number")
    await ann.send("7")
    await ann.tap("Lock")
    await ann.tap("Back")

    assert found.text.startswith("🔎 ore · 1")
    assert ann.screen.text.startswith("🔎 ore · 2")


async def test_a_search_whose_text_is_lost_shows_the_bag(stage: Stage) -> None:
    ann = await stage.hero("iron_sword", "oak_shield")
    await ann.send("/find sword")
    found = ann.screen
    await ann.tap("Gear")
    await ann.tap("Iron Sword", on=found)
    await ann.tap("Back")

    assert "2/24" in ann.screen.text
