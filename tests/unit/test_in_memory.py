"""The engine that a game's own tests run against."""

import pytest

from satchel.errors import Forbidden, SlotIncompatible
from satchel.inventory.actions import Equip, Grant
from satchel.inventory.character import Character
from satchel.testing import open_in_memory


async def test_the_example_of_the_docstring_works() -> None:
    async with open_in_memory() as client:
        await client.put_character(1, Character(owner="tg:1", name="Ann", level=20))
        granted = await client.act(1, Grant(definition="iron_sword"))
        worn = await client.act(1, Equip(item_id=granted.changes[0].item))

        assert worn.changes[0].after is not None
        assert worn.changes[0].after.slot == "main_hand"


async def test_errors_are_those_of_the_real_engine() -> None:
    async with open_in_memory() as client:
        await client.put_character(1, Character(owner="tg:1", name="Ann", level=20))
        sword = (await client.act(1, Grant(definition="iron_sword"))).changes[0].item

        with pytest.raises(SlotIncompatible):
            await client.act(1, Equip(item_id=sword, slot="head"))
        with pytest.raises(Forbidden):
            await client.acting_for("tg:1").act(1, Grant(definition="iron_sword"))


async def test_a_closed_session_comes_back_from_the_vault() -> None:
    async with open_in_memory() as client:
        await client.put_character(1, Character(owner="tg:1", name="Ann", level=20))
        await client.act(1, Grant(definition="iron_ore", quantity=7))
        await client.close_session(1)

        bag = await client.get_bag(1)

        assert [(entry.item.definition, entry.item.quantity) for entry in bag.items] == [("iron_ore", 7)]
