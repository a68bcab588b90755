"""Tests of a game against the real engine in memory: no server, and a fraction of a second for all of them.

They need `pip install satchel[testing] pytest pytest-asyncio`; pytest finds the fixtures by itself.
"""

from datetime import timedelta

import pytest

from satchel import ActionReply, Character, InventoryClient, actions, errors
from satchel.testing import FakeClock

ANN = Character(owner="tg:1", name="Ann", level=5)


async def open_chest(client: InventoryClient, char_id: int) -> ActionReply:
    """The game under test: a chest with ten gold and a sword."""
    return await client.act(
        char_id,
        actions.AdjustWallet(resource="gold", amount=10),
        actions.Grant(definition="iron_sword"),
        key=f"chest-{char_id}",
    )


@pytest.mark.asyncio
async def test_a_chest_gives_its_gold_once(satchel_client: InventoryClient) -> None:
    await satchel_client.put_character(1, ANN)

    await open_chest(satchel_client, 1)
    again = await open_chest(satchel_client, 1)

    gold = next(balance for balance in (await satchel_client.get_wallet(1)).balances if balance.resource == "gold")
    assert again.replayed
    assert gold.amount == 10


@pytest.mark.asyncio
async def test_a_player_cannot_open_the_chest_of_another(satchel_client: InventoryClient) -> None:
    await satchel_client.put_character(1, ANN)

    with pytest.raises(errors.Forbidden):
        await open_chest(satchel_client.acting_for("tg:2"), 1)


@pytest.mark.asyncio
async def test_a_dropped_sword_is_gone_after_a_while(satchel_client: InventoryClient, satchel_clock: FakeClock) -> None:
    await satchel_client.put_character(1, ANN)
    sword = (await open_chest(satchel_client, 1)).changes[0].item
    await satchel_client.act(1, actions.Drop(item_id=sword))

    satchel_clock.forward(timedelta(minutes=5))

    with pytest.raises(errors.ItemNotFound):
        await satchel_client.act(1, actions.TakeBack(item_id=sword))
