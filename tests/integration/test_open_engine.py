"""The engine inside the process of a game."""

import secrets
from collections.abc import AsyncIterator

import pytest

from satchel.catalogue import load_catalogue
from satchel.errors import ConfigError, Forbidden, SchemaWrong, SessionUnavailable
from satchel.ids import HolderId
from satchel.inventory.actions import Equip, Grant
from satchel.inventory.character import Character
from satchel.runtime.config import Settings
from satchel.runtime.engine import RunningEngine, open_engine
from satchel.vault import PostgresVault

ANN = Character(owner="tg:1", name="Ann", level=20)


@pytest.fixture
def namespace() -> str:
    return f"embedded-{secrets.token_hex(6)}"


@pytest.fixture
async def engine(vault_dsn: str, redis_url: str, namespace: str) -> AsyncIterator[RunningEngine]:
    async with open_engine(vault_dsn, redis_url, namespace=namespace) as opened:
        yield opened


async def test_a_game_and_a_player_act_in_process(engine: RunningEngine) -> None:
    await engine.client.put_character(1, ANN)
    sword = (await engine.client.act(1, Grant(definition="iron_sword"))).changes[0].item
    player = engine.acting_for("tg:1")

    worn = await player.act(1, Equip(item_id=sword))

    assert worn.changes[0].after is not None
    assert worn.changes[0].after.slot == "main_hand"
    with pytest.raises(Forbidden):
        await player.act(1, Grant(definition="iron_sword"))
    assert (await engine.ready()).ready


async def test_leaving_the_engine_saves_everything_and_closes_the_client(
    vault_dsn: str, redis_url: str, namespace: str
) -> None:
    # A delay that the worker does not reach: it is the end that saves.
    settings = Settings(flush_delay_s=60)
    async with open_engine(vault_dsn, redis_url, namespace=namespace, settings=settings) as engine:
        await engine.client.put_character(1, ANN)
        await engine.client.act(1, Grant(definition="iron_ore", quantity=7))
    vault = PostgresVault(vault_dsn)

    saved = await vault.read_state(HolderId(1))

    await vault.close()
    assert [(item.definition, item.quantity) for item in saved.items] == [("iron_ore", 7)]
    with pytest.raises(SessionUnavailable):
        await engine.client.act(1, Grant(definition="iron_ore"))


async def test_without_a_worker_another_process_saves(vault_dsn: str, redis_url: str, namespace: str) -> None:
    async with open_engine(vault_dsn, redis_url, namespace=namespace, worker=False) as engine:
        await engine.client.put_character(1, ANN)
        await engine.client.act(1, Grant(definition="iron_ore", quantity=7))
    vault = PostgresVault(vault_dsn)
    before = (await vault.read_state(HolderId(1))).items

    async with open_engine(vault_dsn, redis_url, namespace=namespace):
        pass

    after = (await vault.read_state(HolderId(1))).items
    await vault.close()
    assert (len(before), len(after)) == (0, 1)


async def test_a_missing_schema_is_told_or_made(postgres_dsn: str, redis_url: str, namespace: str) -> None:
    with pytest.raises(SchemaWrong):
        async with open_engine(postgres_dsn, redis_url, namespace=namespace):
            pass

    async with open_engine(postgres_dsn, redis_url, namespace=namespace, upgrade=True) as engine:
        assert (await engine.ready()).ready


async def test_a_world_of_ones_own_is_taken_as_it_is(vault_dsn: str, redis_url: str, namespace: str) -> None:
    world = load_catalogue()
    async with open_engine(vault_dsn, redis_url, namespace=namespace, catalogue=world) as engine:
        assert engine.catalogue is world


async def test_a_wrong_argument_is_named(vault_dsn: str, redis_url: str) -> None:
    with pytest.raises(ConfigError, match="namespace"):
        async with open_engine(vault_dsn, redis_url, namespace="with blanks"):
            pass
