from satchel.inventory.character import Character
from satchel.inventory.reads.bag import BagPage, BagQuery, bag_page
from tests.builders import Bench

WEAK = Character("tg:1", "Bo", 4)


def _names(page: BagPage) -> list[str]:
    return [entry.item.definition for entry in page.items]


def test_fits_lists_only_what_can_be_worn_in_the_slot() -> None:
    bench = Bench()
    for definition in ("iron_sword", "greatsword", "oak_shield", "leather_cap", "healing_potion"):
        bench.has(definition)

    page = bag_page(bench.session, BagQuery(fits="off_hand"))

    assert sorted(_names(page)) == ["iron_sword", "oak_shield"]


def test_fits_tells_what_is_worn_there_and_the_gain_of_each_row() -> None:
    bench = Bench()
    worn, better = bench.has("iron_sword", slot="main_hand"), bench.has("steel_sword")
    before = bench.session.stats.gear_score

    page = bag_page(bench.session, BagQuery(fits="main_hand"))
    (row,) = page.items

    assert page.worn is not None
    assert (page.worn.id, row.item.id) == (worn, better)
    assert row.gain == (10 + 14 * 20 // 10) - before


def test_gain_of_a_two_hander_counts_what_comes_off_for_it() -> None:
    bench = Bench()
    bench.has("duelist_blade", slot="main_hand")
    bench.has("oak_shield", slot="off_hand")
    bench.has("greatsword")

    (row,) = bag_page(bench.session, BagQuery(fits="main_hand")).items

    assert row.gain is not None
    assert row.gain < 0


def test_rows_say_whether_they_can_be_worn_now() -> None:
    bench = Bench(character=WEAK)
    for definition in ("steel_sword", "duelist_blade", "bread"):
        bench.has(definition)

    page = bag_page(bench.session, BagQuery())

    assert {entry.item.definition: entry.wearable for entry in page.items} == {
        "steel_sword": True,
        "duelist_blade": False,
        "bread": False,
    }


def test_sorting_by_wearable_and_score_puts_the_best_usable_item_first() -> None:
    bench = Bench(character=WEAK)
    for definition in ("iron_sword", "lantern_edge", "steel_sword"):
        bench.has(definition)

    page = bag_page(bench.session, BagQuery(fits="main_hand", sort=(("wearable", True), ("score", True))))

    assert _names(page) == ["steel_sword", "iron_sword", "lantern_edge"]


def test_quick_lists_only_what_a_quick_slot_takes() -> None:
    bench = Bench()
    for definition in ("healing_potion", "bread", "iron_sword"):
        bench.has(definition)

    assert _names(bag_page(bench.session, BagQuery(quick=True))) == ["healing_potion"]
    assert sorted(_names(bag_page(bench.session, BagQuery(quick=False)))) == ["bread", "iron_sword"]


def test_pages_by_offset_cover_everything_once() -> None:
    bench = Bench()
    for _ in range(11):
        bench.has("bone_knife")
    pages = [bag_page(bench.session, BagQuery(limit=4, offset=offset)) for offset in (0, 4, 8, 12)]

    assert [len(page.items) for page in pages] == [4, 4, 3, 0]
    assert {entry.item.id for page in pages for entry in page.items} == set(bench.session.items)
    assert [(page.offset, page.total) for page in pages] == [(0, 11), (4, 11), (8, 11), (12, 11)]


def test_cursor_and_offset_lead_to_the_same_page() -> None:
    bench = Bench()
    for _ in range(9):
        bench.has("bone_knife")
    first = bag_page(bench.session, BagQuery(limit=4))

    by_cursor = bag_page(bench.session, BagQuery(limit=4, after=first.cursor or ""))

    assert by_cursor == bag_page(bench.session, BagQuery(limit=4, offset=4))


def test_categories_are_counted_before_the_filter() -> None:
    bench = Bench()
    for definition in ("iron_sword", "steel_sword", "wood_axe", "bread"):
        bench.has(definition)

    page = bag_page(bench.session, BagQuery(section="supplies"))

    assert {name: count for name, count in page.categories.items() if count} == {"sword": 2, "axe": 1, "food": 1}
    assert _names(page) == ["bread"]
