"""Every error, provoked over HTTP: status, code, data, `retryable` and `Retry-After`."""

import asyncio
import inspect
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from satchel.errors import API_ERRORS
from satchel.ids import HolderId
from satchel.inventory.item import new_item_id
from tests.integration.api.conftest import Service
from tests.wire import Answer, Wire

Provoke = Callable[[Wire, Service, int], Awaitable[Answer]]

NOBODY = "01990000-0000-7000-8000-00000000ffff"


async def malformed_action(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "equip", item_id="sword")


async def unauthenticated(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "sort", container="bag", token="wrong-token-wrong")


async def forbidden(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "grant", definition="iron_sword", acting_for="tg:1")


async def not_owner(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "sort", container="bag", acting_for="tg:2")


async def route_not_found(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.send("GET", "/inventory")


async def method_not_allowed(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.send("GET", "/inventory/action")


async def body_too_large(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.send("POST", "/inventory/action", body=b" " * 70_000)


async def version_mismatch(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "sort", container="bag", expected_version=7)


async def idempotency_key_reused(wire: Wire, service: Service, char: int) -> Answer:
    key = {"Idempotency-Key": "the same"}
    await wire.done(char, "adjust_wallet", resource="gold", amount=1, headers=key)
    return await wire.act(char, "adjust_wallet", resource="gold", amount=2, headers=key)


async def idempotency_key_expired(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "sort", container="bag", headers={"Idempotency-Key": new_item_id(1, "old", 0)})


async def character_not_found(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(999_999_999, "sort", container="bag")


async def item_not_found(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "drop", item_id=NOBODY)


async def definition_unknown(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "grant", definition="moon_cheese")


async def resource_unknown(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "adjust_wallet", resource="moon_cheese", amount=1)


async def slot_incompatible(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "equip", item_id=await wire.grant(char, "iron_sword"), slot="head")


async def already_equipped(wire: Wire, service: Service, char: int) -> Answer:
    sword = await wire.grant(char, "iron_sword")
    await wire.done(char, "equip", item_id=sword)
    return await wire.act(char, "equip", item_id=sword)


async def not_equipped(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "unequip", item_id=await wire.grant(char, "iron_sword"))


async def requirements_not_met(wire: Wire, service: Service, char: int) -> Answer:
    await wire.done(char, "update_character", level=0, attributes={})
    return await wire.act(char, "equip", item_id=await wire.grant(char, "greatsword"))


async def bag_full(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "grant", definition="copper_band", quantity=99)


async def too_heavy(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "grant", definition="iron_ore", quantity=10_000)


async def container_unknown(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "sort", container="cellar")


async def container_incompatible(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "move", item_id=await wire.grant(char, "iron_sword"), container="quest")


async def position_invalid(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "move", item_id=await wire.grant(char, "iron_sword"), container="bag", position=99_999)


async def insufficient_items(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "drop", item_id=await wire.grant(char, "healing_potion", 2), quantity=3)


async def insufficient_funds(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "adjust_wallet", resource="gold", amount=-1)


async def wallet_full(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "adjust_wallet", resource="gold", amount=2**53 - 1)


async def item_locked(wire: Wire, service: Service, char: int) -> Answer:
    sword = await wire.grant(char, "iron_sword")
    await wire.done(char, "lock", item_id=sword)
    return await wire.act(char, "drop", item_id=sword)


async def not_droppable(wire: Wire, service: Service, char: int) -> Answer:
    quest = next(d for d in service.satchel.catalogue.definitions.values() if not d.droppable)
    return await wire.act(char, "drop", item_id=await wire.grant(char, quest.id))


async def not_usable(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "use", item_id=await wire.grant(char, "iron_sword"))


async def not_stackable(wire: Wire, service: Service, char: int) -> Answer:
    sword, ore = await wire.grant(char, "iron_sword"), await wire.grant(char, "iron_ore")
    return await wire.act(char, "merge", item_id=sword, target_id=ore)


async def quick_slot_unavailable(wire: Wire, service: Service, char: int) -> Answer:
    return await wire.act(char, "bind_quick_slot", item_id=await wire.grant(char, "healing_potion"), quick_slot=1)


async def quarantined(wire: Wire, service: Service, char: int) -> Answer:
    await wire.done(char, "adjust_wallet", resource="gold", amount=1)
    await service.satchel.orchestrator.quarantine(HolderId(char), "a test")
    return await wire.act(char, "adjust_wallet", resource="gold", amount=1)


async def rate_limited(wire: Wire, service: Service, char: int) -> Answer:
    many = (wire.act(char, "adjust_wallet", resource="gold", amount=1) for _ in range(100))
    answers = await asyncio.gather(*many)
    return next(answer for answer in answers if answer.status == 429)


async def push_rejected(wire: Wire, service: Service, char: int) -> Answer:
    await service.sql(f"ALTER TABLE satchel.item ADD CONSTRAINT no_rope_{char} CHECK (char_id <> {char})")
    await wire.grant(char, "iron_sword")
    return await wire.send("POST", f"/inventory/{char}/flush")


async def duplicate_item(wire: Wire, service: Service, char: int) -> Answer:
    sword = await wire.grant(char, "iron_sword")
    await wire.make_character(char + 5_000_000)
    await service.sql(
        "INSERT INTO satchel.item (uid, char_id, definition, quantity, slot) VALUES ($1, $2, 'iron_sword', 1, 'head')",
        sword,
        char + 5_000_000,
    )
    return await wire.send("POST", f"/inventory/{char}/flush")


async def internal_error(wire: Wire, service: Service, char: int) -> Answer:
    await wire.done(char, "adjust_wallet", resource="gold", amount=1)
    await wire.send("POST", f"/inventory/{char}/flush")
    await service.sql("UPDATE satchel.ledger SET record = '[]' WHERE char_id = $1", char)
    return await wire.send("GET", f"/inventory/{char}/history")


async def invariant_broken(wire: Wire, service: Service, char: int) -> Answer:
    await wire.done(char, "adjust_wallet", resource="gold", amount=1)
    journal = service.satchel.sessions.keys.of(char).journal
    await service.satchel.redis.execute("SET", journal, "no stream")
    return await wire.act(char, "adjust_wallet", resource="gold", amount=1)


PROVOKED: dict[str, Provoke] = {
    name: function
    for name, function in inspect.getmembers(sys.modules[__name__], inspect.iscoroutinefunction)
    if name in API_ERRORS
}

ELSEWHERE = {
    "session_unavailable": "test_readiness.py kills a Redis of its own",
    "vault_unavailable": "test_readiness.py kills a PostgreSQL of its own",
    "fact_missing": "tests/unit/test_game.py and tests/acceptance/test_game.py: only a game's hooks read facts",
    "shutting_down": "tests/acceptance/test_life_cycle.py drains a process past its deadline",
}

DATA: dict[str, set[str]] = {
    "forbidden": {"scope"},
    "not_owner": {"char_id"},
    "body_too_large": {"limit_bytes"},
    "version_mismatch": {"expected", "current"},
    "character_not_found": {"char_id"},
    "requirements_not_met": {"missing"},
    "bag_full": {"container", "required", "available"},
    "too_heavy": {"required", "available"},
    "insufficient_items": {"required", "available"},
    "insufficient_funds": {"resource", "required", "available"},
    "wallet_full": {"resource", "required", "available"},
    "rate_limited": {"char_id", "limit"},
    "quarantined": {"char_id"},
    "duplicate_item": {"item_id", "char_id", "owner_char_id"},
    "slot_incompatible": {"slot", "fits"},
    "position_invalid": {"container", "position", "limit"},
    "quick_slot_unavailable": {"quick_slot", "available"},
}


@pytest.mark.parametrize("code", sorted(PROVOKED))
async def test_every_error_travels_over_http(code: str, wire: Wire, service: Service, char: int) -> None:
    answer = await PROVOKED[code](wire, service, char)

    problem: dict[str, Any] = answer.json
    error = API_ERRORS[code]
    assert (answer.code, answer.status) == (code, error.status)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (problem["status"], problem["retryable"]) == (error.status, error.retryable)
    assert (problem["type"], problem["title"]) == (f"urn:satchel:error:{code}", error.title)
    assert answer.headers.get("Retry-After") == ("1" if error.retryable else None)
    assert DATA.get(code, set()) <= problem["data"].keys()


def test_no_error_is_left_unprovoked() -> None:
    assert {*PROVOKED, *ELSEWHERE} == set(API_ERRORS)
