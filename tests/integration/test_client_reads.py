import pytest

from satchel.client import InventoryClient
from satchel.errors import Forbidden, MalformedAction
from satchel.inventory.actions import Drop, Equip
from satchel.inventory.character import Character
from satchel.inventory.definitions.catalogue import Catalogue
from tests.builders import HERO, Play


async def test_a_service_finds_the_characters_of_a_player(client: InventoryClient) -> None:
    await client.put_character(7, Character("tg:7", "Zoë", 3))
    await client.put_character(3, Character("tg:7", "Ann", 9))
    await client.put_character(4, Character("tg:8", "Bo"))

    found = await client.find_characters("tg:7")

    assert [(entry.char_id, entry.name, entry.level) for entry in found] == [(3, "Ann", 9), (7, "Zoë", 3)]
    assert await client.find_characters("tg:9") == ()


async def test_a_player_finds_only_their_own_characters(client: InventoryClient, play: Play) -> None:
    player = client.acting_for("tg:1")

    assert [entry.char_id for entry in await player.find_characters("tg:1")] == [play.char_id]
    with pytest.raises(Forbidden):
        await player.find_characters("tg:2")


async def test_the_client_reads_the_whole_catalogue(client: InventoryClient, catalogue: Catalogue) -> None:
    view = await client.get_catalogue()

    assert view.version == catalogue.version
    assert view.rules == catalogue.rules
    assert {definition.id: definition for definition in view.definitions} == catalogue.definitions


async def test_the_client_reads_the_history_page_by_page(client: InventoryClient, play: Play) -> None:
    sword = await play.grant("iron_sword")
    await play.act(Equip(item_id=sword))
    await play.act(Drop(item_id=sword))

    first = await client.get_history(play.char_id, limit=2)
    second = await client.get_history(play.char_id, limit=2, before=first.before or 0)

    pages = (first, second)
    assert [entry.record.operations for page in pages for entry in page.entries] == [("drop",), ("equip",), ("grant",)]


async def test_the_doll_tells_the_character_and_the_balances(client: InventoryClient, play: Play) -> None:
    doll = await client.get_doll(play.char_id)

    assert (doll.character, doll.wallet) == (HERO, {})


async def test_a_card_compares_with_the_slot_that_is_asked_for(client: InventoryClient, play: Play) -> None:
    main, other, off = [await play.grant(name) for name in ("iron_sword", "steel_sword", "oak_shield")]
    await play.act(Equip(item_id=main), Equip(item_id=off))

    by_itself = await client.get_item(play.char_id, other)
    for_off_hand = await client.get_item(play.char_id, other, slot="off_hand")

    assert by_itself.slots == ("main_hand", "off_hand")
    assert by_itself.comparison is not None
    assert by_itself.comparison.instead_of == (main,)
    assert for_off_hand.comparison is not None
    assert for_off_hand.comparison.instead_of == (off,)


async def test_an_unknown_slot_is_a_mistake_of_the_request(client: InventoryClient, play: Play) -> None:
    sword = await play.grant("iron_sword")

    with pytest.raises(MalformedAction):
        await client.get_bag(play.char_id, fits="tail")
    with pytest.raises(MalformedAction):
        await client.get_item(play.char_id, sword, slot="tail")
