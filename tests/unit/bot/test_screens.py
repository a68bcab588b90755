import pytest

from satchel.bot.callbacks import Place, Verb, Where
from satchel.bot.screens.belt import draw_belt
from satchel.bot.screens.card import draw_amount, draw_card, draw_share
from satchel.bot.screens.doll import draw_doll
from satchel.bot.screens.ledgers import draw_characters, draw_help, draw_history, draw_wallet
from satchel.bot.screens.lists import draw_list, draw_sections
from satchel.bot.screens.screen import Screen, clipped
from satchel.ids import HolderId
from satchel.inventory.changes import ItemChange
from satchel.inventory.character import Character, CharacterEntry
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.item import ItemId
from satchel.inventory.reads.doll import doll
from satchel.inventory.reads.history import HistoryEntry, HistoryPage
from satchel.inventory.reads.wallet import wallet_view
from satchel.inventory.record import GENESIS, Record
from satchel.texts import LANGUAGES
from tests.builders import Bench
from tests.unit.bot.drawing import bag_of, buttons, card_of, check, format_for, labels, plain

WEAK = Character("tg:1", "Bo", 4)


def _furnished(catalogue: Catalogue) -> Bench:
    bench = Bench(catalogue)
    bench.has("iron_sword", slot="main_hand", durability=40)
    bench.has("traveller_belt", slot="belt")
    bench.has("healing_potion", 12, quick_slot=1)
    bench.has("steel_sword")
    bench.has("bread", 4, locked=True)
    return bench


def _history(bench: Bench) -> HistoryPage:
    changes = tuple(ItemChange.between(None, item) for item in bench.session.items.values())
    record = Record(
        char_id=HolderId(1),
        version=3,
        epoch=1,
        action_id="a",
        body="b",
        actor="service",
        at_ms=1_790_000_000_000 - 7 * 60_000,
        operations=("grant", "equip"),
        changes=changes,
        wallet_changes=(),
        stats=bench.session.stats,
    )
    return HistoryPage(1, (HistoryEntry(GENESIS, record),), before=3)


def _all_screens(catalogue: Catalogue, lang: str) -> dict[str, Screen]:
    bench, fmt = _furnished(catalogue), format_for(catalogue, lang)
    worn, _, potion, sword, _ = bench.session.items
    slot, found = Place(Where.SLOT, fmt.catalogue.slot_number("main_hand")), Place(Where.FIND)
    entries = (CharacterEntry(1, "Ann", 20), CharacterEntry(2, "Bo", 3))
    return {
        "doll": draw_doll(fmt, doll(bench.session), others=True),
        "bag": draw_list(fmt, bag_of(bench), Place(Where.BAG)),
        "bag of a section": draw_list(fmt, bag_of(bench, section="supplies"), Place(Where.BAG, 5)),
        "empty bag": draw_list(fmt, bag_of(Bench(catalogue)), Place(Where.BAG)),
        "slot": draw_list(fmt, bag_of(bench, fits="main_hand"), slot),
        "slot without anything": draw_list(fmt, bag_of(bench, fits="head"), Place(Where.SLOT, 3)),
        "found": draw_list(fmt, bag_of(bench, search="s", lang=lang), found, "s"),
        "not found": draw_list(fmt, bag_of(bench, search="zzz"), found, "zzz"),
        "pick": draw_list(fmt, bag_of(bench, quick=True), Place(Where.PICK, 2)),
        "nothing to pick": draw_list(fmt, bag_of(Bench(catalogue), quick=True), Place(Where.PICK, 2)),
        "sections": draw_sections(fmt, bag_of(bench), Place(Where.BAG)),
        "card": draw_card(fmt, card_of(bench, sword, lang), Place(Where.BAG)),
        "card of a worn item": draw_card(fmt, card_of(bench, worn, lang), slot),
        "card of a stack": draw_card(fmt, card_of(bench, potion, lang), Place(Where.BELT)),
        "ask drop": draw_amount(fmt, card_of(bench, sword), Place(Where.BAG), Verb.DROP),
        "ask drop of a stack": draw_amount(fmt, card_of(bench, potion), Place(Where.BAG), Verb.DROP),
        "ask split": draw_amount(fmt, card_of(bench, potion), Place(Where.BAG), Verb.SPLIT, typing=True, wait_s=60),
        "belt": draw_belt(fmt, doll(bench.session)),
        "no belt": draw_belt(fmt, doll(Bench(catalogue).session)),
        "wallet": draw_wallet(fmt, wallet_view(bench.session)),
        "history": draw_history(fmt, _history(bench), 9),
        "no history": draw_history(fmt, HistoryPage(1, ()), 0),
        "characters": draw_characters(fmt, entries),
        "help": draw_help(fmt),
    }


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_screen_keeps_telegrams_limits_and_has_a_way_on(catalogue: Catalogue, lang: str) -> None:
    for screen in _all_screens(catalogue, lang).values():
        check(screen)
        assert buttons(screen)


