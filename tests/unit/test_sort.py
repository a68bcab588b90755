import pytest

from satchel.errors import ContainerUnknown
from satchel.inventory.actions import Sort
from tests.builders import Bench


def _order(bench: Bench, container: str = "bag") -> list[str]:
    cells = bench.session.cells[container].at
    return [bench.item(cells[position]).definition for position in sorted(cells)]


@pytest.mark.parametrize(
    ("by", "order"),
    [
        ("rarity", ["lantern_edge", "whisper", "viper_fang", "steel_sword", "bread"]),
        ("name", ["bread", "lantern_edge", "steel_sword", "viper_fang", "whisper"]),
        ("category", ["lantern_edge", "steel_sword", "whisper", "viper_fang", "bread"]),
        ("newest", ["bread", "lantern_edge", "steel_sword", "whisper", "viper_fang"]),
    ],
)
def test_sort_lays_items_out_in_order_from_the_first_position(by: str, order: list[str]) -> None:
    bench = Bench()
    for position, definition in enumerate(("viper_fang", "whisper", "steel_sword", "lantern_edge", "bread")):
        bench.has(definition, position=3 + 2 * position)

    bench.act(Sort(container="bag", by=by))  # type: ignore[arg-type]  # one of the literals

    assert _order(bench) == order
    assert sorted(bench.session.cells["bag"].at) == [0, 1, 2, 3, 4]


def test_sort_joins_stacks_into_the_oldest() -> None:
    bench = Bench()
    first = bench.has("bread", 4)
    for quantity in (3, 8, 7):
        bench.has("bread", quantity)

    bench.act(Sort(container="bag"))

    assert bench.quantities("bread") == [10, 10, 2]
    assert bench.item(first).quantity == 10


def test_sort_neither_takes_from_nor_adds_to_locked_stacks() -> None:
    bench = Bench()
    locked = bench.has("bread", 2, locked=True)
    bench.has("bread", 3)
    bench.has("bread", 4)

    bench.act(Sort(container="bag"))

    assert bench.item(locked).quantity == 2
    assert sorted(bench.quantities("bread")) == [2, 7]


def test_sort_leaves_stacks_in_quick_slots_whole() -> None:
    bench = Bench()
    bench.has("warlord_belt", slot="belt")
    bench.has("healing_potion", 3)
    bound = bench.has("healing_potion", 4, quick_slot=1)

    bench.act(Sort(container="bag"))

    assert bench.item(bound).quantity == 4
    assert bench.session.quick_slots == {1: bound}


def test_sort_does_not_join_what_differs() -> None:
    bench = Bench()
    bench.has("bread", 3)
    bench.has("bread", 4, properties={"luck": 1})

    bench.act(Sort(container="bag"))

    assert sorted(bench.quantities("bread")) == [3, 4]


def test_sort_stays_within_its_container() -> None:
    bench = Bench()
    bench.has("bread", 3)
    stashed = bench.has("bread", 4, container="stash", position=8)

    bench.act(Sort(container="bag"))

    assert bench.place(stashed) == ("stash", 8)


def test_sorting_again_changes_nothing() -> None:
    bench = Bench()
    for definition in ("bread", "apple", "iron_sword", "bread"):
        bench.has(definition, 1)
    bench.act(Sort(container="bag"))

    assert bench.act(Sort(container="bag")).item_changes() == ()


def test_sort_of_an_empty_container_changes_nothing() -> None:
    assert Bench().act(Sort(container="stash")).item_changes() == ()


def test_sort_refuses_a_container_that_does_not_exist() -> None:
    data = Bench().refused(ContainerUnknown, Sort(container="pocket"))

    assert data == {"container": "pocket", "containers": ["bag", "quest", "stash"]}
