"""Filter, search, order and paging of the bag."""

import random

import pytest

from satchel.ids import HolderId
from satchel.inventory.changes import ItemChange
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.reads.bag import SORT_FIELDS, BagEntry, BagPage, BagQuery, bag_page
from tests.builders import Bench, item_id

STOCK = ("iron_sword", "whisper", "lantern_edge", "bread", "healing_potion", "iron_ore", "sealed_letter")


def _bench() -> Bench:
    bench = Bench()
    for quantity, definition in enumerate(STOCK, 1):
        container = "quest" if definition == "sealed_letter" else "bag"
        bench.has(definition, min(quantity, bench.catalogue.definition(definition).stack_max), container=container)
    bench.has("bread", 2, container="stash")
    bench.has("silver_ring", slot="ring_1")
    return bench


def _names(page: BagPage) -> list[str]:
    return [entry.item.definition for entry in page.items]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (BagQuery(container="quest"), {"sealed_letter"}),
        (BagQuery(container="stash"), {"bread"}),
        (BagQuery(section="weapons"), {"iron_sword", "whisper", "lantern_edge"}),
        (BagQuery(category="dagger"), {"whisper"}),
        (BagQuery(section="supplies", category="dagger"), set()),
        (BagQuery(search="IRON"), {"iron_sword", "iron_ore"}),
        (BagQuery(search="ЖЕЛЕЗ", lang="ru"), {"iron_sword", "iron_ore"}),
        (BagQuery(search="iron", lang="ru"), set()),
        (BagQuery(search="iron", section="materials"), {"iron_ore"}),
        (BagQuery(container="saddlebag"), set()),
        (BagQuery(section="hats"), set()),
    ],
)
def test_the_bag_lists_what_is_asked_for(query: BagQuery, expected: set[str]) -> None:
    page = bag_page(_bench().session, query)

    assert set(_names(page)) == expected
    assert page.total == len(page.items)


def test_worn_items_are_not_in_the_bag() -> None:
    assert "silver_ring" not in _names(bag_page(_bench().session, BagQuery()))


def test_sections_are_counted_before_the_filter_and_empty_ones_too() -> None:
    sections = bag_page(_bench().session, BagQuery(search="nothing")).sections

    assert sections == {
        "weapons": 3,
        "armour": 0,
        "clothing": 0,
        "accessories": 0,
        "supplies": 3,
        "materials": 1,
        "quest": 1,
    }


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ((("rarity", True), ("name", False)), "lantern_edge", "sealed_letter"),
        ((("name", False),), "bread", "whisper"),
        ((("name", True),), "whisper", "bread"),
        ((("newest", True),), "bread", "iron_sword"),
        ((("quantity", True), ("name", False)), "iron_ore", "whisper"),
        ((("category", False), ("name", False)), "iron_sword", "sealed_letter"),
    ],
)
def test_the_bag_is_sorted_by_several_fields(sort: tuple[tuple[str, bool], ...], first: str, last: str) -> None:
    names = _names(bag_page(_bench().session, BagQuery(sort=sort)))

    assert (names[0], names[-1]) == (first, last)


def test_names_are_sorted_in_the_language_that_is_asked_for() -> None:
    page = bag_page(_bench().session, BagQuery(sort=(("name", False),), lang="ru"))

    names = [entry.name.casefold() for entry in page.items]
    assert names == sorted(names)
    assert "железный меч" in names


@pytest.mark.parametrize("field", SORT_FIELDS)
@pytest.mark.parametrize("descending", [True, False])
def test_pages_cover_all_once_in_one_order_however_the_session_was_loaded(field: str, descending: bool) -> None:
    bench = Bench()
    for number in range(23):
        bench.has(STOCK[number % 4], 1)
    items = list(bench.session.items.values())
    random.Random(7).shuffle(items)
    shuffled = InventorySessionDTO(bench.catalogue, HolderId(1), bench.session.character, items)
    whole = bag_page(bench.session, BagQuery(sort=((field, descending),))).items

    seen: list[BagEntry] = []
    cursor: str | None = ""
    turn = 0
    while cursor is not None:
        session = (bench.session, shuffled)[turn % 2]
        page = bag_page(session, BagQuery(sort=((field, descending),), limit=4, after=cursor))
        seen, cursor, turn = [*seen, *page.items], page.cursor, turn + 1

    assert seen == list(whole)
    assert turn == 6


def test_a_cursor_whose_item_is_gone_still_leads_on() -> None:
    bench = Bench()
    for _ in range(6):
        bench.has("iron_sword")
    first = bag_page(bench.session, BagQuery(limit=3))
    gone = bench.session.items[item_id(3)]
    bench.session.apply(ItemChange.between(gone, None))

    page = bag_page(bench.session, BagQuery(limit=3, after=first.cursor or ""))

    assert [entry.item.id for entry in page.items][-1] == item_id(6)
    assert not {entry.item.id for entry in page.items} & {item_id(1), item_id(2)}