def test_every_screen_but_the_doll_has_back_or_home_in_its_last_row(catalogue: Catalogue) -> None:
    for name, screen in _all_screens(catalogue, "en").items():
        last = [button.text for button in screen.rows[-1]]
        if name == "doll":
            assert last == ["🎒 Bag", "🧪 Quick", "💰 Purse", "📜 Log"]
        else:
            assert last in (["‹ Back", "🧍 Gear"], ["🧍 Gear"])


def test_no_russian_screen_shows_an_english_text(catalogue: Catalogue) -> None:
    english, russian = _all_screens(catalogue, "en"), _all_screens(catalogue, "ru")

    for name, screen in russian.items():
        assert screen.text != english[name].text
        letters = [letter for letter in "".join(labels(screen)) if letter.isascii() and letter.isalpha()]
        assert letters in ([], list("AnnBo")), name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_callback_over_the_whole_starter_world_fits(catalogue: Catalogue, lang: str) -> None:
    fmt = format_for(catalogue, lang, char_id=2**53 - 1)
    for id_, definition in catalogue.definitions.items():
        bench = Bench(catalogue)
        bench.session.version = 2**53 - 2
        bench.has("warlord_belt", slot="belt")
        item = bench.has(id_, definition.stack_max, container=catalogue.home_of[definition.category])
        for place in (Place(Where.BAG, 7, 25, 3, 2**14 - 1), Place(Where.SLOT, 16, page=9), Place(Where.PICK, 4)):
            check(draw_card(fmt, card_of(bench, item, lang), place))
            check(draw_list(fmt, bag_of(bench, lang=lang), place))
            check(draw_amount(fmt, card_of(bench, item, lang), place, Verb.DROP))
        for entry in bag_of(bench, lang=lang).items:
            assert len(draw_share(fmt, entry).id.encode()) <= 64


def test_the_doll_shows_what_is_worn_by_group_and_what_is_empty(catalogue: Catalogue) -> None:
    bench = Bench(catalogue)
    bench.has("greatsword", slot="main_hand")
    bench.has("leather_cap", slot="head")

    text = plain(draw_doll(format_for(catalogue), doll(bench.session)))

    assert "Hands\n🟢 Greatsword · main hand, off hand\n" in text
    assert "Armour\n⚪ Leather Cap · helmet\n▫️ cuirass, gauntlets, greaves, boots\n" in text


def test_a_slot_button_leads_to_what_fits_the_slot(catalogue: Catalogue) -> None:
    fmt = format_for(catalogue)
    screen = draw_doll(fmt, doll(Bench(catalogue).session))

    found = {button.text: button.callback for button in buttons(screen)}
    callback = found["▫️ First ring"]

    assert callback is not None
    assert (callback.verb, callback.place.where) == (Verb.LIST, Where.SLOT)
    assert fmt.catalogue.slot(callback.place.section) == catalogue.slots["ring_1"]


def test_a_card_compares_stat_by_stat_with_what_is_worn(catalogue: Catalogue) -> None:
    bench = Bench(catalogue)
    bench.has("bone_knife", slot="main_hand")
    sword = bench.has("steel_sword")

    text = plain(draw_card(format_for(catalogue), card_of(bench, sword, slot="main_hand"), Place(Where.BAG)))

    assert "Attack  +14  ▲ +10\nSpeed     —  ▼ −1" in text
    assert "if worn (main hand)" in text


def test_a_card_tells_each_requirement_and_whether_it_is_met(catalogue: Catalogue) -> None:
    bench = Bench(catalogue, Character("tg:1", "Bo", 9, {"agility": 5}))
    blade = bench.has("duelist_blade")

    screen = draw_card(format_for(catalogue), card_of(bench, blade), Place(Where.BAG))

    assert "Needs: ✅ level 8 · ❌ agility 12 (you: 5)" in screen.text
    assert not [label for label in labels(screen) if label.startswith("Wear")]


def test_a_card_tells_how_far_a_set_is(catalogue: Catalogue) -> None:
    bench = Bench(catalogue)
    fang = bench.has("viper_fang", slot="main_hand")

    text = plain(draw_card(format_for(catalogue), card_of(bench, fang), Place(Where.BAG)))

    assert "🧩 Coil of the Viper 1/" in text
    assert "▫️ 2: Speed +3" in text


def test_a_card_offers_only_what_may_be_done_now(catalogue: Catalogue) -> None:
    bench = Bench(catalogue)
    locked, free = bench.has("bread", 4, locked=True), bench.has("bread", 4)
    fmt = format_for(catalogue)

    shut = labels(draw_card(fmt, card_of(bench, locked), Place(Where.BAG)))
    open_ = labels(draw_card(fmt, card_of(bench, free), Place(Where.BAG)))

    assert shut == ["✂️ Split", "🔓 Unlock", "↗️ Show", "‹ Back", "🧍 Gear"]
    assert open_ == ["Use", "✂️ Split", "🔒 Lock", "🗑 Drop", "↗️ Show", "‹ Back", "🧍 Gear"]


