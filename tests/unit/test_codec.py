"""An item in a session takes no more bytes than what is not at its default needs."""

import msgspec
import pytest

from satchel.inventory.character import Character
from satchel.inventory.item import Item, ItemId
from satchel.session.codec import state_fields

UID = ItemId("0193a2b4-c5d6-7abc-9def-0123456789ab")
KEPT = Item(UID, "iron_sword", 3, "backpack", 5)
WORN = Item(UID, "iron_sword", 1, slot="main_hand")


def _packed(item: Item) -> bytes:
    packed = state_fields(Character("tg:1", "Ada", 1, {}), [item], {})[3]
    assert isinstance(packed, bytes)
    return packed


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
