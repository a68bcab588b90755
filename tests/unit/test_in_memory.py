"""The engine that a game's own tests run against."""

from datetime import timedelta

import pytest

from satchel.catalogue import load_catalogue
from satchel.errors import Forbidden, ItemNotFound, SlotIncompatible
from satchel.inventory.actions import Drop, Equip, Grant, TakeBack
from satchel.inventory.character import Character
from satchel.testing import FakeClock, open_in_memory


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


async def test_a_clock_turned_forward_ends_the_time_to_undo_a_drop() -> None:
    clock = FakeClock()
    async with open_in_memory(clock=clock) as client:
        await client.put_character(1, Character(owner="tg:1", name="Ann", level=20))
        swords = await client.act(1, Grant(definition="iron_sword"), Grant(definition="iron_sword"))
        first, second = (change.item for change in swords.changes)
        await client.act(1, Drop(item_id=first), Drop(item_id=second))
        undo_s = load_catalogue().rules.drop_undo_s

        clock.forward(timedelta(seconds=undo_s / 2))
        await client.act(1, TakeBack(item_id=first))
        clock.forward(timedelta(seconds=undo_s))

        with pytest.raises(ItemNotFound):
            await client.act(1, TakeBack(item_id=second))


async def test_a_clock_turned_forward_expires_a_saved_session() -> None:
    clock = FakeClock()
    async with open_in_memory(clock=clock) as client:
        await client.put_character(1, Character(owner="tg:1", name="Ann", level=20))
        before = await client.act(1, Grant(definition="iron_ore", quantity=7))
        await client.flush(1)

        clock.forward(timedelta(days=2))
        after = await client.act(1, Grant(definition="iron_ore", quantity=7))

        assert (after.version, after.epoch) == (before.version + 1, before.epoch + 1)


async def test_a_clock_turns_forward_only() -> None:
    with pytest.raises(ValueError, match="forward only"):
        FakeClock().forward(timedelta(seconds=-1))


async def test_the_starter_world_is_read_once() -> None:
    assert load_catalogue() is load_catalogue()
