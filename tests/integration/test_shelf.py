import pytest

from satchel.errors import ItemNotFound
from satchel.inventory.actions import Drop, TakeBack
from satchel.inventory.record import open_record
from satchel.runtime.app import Satchel
from tests.builders import Play


async def test_the_answer_to_a_drop_names_what_can_be_taken_back(play: Play) -> None:
    ore = await play.grant("iron_ore", 30)

    whole, part = await play.grant("iron_sword"), await play.act(Drop(item_id=ore, quantity=5))
    dropped = await play.act(Drop(item_id=whole))

    assert [shelved.item.id for shelved in dropped.dropped] == [whole]
    assert [shelved.item.quantity for shelved in part.dropped] == [5]
    assert part.dropped[0].item.id != ore


async def test_the_shelf_survives_in_redis_when_the_process_forgets_its_copy(play: Play) -> None:
    sword = await play.grant("iron_sword")
    await play.act(Drop(item_id=sword))
    shelf = (await play.session()).shelf
    play.satchel.sessions.forget(play.char_id)

    reply = await play.act(TakeBack(item_id=sword))

    assert list(shelf) == [sword]
    assert [(change.op, change.item) for change in reply.changes] == [("add", sword)]
    play.satchel.sessions.forget(play.char_id)
    assert (await play.session()).shelf == {}


async def test_the_vault_sees_a_remove_and_an_add_of_the_same_item(satchel: Satchel, play: Play) -> None:
    sword = await play.grant("iron_sword")
    await play.act(Drop(item_id=sword))
    await satchel.orchestrator.flush_session(play.char_id)
    gone = (await satchel.vault.read_state(play.char_id)).items
    await play.act(TakeBack(item_id=sword))
    await satchel.orchestrator.flush_session(play.char_id)

    state = await satchel.vault.read_state(play.char_id)
    ledger = await satchel.vault.read_ledger(play.char_id, 100, 10)
    operations = [(change.op, change.item) for row in ledger for change in open_record(row.record_json).changes]

    assert gone == ()
    assert [item.id for item in state.items] == [sword]
    assert operations == [("add", sword), ("remove", sword), ("add", sword)]


async def test_a_session_loaded_from_the_vault_has_an_empty_shelf(satchel: Satchel, play: Play) -> None:
    sword = await play.grant("iron_sword")
    await play.act(Drop(item_id=sword))
    await satchel.orchestrator.close_session(play.char_id)

    with pytest.raises(ItemNotFound):
        await play.act(TakeBack(item_id=sword))

    assert (await play.session()).items == {}


async def test_a_repeated_drop_gives_the_same_answer_again(play: Play) -> None:
    ore = await play.grant("iron_ore", 30)
    first = await play.act(Drop(item_id=ore, quantity=5), key="drop-once")

    again = await play.act(Drop(item_id=ore, quantity=5), key="drop-once")

    assert again.replayed is True
    assert again.dropped == first.dropped
