"""Twelve dupes of other games, tried on us: what happened there, and what happens here."""

import asyncio
from collections import Counter

import pytest

from satchel.failpoints import intercept
from tests.dupes.conftest import HERO, RIVAL, Game
from tests.patience import eventually
from tests.wire import Answer


def codes(answers: list[Answer]) -> Counter[str]:
    """How often each outcome was told."""
    return Counter("ok" if answer.status == 200 else answer.code for answer in answers)


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


async def test_leaving_in_the_middle_of_a_transfer_moves_the_item_once(game: Game) -> None:
    """ox_inventory #1950 #1947: a wait between check and commit; who left meanwhile kept what he had given away.

    Here nothing waits between decision and commit, and a request that was given up is asked again under its key.
    """
    potion = await game.here.grant(HERO, "healing_potion", 5)
    take = {"item_id": potion, "quantity": 5, "headers": keyed("transfer-1-take")}
    leaving = asyncio.create_task(game.here.act(HERO, "consume", **take))
    await asyncio.wait((leaving,), timeout=0)
    leaving.cancel()
    await asyncio.gather(leaving, game.here.send("DELETE", f"/inventory/{HERO}/session"), return_exceptions=True)

    await game.there.done(HERO, "consume", **take)
    for wire in game.wires:
        give = {"definition": "healing_potion", "quantity": 5, "headers": keyed("transfer-1-give")}
        await wire.done(RIVAL, "grant", **give)

    assert await game.count("healing_potion") == 5


async def test_twenty_uses_of_one_item_at_once_have_one_effect(game: Game) -> None:
    """ox_inventory #1952 #1970: hooks that yielded let a second use begin before the first had taken the item.

    Here rules never yield: whoever saves first wins, the others decide again on what is left.
    """
    potion = await game.here.grant(HERO, "healing_potion")
    answers = await asyncio.gather(*(game.wires[n % 2].act(HERO, "use", item_id=potion) for n in range(20)))

    assert codes(answers) == {"ok": 1, "item_not_found": 19}
    assert await game.count("healing_potion") == 0


async def test_session_that_leaves_memory_unsaved_is_saved_first(game: Game) -> None:
    """ox_inventory 865292f0, #1525 #1526: an inventory left memory before it was saved, and old data was read back.

    Here a session with unsaved changes has no time to live, and to close it saves it first.
    """
    await game.here.grant(HERO, "iron_ore", 10)
    await game.save()
    await game.here.done(HERO, "consume", definition="iron_ore", quantity=10)
    closed = await game.here.send("DELETE", f"/inventory/{HERO}/session")

    assert closed.status == 204
    again = (await game.there.send("GET", f"/inventory/{HERO}")).json
    assert (again["items"], again["version"]) == ([], 2)
    assert await game.count("iron_ore") == 0


async def test_both_halves_of_an_exchange_survive_a_server_that_dies_between_them(game: Game) -> None:
    """canary #468, SophisticatedBackpacks #842: the two halves were saved at different moments, with a crash between.

    Here both halves are in the sessions when they are acknowledged, and whoever flushes next saves them.
    """
    sword = await game.here.grant(HERO, "iron_sword")
    await game.save()
    await game.here.done(HERO, "consume", item_id=sword)
    await game.here.send("POST", f"/inventory/{HERO}/flush")
    await game.here.done(RIVAL, "grant", definition="iron_sword")
    game.service.satchel.redis.close()

    assert await game.count("iron_sword") == 1
    assert len((await game.there.send("GET", f"/inventory/{RIVAL}")).json["items"]) == 1


