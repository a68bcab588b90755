"""What the one action endpoint promises: keys, versions, dry runs, batches, durability."""

import asyncio
from typing import Any

import pytest

from satchel.ids import HolderId
from tests.integration.api.conftest import Service
from tests.wire import Answer, Wire

GOLD = {"action": "adjust_wallet", "resource": "gold"}


def _key(text: str) -> dict[str, dict[str, str]]:
    return {"headers": {"Idempotency-Key": text}}


async def _gold(wire: Wire, char: int) -> int:
    found: int = (await wire.send("GET", f"/inventory/{char}")).json["wallet"].get("gold", 0)
    return found


# -- versions ----------------------------------------------------------------------------------------------------------


async def _tag(wire: Wire, char: int) -> str:
    return (await wire.send("GET", f"/inventory/{char}")).headers["ETag"]


async def test_action_on_the_version_that_was_read_is_done(wire: Wire, char: int) -> None:
    tag = await _tag(wire, char)

    assert (await wire.done(char, "grant", definition="bread", headers={"If-Match": tag}))["version"] == 1


async def test_action_on_an_older_version_is_refused_with_the_present_one(wire: Wire, char: int) -> None:
    tag = await _tag(wire, char)
    await wire.done(char, "grant", definition="bread")

    answer = await wire.act(char, "grant", definition="bread", headers={"If-Match": tag})

    assert (answer.status, answer.code, answer.data) == (412, "version_mismatch", {"expected": 0, "current": 1})


@pytest.mark.parametrize("tag", ['"0"', "0", "*", '"0-"'])
async def test_version_alone_is_a_tag_too(tag: str, wire: Wire, char: int) -> None:
    assert (await wire.act(char, "grant", definition="bread", headers={"If-Match": tag})).status == 200


async def test_same_version_of_another_history_is_another_version(wire: Wire, char: int) -> None:
    await wire.done(char, "grant", definition="bread")

    answer = await wire.act(char, "grant", definition="bread", headers={"If-Match": '"1-0123456789ab"'})

    assert answer.status == 412


@pytest.mark.parametrize("tag", ["x", '"-1"', 'W/"0"', '"0", "1"', '"0-\u00e9"', '"99999999999999999"', '"1.0"'])
async def test_tag_that_is_none_of_ours_is_refused(tag: str, wire: Wire, char: int) -> None:
    answer = await wire.act(char, "grant", definition="bread", headers={"If-Match": tag})

    assert (answer.status, answer.code) == (400, "malformed_action")


async def test_header_and_body_may_not_name_different_versions(wire: Wire, char: int) -> None:
    answer = await wire.act(char, "grant", definition="bread", expected_version=3, headers={"If-Match": '"0"'})

    assert (answer.status, answer.code) == (400, "malformed_action")


async def test_of_two_actions_on_one_version_one_is_done(wire: Wire, char: int) -> None:
    await _tag(wire, char)
    answers = await asyncio.gather(
        *(wire.act(char, "adjust_wallet", resource="gold", amount=5, expected_version=0) for _ in range(10))
    )

    assert sorted(answer.status for answer in answers) == [200] + [412] * 9
    assert await _gold(wire, char) == 5


# -- dry runs ----------------------------------------------------------------------------------------------------------


async def _laden(wire: Wire, char: int) -> dict[str, str]:
    """A character with a full bag, sword and shield in hand, a locked potion, and no level at all."""
    sword, shield = await wire.grant(char, "iron_sword"), await wire.grant(char, "oak_shield")
    await wire.done(char, operations=[{"action": "equip", "item_id": item} for item in (sword, shield)])
    potion, halberd = await wire.grant(char, "healing_potion"), await wire.grant(char, "sentry_halberd")
    await wire.done(char, "lock", item_id=potion)
    await wire.grant(char, "copper_band", 22)
    await wire.done(char, "update_character", level=0, attributes={})
    return {"potion": potion, "halberd": halberd, "sword": sword}


async def test_dry_run_tells_every_reason_against_an_action(wire: Wire, char: int) -> None:
    items = await _laden(wire, char)

    reply = await wire.done(char, "equip", item_id=items["halberd"], dry_run=True)

    assert [reason["code"] for reason in reply["blocking"]] == ["requirements_not_met", "bag_full"]
    assert {missing["requirement"] for missing in reply["blocking"][0]["data"]["missing"]} >= {"level", "strength"}
    assert reply["blocking"][1]["data"] == {"container": "bag", "required": 1, "available": 0}


async def test_dry_run_of_a_batch_names_the_operation_of_each_reason(wire: Wire, char: int) -> None:
    items = await _laden(wire, char)
    operations: list[dict[str, Any]] = [
        {"action": "equip", "item_id": items["halberd"]},
        {"action": "drop", "item_id": items["potion"]},
        {**GOLD, "amount": -1},
        {**GOLD, "amount": 1},
        {"action": "grant", "definition": "iron_ore", "quantity": 10_000},
    ]

    reply = await wire.done(char, operations=operations, dry_run=True)

    reasons = {(reason["operation"], reason["code"]) for reason in reply["blocking"]}
    assert reasons == {
        (0, "requirements_not_met"),
        (0, "bag_full"),
        (1, "item_locked"),
        (2, "insufficient_funds"),
        (4, "too_heavy"),
        (4, "bag_full"),
    }


