"""`InventoryClient` gives the same answers and the same errors over HTTP and in the same process."""

import inspect
import textwrap
from collections.abc import AsyncIterator
from typing import Any

import pytest

from satchel import errors
from satchel.client import InventoryClient
from satchel.client import client as client_module
from satchel.errors import (
    CharacterNotFound,
    Forbidden,
    IdempotencyKeyExpired,
    IdempotencyKeyReused,
    InsufficientFunds,
    InvariantBroken,
    ItemNotFound,
    MalformedAction,
    NotOwner,
    Quarantined,
    SatchelError,
    SessionUnavailable,
    VersionMismatch,
)
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet, Drop, Equip, Grant, Lock, Sort
from satchel.inventory.character import Character
from satchel.inventory.item import new_item_id
from tests.integration.api.conftest import TOKEN, Service

NOBODY = "01990000-0000-7000-8000-00000000ffff"
GOLD = AdjustWallet(resource="gold", amount=5)

pytestmark = pytest.mark.usefixtures("hurried")


@pytest.fixture(params=["over HTTP", "in process"])
async def client(request: pytest.FixtureRequest, service: Service) -> AsyncIterator[InventoryClient]:
    over_http = request.param == "over HTTP"
    async with InventoryClient.over_http(service.url, TOKEN) if over_http else service.satchel.client() as client:
        yield client


# -- answers -----------------------------------------------------------------------------------------------------------


async def test_both_ways_give_equal_answers(service: Service, char: int) -> None:
    async def everything(client: InventoryClient) -> list[Any]:
        return [
            await client.get_inventory(char),
            await client.get_doll(char),
            await client.get_bag(char, section="weapons", limit=5),
            await client.get_item(char, sword, "ru"),
            await client.get_wallet(char),
            await client.get_history(char, limit=2),
            await client.get_catalogue(),
            await client.act(char, Equip(item_id=sword), dry_run=True),
            await client.act(char, Grant(definition="iron_sword"), key="grant"),
        ]

    async with InventoryClient.over_http(service.url, TOKEN) as far, service.satchel.client() as near:
        granted = await far.act(char, Grant(definition="iron_sword"), key="grant")
        sword = granted.changes[0].item
        await near.act(char, GOLD, Lock(item_id=sword))

        assert await everything(far) == await everything(near)


async def test_action_is_done_once_for_a_key(client: InventoryClient, char: int) -> None:
    first = await client.act(char, GOLD, key="k")
    again = await client.act(char, GOLD, key="k")

    assert (first.replayed, again.replayed) == (False, True)
    assert (again.version, again.wallet_changes) == (first.version, first.wallet_changes)


async def test_every_action_gets_a_key_of_its_own(client: InventoryClient, char: int) -> None:
    for _ in range(2):
        assert (await client.act(char, GOLD)).replayed is False

    keys = {entry.record.action_id for entry in (await client.get_history(char)).entries}
    assert len(keys) == 2
    assert all(len(key) == 36 and key[14] == "7" for key in keys)


async def test_dry_run_tells_the_reasons(client: InventoryClient, char: int) -> None:
    reply = await client.act(char, AdjustWallet(resource="gold", amount=-1), dry_run=True)

    assert [(reason.code, reason.data["required"]) for reason in reply.blocking or ()] == [("insufficient_funds", 1)]


async def test_durable_action_is_saved(client: InventoryClient, service: Service, char: int) -> None:
    reply = await client.act(char, GOLD, durability="durable")

    assert reply.durability == "durable"
    assert (await service.satchel.vault.read_state(HolderId(char))).head.version == 1


async def test_session_life(client: InventoryClient, service: Service, char: int) -> None:
    await client.open_session(char)
    await client.act(char, GOLD)
    await client.flush(char)
    assert (await service.satchel.vault.read_state(HolderId(char))).head.version == 1
    await client.close_session(char)

    assert await service.satchel.sessions.peek(HolderId(char)) is None


async def test_character_is_made_and_found(client: InventoryClient, char: int) -> None:
    owner = f"tg:{char}-{id(client)}"
    await client.put_character(char + 7_000_000, Character(owner, "Zoë", 3, {"class": "mage"}))

    assert [entry.name for entry in await client.find_characters(owner)] == ["Zoë"]


async def test_read_made_again_gives_the_same_object_until_something_changes(
    client: InventoryClient, char: int
) -> None:
    first = await client.get_doll(char)
    again = await client.get_doll(char)
    await client.act(char, GOLD)
    changed = await client.get_doll(char)

    assert again is first
    assert (changed.version, changed.wallet) == (1, {"gold": 5})