async def test_character_that_cannot_be_saved_cannot_give_anything_away(game: Game) -> None:
    """New World: a character that could not be saved could still trade; then it fell back to what it had before.

    Here it is put into quarantine: it may look, and nothing else, until an operator has looked too.
    """
    ore = await game.here.grant(HERO, "iron_ore", 10)
    statement = (
        "INSERT INTO satchel.item (uid, char_id, definition, quantity, container, position) "
        "VALUES ($1::text::uuid, $2, 'iron_ore', 1, 'bag', 0)"
    )
    await game.service.sql(statement, ore, RIVAL)

    async def flush() -> int:
        await game.service.satchel.worker.flush_due(ahead_ms=60_000)
        return (await game.here.act(HERO, "consume", item_id=ore)).status

    assert await eventually(flush, lambda status: status == 423) == 423
    answers = [await wire.act(HERO, "drop", item_id=ore) for wire in game.wires]
    assert codes(answers) == {"quarantined": 2}
    assert (await game.there.send("GET", f"/inventory/{HERO}")).status == 200


async def test_twenty_sales_of_one_item_at_once_are_paid_once(game: Game) -> None:
    """world-of-claudecraft #500: trade, vendor and market were called at once, and each paid for the same item.

    Here item and money change in one action, all or nothing.
    """
    sword = await game.here.grant(HERO, "iron_sword")
    sale = [
        {"action": "consume", "item_id": sword},
        {"action": "adjust_wallet", "resource": "gold", "amount": 70},
    ]
    answers = await asyncio.gather(*(game.wires[n % 2].act(HERO, operations=sale) for n in range(20)))

    assert codes(answers) == {"ok": 1, "item_not_found": 19}
    assert await game.gold() == 70
    assert await game.count("iron_sword") == 0


async def test_purse_is_not_spent_twice_from_a_stale_copy(game: Game) -> None:
    """BIG Games: the bank was read from a stale copy, and what had been spent could be spent again.

    Here a copy may be stale, but a save states what it was decided on, and is decided again if that has changed.
    """
    await game.here.done(HERO, "adjust_wallet", resource="gold", amount=100)
    for wire in game.wires:
        assert (await wire.send("GET", f"/inventory/{HERO}/wallet")).status == 200
    spend = {"resource": "gold", "amount": -100}
    answers = await asyncio.gather(*(wire.act(HERO, "adjust_wallet", **spend) for wire in game.wires))

    assert codes(answers) == {"ok": 1, "insufficient_funds": 1}
    assert await game.gold() == 0


async def test_box_that_is_tapped_twice_is_opened_once(game: Game) -> None:
    """poketwo #143, Crownicles #2009: a second tap on the button opened the box again, and the balance was -1.

    Here both taps carry one key: the second one gets the first one's answer.
    """
    await game.here.grant(HERO, "healing_potion", 3)
    potion = (await game.here.send("GET", f"/inventory/{HERO}")).json["items"][0]["id"]
    taps = (wire.done(HERO, "use", item_id=potion, headers=keyed("callback-4711")) for wire in (*game.wires,) * 10)
    answers = await asyncio.gather(*taps)

    assert Counter(answer["replayed"] for answer in answers) == {False: 1, True: 19}
    assert len({(answer["version"], answer["h"]) for answer in answers}) == 1
    assert await game.count("healing_potion") == 2


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("consume", {"definition": "iron_ore", "quantity": -5}),
        ("drop", {"quantity": -5}),
        ("split", {"quantity": -5}),
        ("merge", {"quantity": -5}),
        ("grant", {"definition": "iron_ore", "quantity": -5}),
        ("consume", {"definition": "iron_ore", "quantity": 0}),
        ("drop", {"quantity": 10**30}),
    ],
)
async def test_negative_amounts_give_nothing(game: Game, action: str, fields: dict[str, object]) -> None:
    """Hiro 1.34: an amount below zero turned a price into a grant.

    Here amounts are positive and bounded before anything is looked at.
    """
    ore = await game.here.grant(HERO, "iron_ore", 10)
    ids = {"drop": {"item_id": ore}, "split": {"item_id": ore}, "merge": {"item_id": ore, "target_id": ore}}
    answer = await game.here.act(HERO, action, **{**ids.get(action, {}), **fields})

    assert (answer.status, answer.code) == (400, "malformed_action")
    assert await game.count("iron_ore") == 10


