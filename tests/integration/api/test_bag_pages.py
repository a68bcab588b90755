"""The bag by section, by category, by search and by page."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.wire import Wire


async def _bag(wire: Wire, char: int, **query: str | int) -> Any:
    answer = await wire.send("GET", f"/inventory/{char}/bag?{urlencode(query)}")
    assert answer.status == 200, answer.body
    return answer.json


def _names(page: Any) -> list[str]:
    return [entry["name"] for entry in page["items"]]


# -- the bag -----------------------------------------------------------------------------------------------------------


@pytest.fixture
async def full(wire: Wire, char: int) -> int:
    names = ("iron_sword", "steel_sword", "oak_shield", "leather_cap", "healing_potion", "iron_ore", "copper_band")
    await wire.done(char, operations=[{"action": "grant", "definition": name} for name in names])
    return char


async def test_bag_lists_one_section(wire: Wire, full: int) -> None:
    page = await _bag(wire, full, section="weapons")

    assert sorted(_names(page)) == ["Iron Sword", "Oak Shield", "Steel Sword"]
    assert (page["total"], page["sections"]["weapons"], page["sections"]["supplies"]) == (3, 3, 1)


async def test_bag_lists_one_category(wire: Wire, full: int) -> None:
    assert _names(await _bag(wire, full, category="potion")) == ["Healing Potion"]


@pytest.mark.parametrize(("search", "lang", "found"), [("SWORD", "en", 2), ("меч", "ru", 2), ("sword", "ru", 0)])
async def test_bag_is_searched_in_the_readers_language(
    search: str, lang: str, found: int, wire: Wire, full: int
) -> None:
    assert (await _bag(wire, full, search=search, lang=lang))["total"] == found


async def test_bag_is_sorted_by_several_fields(wire: Wire, full: int) -> None:
    page = await _bag(wire, full, sort="rarity:desc,name")

    rows = [(entry["rarity"], entry["name"]) for entry in page["items"]]
    order = ["legendary", "epic", "rare", "uncommon", "common"]
    assert rows == sorted(rows, key=lambda row: (order.index(row[0]), row[1].casefold()))


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 200])
async def test_pages_show_every_item_once(limit: int, wire: Wire, full: int) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        page = await _bag(wire, full, limit=limit, **({"cursor": cursor} if cursor else {}))
        seen += [entry["item"]["id"] for entry in page["items"]]
        cursor = page.get("cursor") or ""
        if not cursor:
            break

    assert len(seen) == len(set(seen)) == 7


async def test_page_goes_on_behind_an_item_that_is_gone(wire: Wire, full: int) -> None:
    everything = _names(await _bag(wire, full, sort="name"))
    page = await _bag(wire, full, sort="name", limit=3)
    await wire.done(full, "drop", item_id=page["items"][-1]["item"]["id"])

    rest = await _bag(wire, full, sort="name", limit=10, cursor=page["cursor"])

    assert _names(rest) == everything[3:]


async def test_equal_rows_keep_their_order_when_one_of_them_changes(wire: Wire, char: int) -> None:
    await wire.done(char, operations=[{"action": "grant", "definition": "copper_band"}] * 4)
    first = await _bag(wire, char, limit=2)
    await wire.done(char, "lock", item_id=first["items"][0]["item"]["id"])

    rest = await _bag(wire, char, limit=2, cursor=first["cursor"])

    shown = [entry["item"]["id"] for entry in (*first["items"], *rest["items"])]
    assert len(set(shown)) == 4


BAD_QUERIES = (
    "limit=0",
    "limit=201",
    "limit=-1",
    "limit=x",
    "limit=1.5",
    "limit=" + "9" * 5_000,
    "lang=de",
    "lang=en%0A",
    "sort=colour",
    "sort=name:up",
    "sort=name,rarity,name:desc",
    "section=nowhere",
    "category=nothing",
    "container=cellar",
    "cursor=x",
    "cursor=5.",
    "cursor=5",
    "colour=red",
    "search=" + "x" * 65,
    "offset=-1",
    "quick=maybe",
    "fits=tail",
)


@pytest.mark.parametrize("query", BAD_QUERIES)
async def test_query_that_means_nothing_is_refused(query: str, wire: Wire, full: int) -> None:
    answer = await wire.send("GET", f"/inventory/{full}/bag?{query}")

    assert (answer.status, answer.code) == (400, "malformed_action")