async def test_kept_reads_are_bounded(client: InventoryClient, char: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "KEPT_MAX", 3)
    pages = [await client.get_bag(char, limit=limit) for limit in range(1, 6)]

    assert await client.get_bag(char, limit=5) is pages[4]
    assert await client.get_bag(char, limit=1) is not pages[0]


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "data"),
    [
        (InsufficientFunds, {"resource": "gold", "required": 1, "available": 0}),
        (ItemNotFound, {"item_id": NOBODY}),
        (VersionMismatch, {"expected": 9, "current": 0}),
        (CharacterNotFound, {"char_id": 987_654_321}),
        (NotOwner, None),
        (Forbidden, {"scope": "grant", "reason": "players may not ask for service actions"}),
        (MalformedAction, None),
        (IdempotencyKeyReused, {"idempotency_key": "used"}),
        (IdempotencyKeyExpired, None),
        (Quarantined, None),
        (InvariantBroken, None),
    ],
)
async def test_errors_are_the_same_class_with_the_same_data(
    error: type[SatchelError], data: Any, client: InventoryClient, service: Service, char: int
) -> None:
    async def provoke() -> None:
        match error:
            case errors.InsufficientFunds:
                await client.act(char, AdjustWallet(resource="gold", amount=-1))
            case errors.ItemNotFound:
                await client.act(char, Drop(item_id=NOBODY))
            case errors.VersionMismatch:
                await client.act(char, GOLD, expected_version=9)
            case errors.CharacterNotFound:
                await client.act(987_654_321, GOLD)
            case errors.NotOwner:
                await client.acting_for("tg:2").act(char, Sort(container="bag"))
            case errors.Forbidden:
                await client.acting_for("tg:1").act(char, GOLD)
            case errors.MalformedAction:
                await client.act(char)
            case errors.IdempotencyKeyReused:
                await client.act(char, GOLD, key="used")
                await client.act(char, AdjustWallet(resource="gold", amount=6), key="used")
            case errors.IdempotencyKeyExpired:
                await client.act(char, GOLD, key=new_item_id(1, "old", 0))
            case errors.Quarantined:
                await client.act(char, GOLD)
                await service.satchel.orchestrator.quarantine(HolderId(char), "a test")
                await client.act(char, GOLD)
            case errors.InvariantBroken:
                await client.act(char, GOLD)
                await service.satchel.redis.execute("SET", service.satchel.sessions.keys.of(char).journal, "no stream")
                await client.act(char, GOLD)

    with pytest.raises(error) as raised:
        await provoke()

    assert type(raised.value) is error
    assert data is None or raised.value.data == data


@pytest.mark.parametrize("key", ["", "x" * 129, "ключ", "a\nb"])
async def test_key_that_is_none_is_refused_alike(key: str, client: InventoryClient, char: int) -> None:
    with pytest.raises(MalformedAction):
        await client.act(char, GOLD, key=key)


@pytest.mark.parametrize("owner", ["", " ", "x" * 129, "tg:1\n"])
async def test_owner_that_is_none_is_refused_alike(owner: str, client: InventoryClient, char: int) -> None:
    player = client.acting_for(owner)

    with pytest.raises(MalformedAction):
        await player.act(char, Sort(container="bag"))
    with pytest.raises(MalformedAction):
        await player.get_doll(char)


@pytest.mark.parametrize("item_id", ["no such item", "a/b", "?lang=ru", "../doll", "%2e"])
async def test_item_id_is_never_read_as_a_path(item_id: str, client: InventoryClient, char: int) -> None:
    with pytest.raises((ItemNotFound, errors.RouteNotFound)):
        await client.get_item(char, item_id)


async def test_defect_is_told_as_one(client: InventoryClient, service: Service, char: int) -> None:
    await client.act(char, GOLD, durability="durable")
    await service.sql("UPDATE satchel.ledger SET record = '[]' WHERE char_id = $1", char)

    with pytest.raises(SatchelError) as raised:
        await client.get_history(char)

    assert (type(raised.value), raised.value.code) == (SatchelError, "internal_error")


async def test_closed_client_is_closed(client: InventoryClient, char: int) -> None:
    await client.get_doll(char)
    await client.close()
    await client.close()

    for attempt in (client.act(char, GOLD), client.get_doll(char)):
        with pytest.raises(SessionUnavailable):
            await attempt


# -- only over HTTP ----------------------------------------------------------------------------------------------------


def test_error_of_a_later_release_keeps_its_code_and_data() -> None:
    error = errors.error_from_code("moon_phase_wrong", {"phase": 3})

    assert (type(error), error.data) == (SatchelError, {"phase": 3, "unknown_code": "moon_phase_wrong"})


async def test_example_of_the_docstring_works(service: Service) -> None:
    text = textwrap.dedent(inspect.getdoc(InventoryClient).partition("Example:\n")[2])  # type: ignore[union-attr]
    code = "async def example(token):\n" + textwrap.indent(text.replace("http://127.0.0.1:8080", service.url), "    ")
    names: dict[str, Any] = {
        **{part.__name__: part for part in (InventoryClient, Character, Grant, Equip, errors.SlotIncompatible)}
    }

    exec(code, names)  # noqa: S102 - our own docstring

    await names["example"](TOKEN)