async def test_stock_of_ten_is_sold_ten_times(game: Game) -> None:
    """shard_legends P-3: stock was checked by SELECT and taken by INSERT, so it was sold more often than it was there.

    Here what was decided on is compared when it is saved.
    """
    await game.here.grant(HERO, "healing_potion", 10)
    sell = {"definition": "healing_potion", "quantity": 1}
    answers = await asyncio.gather(*(game.wires[n % 2].act(HERO, "consume", **sell) for n in range(30)))

    assert codes(answers) == {"ok": 10, "insufficient_items": 20}
    assert await game.count("healing_potion") == 0


async def test_swapping_two_items_from_both_sides_clones_none(game: Game) -> None:
    """mmorpg-kit #1945: two swaps in the wrong order wrote one item into both places.

    Here a swap lifts both items before it lays either down, and every item has one place.
    """
    sword, shield = await game.here.grant(HERO, "iron_sword"), await game.here.grant(HERO, "oak_shield")
    items = {item["id"]: item for item in (await game.here.send("GET", f"/inventory/{HERO}")).json["items"]}
    places = {item_id: {"container": "bag", "position": items[item_id]["position"]} for item_id in (sword, shield)}
    moves = []
    for n in range(20):
        mover, target = ((sword, shield), (shield, sword))[n % 2]
        moves.append(game.wires[n % 2].act(HERO, "move", item_id=mover, **places[target]))
    answers = await asyncio.gather(*moves)
    after = (await game.there.send("GET", f"/inventory/{HERO}")).json["items"]

    assert codes(answers)["ok"] == 20
    assert {item["id"] for item in after} == {sword, shield}
    assert len({item["position"] for item in after}) == 2
    assert (await game.count("iron_sword"), await game.count("oak_shield")) == (1, 1)


async def test_item_that_was_taken_here_is_gone_there_at_once(game: Game) -> None:
    """zAuctionHouse #40: the removal in SQL was not awaited before other servers read the character again.

    Here all servers act on one session; what is acknowledged is what everybody reads next.
    """
    sword = await game.here.grant(HERO, "iron_sword")
    await game.save()
    assert (await game.there.send("GET", f"/inventory/{HERO}/items/{sword}")).status == 200
    await game.here.done(HERO, "consume", item_id=sword)
    seen, sold = await asyncio.gather(
        game.there.send("GET", f"/inventory/{HERO}/items/{sword}"), game.there.act(HERO, "consume", item_id=sword)
    )

    assert (seen.status, sold.code) == (404, "item_not_found")
    assert await game.count("iron_sword") == 0


async def test_character_that_two_servers_load_at_once_is_one_character(game: Game) -> None:
    """lj-inventory #99: a character was loaded twice, and each copy was saved over the other.

    Here there is one session, whoever attaches it, and both servers' actions are in it.
    """
    answers = await asyncio.gather(
        *(wire.act(RIVAL, "adjust_wallet", resource="gold", amount=50) for wire in (*game.wires,) * 5)
    )

    assert codes(answers) == {"ok": 10}
    assert {answer.json["version"] for answer in answers} == set(range(1, 11))
    assert await game.gold(RIVAL) == 500


async def test_change_that_comes_during_a_save_is_saved_by_the_next(game: Game) -> None:
    """ox_inventory: the dirty flag was cleared before the write, so what changed meanwhile was never saved.

    Here a session is clean only when the vault holds its present version.
    """
    await game.here.grant(HERO, "iron_ore", 4)
    acting: list[asyncio.Task[str]] = []

    def act_during_the_push(name: str) -> None:
        if name == "push.after_fence" and not acting:
            acting.append(asyncio.create_task(game.here.grant(HERO, "iron_ore", 3)))

    with intercept(act_during_the_push):
        await game.here.send("POST", f"/inventory/{HERO}/flush")
    await acting[0]

    assert await game.count("iron_ore") == 7
