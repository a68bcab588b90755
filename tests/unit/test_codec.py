"""An item in a session takes no more bytes than what is not at its default needs."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satchel.inventory.character import Character
from satchel.inventory.item import Item, ItemId
from satchel.session.codec import state_fields

UID = ItemId("0193a2b4-c5d6-7abc-9def-0123456789ab")
KEPT = Item(UID, "iron_sword", 3, "backpack", 5)
WORN = Item(UID, "iron_sword", 1, slot="main_hand")

ITEMS = st.builds(
    Item,
    id=st.just(UID),
    definition=st.text(),
    quantity=st.integers(0, 2**53),
    container=st.none() | st.text(),
    position=st.none() | st.integers(0, 500),
    slot=st.none() | st.text(),
    quick_slot=st.none() | st.integers(0, 9),
    locked=st.booleans(),
    durability=st.none() | st.integers(0, 100),
    properties=st.dictionaries(st.text(), st.integers(-5, 5), max_size=3),
)


def _packed(item: Item) -> bytes:
    packed = state_fields(Character("tg:1", "Ada", 1, {}), [item], {})[3]
    assert isinstance(packed, bytes)
    return packed


def _packed_before(item: Item) -> bytes:
    values = (
        item.definition,
        item.quantity,
        item.container,
        item.position,
        item.slot,
        item.quick_slot,
        item.locked,
        item.durability,
        item.properties,
    )
    # What is at its default at the end is left out.
    last = 9
    while last > 4 and not values[last - 1] and values[last - 1] != 0:
        last -= 1
    if last == 7 and not item.locked:
        last = 6 if item.quick_slot is not None else 5 if item.slot is not None else 4
    return msgspec.msgpack.encode(values[:last])


@settings(max_examples=5_000)
@given(ITEMS)
def test_every_item_is_packed_into_the_same_bytes_as_before(item: Item) -> None:
    assert _packed(item) == _packed_before(item)


@pytest.mark.parametrize(
    ("item", "fields"),
    [
        (KEPT, ["iron_sword", 3, "backpack", 5]),
        (WORN, ["iron_sword", 1, None, None, "main_hand"]),
        (KEPT.replace(quick_slot=0), ["iron_sword", 3, "backpack", 5, None, 0]),
        (WORN.replace(locked=True), ["iron_sword", 1, None, None, "main_hand", None, True]),
        (WORN.replace(durability=0), ["iron_sword", 1, None, None, "main_hand", None, False, 0]),
        (
            WORN.replace(properties={"armor": 0}),
            ["iron_sword", 1, None, None, "main_hand", None, False, None, {"armor": 0}],
        ),
    ],
)
def test_packed_item_ends_with_its_last_field_that_is_not_at_its_default(item: Item, fields: list[object]) -> None:
    assert msgspec.msgpack.decode(_packed(item)) == fields