def test_dangerous_and_good_buttons_have_their_colour(catalogue: Catalogue) -> None:
    bench = Bench(catalogue)
    sword = bench.has("iron_sword")
    fmt = format_for(catalogue)

    card = {b.text: b.style for b in buttons(draw_card(fmt, card_of(bench, sword), Place(Where.BAG)))}
    ask = {b.text: b.style for b in buttons(draw_amount(fmt, card_of(bench, sword), Place(Where.BAG), Verb.DROP))}

    assert (card["Wear: Main hand"], card["🗑 Drop"]) == ("success", "danger")
    assert ask["🗑 Yes, drop it"] == "danger"


def test_every_changing_button_carries_the_version_it_was_drawn_at(catalogue: Catalogue) -> None:
    bench = _furnished(catalogue)
    bench.session.version = 41
    fmt = format_for(catalogue)
    screens = [draw_card(fmt, card_of(bench, item), Place(Where.BAG)) for item in bench.session.items]
    screens += [draw_amount(fmt, card_of(bench, item), Place(), Verb.DROP) for item in bench.session.items]
    screens += [draw_list(fmt, bag_of(bench), Place(Where.BAG)), draw_belt(fmt, doll(bench.session))]
    screens += [draw_list(fmt, bag_of(bench, fits="main_hand"), Place(Where.SLOT, 1))]

    changing = [b.callback for screen in screens for b in buttons(screen) if b.callback and b.callback.verb.changes]

    assert len(changing) > 20
    assert {callback.version for callback in changing} == {41}


def test_a_row_of_the_bag_is_worn_with_one_tap_and_only_if_it_can_be(catalogue: Catalogue) -> None:
    bench = Bench(catalogue, WEAK)
    bench.has("iron_sword")
    bench.has("oathkeeper")

    screen = draw_list(format_for(catalogue), bag_of(bench), Place(Where.BAG))

    assert [[b.text for b in row] for row in screen.rows[1:3]] == [["🟣 Oathkeeper"], ["⚪ Iron Sword", "Wear"]]
    assert "🟣 Oathkeeper · ✨122 🚫" in screen.text


def test_pages_turn_round_and_say_where_they_are(catalogue: Catalogue) -> None:
    bench = Bench(catalogue)
    for _ in range(14):
        bench.has("bone_knife")

    screen = draw_list(format_for(catalogue), bag_of(bench, offset=12), Place(Where.BAG, page=2))
    previous, here, next_ = screen.rows[-2]

    assert here.text == "3 / 3"
    assert previous.callback is not None
    assert previous.callback.place.page == 1
    assert next_.callback is not None
    assert next_.callback.place.page == 0


@pytest.mark.parametrize("name", ["<b>Bold</b> & Co", "🗡️ Blade 🔥", "سيف النور", "\u202eevil", "a\nb"])
def test_names_are_shown_literally(catalogue: Catalogue, name: str) -> None:
    bench = Bench(catalogue, Character("tg:1", name, 5))

    text = draw_doll(format_for(catalogue), doll(bench.session)).text
    shown = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", " ")

    assert f"<b>{shown}</b>" in text or f"<b>\u2068{shown}\u2069</b>" in text


def test_a_name_that_turns_the_writing_turns_nothing_else(catalogue: Catalogue) -> None:
    bench = Bench(catalogue, Character("tg:1", "\u202eevil", 5))

    assert "\u2068\u202eevil\u2069" in draw_doll(format_for(catalogue), doll(bench.session)).text
    assert "\u2068" not in draw_doll(format_for(catalogue), doll(Bench(catalogue).session)).text


def test_a_long_text_is_cut_between_lines_so_that_no_tag_breaks() -> None:
    text = clipped([f"<b>{number:0100}</b>" for number in range(100)])

    assert len(text) < 4_000
    assert text.endswith("</b>\n…")


def test_an_item_that_the_catalogue_lost_is_drawn_by_its_id(catalogue: Catalogue) -> None:
    bench = Bench(catalogue)
    item = bench.has("lost_thing", 3)

    screen = check(draw_card(format_for(catalogue), card_of(bench, ItemId(item)), Place(Where.BAG)))

    assert "lost_thing ×3" in screen.text


def test_history_tells_what_was_done_with_what_and_when(catalogue: Catalogue) -> None:
    text = plain(draw_history(format_for(catalogue), _history(_furnished(catalogue)), 0))

    assert "7 min ago — received, put on: ⚪ Iron Sword, 🟢 Traveller's Belt, ⚪ Healing Potion ×12, and 2 more" in text


def test_the_wallet_is_aligned(catalogue: Catalogue) -> None:
    bench = Bench(catalogue)
    bench.session.wallet |= {"gold": 1_250, "silver": 7, "lantern_mark": 10_000}

    text = plain(draw_wallet(format_for(catalogue), wallet_view(bench.session)))

    assert "Gold            1,250\nSilver              7\nLantern marks  10,000  full" in text