async def test_dry_run_tells_the_whole_change_and_makes_none(wire: Wire, char: int) -> None:
    sword = await wire.grant(char, "iron_sword")
    before = await wire.send("GET", f"/inventory/{char}")

    would = await wire.done(char, "equip", item_id=sword, dry_run=True, **_key("k"))

    after = await wire.send("GET", f"/inventory/{char}")
    done = await wire.done(char, "equip", item_id=sword, **_key("k"))
    assert (would["dry_run"], would["blocking"], would["version"]) == (True, [], before.json["version"])
    assert (after.json, after.headers["ETag"]) == (before.json, before.headers["ETag"])
    assert (would["changes"], would["stats"]) == (done["changes"], done["stats"])
    assert done["replayed"] is False


async def test_dry_run_on_an_older_version_is_refused(wire: Wire, char: int) -> None:
    await wire.done(char, "grant", definition="bread")

    assert (await wire.act(char, "grant", definition="bread", dry_run=True, expected_version=0)).status == 412


# -- batches -----------------------------------------------------------------------------------------------------------


async def test_batch_of_fifty_is_one_save(wire: Wire, char: int) -> None:
    reply = await wire.done(char, operations=[{**GOLD, "amount": 1}] * 50)

    assert (reply["version"], reply["wallet_changes"]) == (1, [{"resource": "gold", "before": 0, "after": 50}])


async def test_batch_of_fifty_one_is_refused(wire: Wire, char: int) -> None:
    answer = await wire.act(char, operations=[{**GOLD, "amount": 1}] * 51)

    assert (answer.status, answer.code) == (400, "malformed_action")
    assert await _gold(wire, char) == 0


@pytest.mark.parametrize("place", [0, 1, 49])
async def test_batch_with_one_refusal_changes_nothing(place: int, wire: Wire, char: int) -> None:
    operations: list[dict[str, Any]] = [{"action": "grant", "definition": "apple"}] * 50
    operations[place] = {**GOLD, "amount": -1}
    before = await wire.send("GET", f"/inventory/{char}")

    answer = await wire.act(char, operations=operations)

    after = await wire.send("GET", f"/inventory/{char}")
    assert (answer.code, answer.data["operation"]) == ("insufficient_funds", place)
    assert (after.json, after.headers["ETag"]) == (before.json, before.headers["ETag"])


async def test_operation_sees_what_the_one_before_did(wire: Wire, char: int) -> None:
    sword = await wire.grant(char, "iron_sword")
    moves = [{"action": "equip", "item_id": sword}, {"action": "unequip", "item_id": sword}]

    reply = await wire.done(char, operations=[*moves, {"action": "move", "item_id": sword, "container": "stash"}])

    assert [change["after"]["container"] for change in reply["changes"]] == ["stash"]


# -- durability --------------------------------------------------------------------------------------------------------


async def _vault_version(service: Service, char: int) -> int:
    return (await service.satchel.vault.read_state(HolderId(char))).head.version


async def test_durable_action_is_in_the_vault_before_the_answer(wire: Wire, service: Service, char: int) -> None:
    await wire.done(char, "grant", definition="bread")
    reply = await wire.done(char, "grant", definition="bread", durability="durable")

    assert (reply["durability"], reply["version"]) == ("durable", 2)
    assert await _vault_version(service, char) == 2


async def test_session_action_is_not_yet_in_the_vault(wire: Wire, service: Service, char: int) -> None:
    reply = await wire.done(char, "grant", definition="bread")

    assert reply["durability"] == "session"
    assert await _vault_version(service, char) == 0


async def test_durable_replay_of_a_session_action_is_in_the_vault(wire: Wire, service: Service, char: int) -> None:
    await wire.done(char, "grant", definition="bread", **_key("k"))

    reply = await wire.done(char, "grant", definition="bread", durability="durable", **_key("k"))

    assert (reply["replayed"], reply["durability"]) == (True, "durable")
    assert await _vault_version(service, char) == 1


# -- one hot character -------------------------------------------------------------------------------------------------


async def test_two_hundred_requests_on_one_character_leave_others_unharmed(wire: Wire, char: int, other: int) -> None:
    crowd = [wire.act(char, "adjust_wallet", resource="gold", amount=1) for _ in range(200)]
    bystander = [wire.act(other, "adjust_wallet", resource="gold", amount=1) for _ in range(5)]

    answers: list[Answer] = await asyncio.gather(*crowd, *bystander)

    hot, calm = answers[:200], answers[200:]
    done = [answer for answer in hot if answer.status == 200]
    limited = [answer for answer in hot if answer.status == 429]
    assert len(done) + len(limited) == 200
    assert all(answer.headers["Retry-After"] == "1" and answer.data["char_id"] == char for answer in limited)
    assert [answer.status for answer in calm] == [200] * 5
    assert await _gold(wire, char) == len(done)
