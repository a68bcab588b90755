"""An idempotency key acts once, and its answer is kept."""

import asyncio
import time

import pytest

from satchel.inventory.item import new_item_id
from tests.wire import Wire


def _key(text: str) -> dict[str, dict[str, str]]:
    return {"headers": {"Idempotency-Key": text}}


async def _gold(wire: Wire, char: int) -> int:
    found: int = (await wire.send("GET", f"/inventory/{char}")).json["wallet"].get("gold", 0)
    return found


# -- idempotency keys --------------------------------------------------------------------------------------------------


async def test_replay_gives_the_stored_answer_and_does_nothing(wire: Wire, char: int) -> None:
    first = await wire.done(char, "adjust_wallet", resource="gold", amount=5, **_key("k"))
    await wire.done(char, "adjust_wallet", resource="gold", amount=100)

    again = await wire.done(char, "adjust_wallet", resource="gold", amount=5, **_key("k"))

    assert again == {**first, "replayed": True}
    assert first["replayed"] is False
    assert await _gold(wire, char) == 105


async def test_replay_is_answered_also_when_the_action_would_be_refused_now(wire: Wire, char: int) -> None:
    sword = await wire.grant(char, "iron_sword")
    await wire.done(char, "drop", item_id=sword, **_key("k"))

    again = await wire.done(char, "drop", item_id=sword, **_key("k"))

    assert again["replayed"] is True


async def test_replay_with_the_version_that_was_right_then_is_answered(wire: Wire, char: int) -> None:
    await wire.done(char, "adjust_wallet", resource="gold", amount=5, expected_version=0, **_key("k"))

    again = await wire.done(char, "adjust_wallet", resource="gold", amount=5, expected_version=0, **_key("k"))

    assert (again["replayed"], again["version"]) == (True, 1)


async def test_replay_is_known_after_the_session_was_closed(wire: Wire, char: int) -> None:
    await wire.done(char, "adjust_wallet", resource="gold", amount=5, **_key("k"))
    await wire.send("DELETE", f"/inventory/{char}/session")

    again = await wire.done(char, "adjust_wallet", resource="gold", amount=5, **_key("k"))

    assert (again["replayed"], await _gold(wire, char)) == (True, 5)


async def test_refused_action_leaves_its_key_free(wire: Wire, char: int) -> None:
    assert (await wire.act(char, "adjust_wallet", resource="gold", amount=-5, **_key("k"))).status == 422
    await wire.done(char, "adjust_wallet", resource="gold", amount=5)

    reply = await wire.done(char, "adjust_wallet", resource="gold", amount=-5, **_key("k"))

    assert reply["replayed"] is False


async def test_keys_belong_to_their_character(wire: Wire, char: int, other: int) -> None:
    await wire.done(char, "adjust_wallet", resource="gold", amount=5, **_key("k"))

    reply = await wire.done(other, "adjust_wallet", resource="gold", amount=5, **_key("k"))

    assert reply["replayed"] is False


async def test_fifty_requests_with_one_key_act_once(wire: Wire, char: int) -> None:
    many = (wire.act(char, "adjust_wallet", resource="gold", amount=5, **_key("k")) for _ in range(50))
    answers = await asyncio.gather(*many)

    done = [answer.json for answer in answers if answer.status == 200]
    assert {answer.status for answer in answers} <= {200, 429}
    assert [reply["replayed"] for reply in done].count(False) == 1
    assert await _gold(wire, char) == 5


async def test_same_key_with_the_same_operations_written_otherwise_is_a_replay(wire: Wire, char: int) -> None:
    await wire.done(char, "grant", definition="bread", quantity=1, **_key("k"))

    again = await wire.done(char, operations=[{"definition": "bread", "action": "grant"}], **_key("k"))

    assert again["replayed"] is True


async def test_key_made_a_day_ago_is_gone_and_never_acts(wire: Wire, char: int) -> None:
    old = new_item_id(time.time_ns() // 1_000_000 - 25 * 3_600_000, "seed", 1)

    answer = await wire.act(char, "adjust_wallet", resource="gold", amount=5, **_key(old))

    assert (answer.status, answer.code, answer.data) == (410, "idempotency_key_expired", {"idempotency_key": old})
    assert await _gold(wire, char) == 0


@pytest.mark.parametrize("key", ["", "x" * 129, "ключ", "a\tb"])
async def test_key_that_is_none_is_refused(key: str, wire: Wire, char: int) -> None:
    answer = await wire.act(char, "adjust_wallet", resource="gold", amount=5, **_key(key))
    put = await wire.send(
        "PUT", f"/characters/{char}", {"owner": "tg:1", "name": "Ann"}, headers={"Idempotency-Key": key}
    )

    assert (answer.status, answer.code) == (400, "malformed_action")
    assert (put.status, put.code) == (400, "malformed_action")


@pytest.mark.parametrize("key", ["x", "x" * 128, 'order #7: {gold} \\ "5"', "01900000-0000-7zzz-8000-000000000000"])
async def test_any_printable_key_is_taken(key: str, wire: Wire, char: int) -> None:
    for replayed in (False, True):
        reply = await wire.done(char, "adjust_wallet", resource="gold", amount=5, **_key(key))

        assert reply["replayed"] is replayed
