"""What callers are told while an engine is away, on engines that only these tests use."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import aiohttp
import msgspec
import pytest

from satchel.embedded import PostgresServer, ValkeyServer
from satchel.errors import ERRORS
from satchel.ids import HolderId
from satchel.runtime.app import open_satchel
from satchel.vault import upgrade_schema
from tests.integration.api.conftest import TOKEN, Service, api_settings, serving
from tests.openapi import Spec
from tests.patience import eventually
from tests.wire import Answer, Wire

_numbers = count(1_000, 10)


class Fragile:
    """An API whose engines may be killed."""

    def __init__(self, wire: Wire, service: Service, postgres: PostgresServer, valkey: ValkeyServer) -> None:
        self.wire = wire
        self.service = service
        self.postgres = postgres
        self.valkey = valkey

    async def ready(self) -> Answer:
        return await self.wire.send("GET", "/readyz", token=None)

    async def becomes(self, status: int) -> Answer:
        return await eventually(self.ready, lambda answer: answer.status == status)


@pytest.fixture(scope="module")
async def engines(engine_room: Path) -> AsyncIterator[tuple[PostgresServer, ValkeyServer]]:
    postgres, valkey = PostgresServer(engine_room / "fragile-postgres"), ValkeyServer(engine_room / "fragile-valkey")
    postgres.start()
    valkey.start()
    await upgrade_schema(postgres.dsn)
    yield postgres, valkey
    valkey.stop()
    postgres.stop()


@pytest.fixture
async def fragile(
    engines: tuple[PostgresServer, ValkeyServer], tmp_path: Path, http: aiohttp.ClientSession, spec: Spec
) -> AsyncIterator[Fragile]:
    postgres, valkey = engines
    settings = msgspec.structs.replace(api_settings(tmp_path), flush_lag_max_s=3_600.0)
    async with open_satchel(settings, postgres.dsn, valkey.url) as satchel, serving(satchel, postgres.dsn) as service:
        yield Fragile(Wire(http, service.url, TOKEN, spec), service, postgres, valkey)
    for server in engines:
        if server.pid is None:
            server.start()


@pytest.fixture
async def hero(fragile: Fragile) -> int:
    return await fragile.wire.make_character(next(_numbers))


async def test_ready_when_all_is_well(fragile: Fragile) -> None:
    answer = await fragile.ready()

    assert (answer.status, answer.json["ready"], answer.json["problems"]) == (200, True, [])


async def test_vault_away_makes_it_unready_but_actions_go_on(fragile: Fragile, hero: int) -> None:
    await fragile.wire.grant(hero, "iron_sword")
    fragile.postgres.kill()

    told = await fragile.becomes(503)
    acted = await fragile.wire.act(hero, "grant", definition="bread")
    read = await fragile.wire.send("GET", f"/inventory/{hero}/doll")

    assert told.json["problems"][0].startswith("vault_unavailable: ")
    assert (acted.status, read.status) == (200, 200)


async def test_vault_away_is_told_to_those_who_need_it(fragile: Fragile, hero: int) -> None:
    await fragile.wire.grant(hero, "iron_sword")
    cold = await fragile.wire.make_character(hero + 1)
    fragile.postgres.kill()

    answers = [
        await fragile.wire.act(cold, "sort", container="bag"),
        await fragile.wire.send("POST", f"/inventory/{cold}/session"),
        await fragile.wire.send("POST", f"/inventory/{hero}/flush"),
        await fragile.wire.send("DELETE", f"/inventory/{hero}/session"),
        await fragile.wire.send("GET", f"/inventory/{hero}/history"),
        await fragile.wire.act(hero, "grant", definition="bread", durability="durable"),
        await fragile.wire.send("PUT", f"/characters/{hero + 2}", {"owner": "tg:1", "name": "Cy"}),
    ]

    for answer in answers:
        error = ERRORS["vault_unavailable"]
        assert (answer.status, answer.code, answer.json["retryable"]) == (error.status, error.code, True)
        assert (answer.headers["Retry-After"], bool(answer.data["reason"])) == ("1", True)


async def test_durable_action_that_was_not_saved_can_be_tried_again_with_its_key(fragile: Fragile, hero: int) -> None:
    await fragile.wire.grant(hero, "iron_sword")
    fragile.postgres.kill()
    key = {"Idempotency-Key": "pay"}
    action = {"resource": "gold", "amount": 5, "durability": "durable", "headers": key}
    failed = await fragile.wire.act(hero, "adjust_wallet", **action)
    fragile.postgres.start()

    done = await eventually(
        lambda: fragile.wire.act(hero, "adjust_wallet", **action), lambda answer: answer.status == 200
    )

    assert failed.code == "vault_unavailable"
    assert (done.json["replayed"], done.json["wallet_changes"][0]["after"]) == (True, 5)
    assert (await fragile.service.satchel.vault.read_state(HolderId(hero))).wallet == {"gold": 5}


async def test_redis_away_is_told_to_everybody(fragile: Fragile, hero: int) -> None:
    await fragile.wire.grant(hero, "iron_sword")
    fragile.valkey.kill()

    told = await fragile.becomes(503)
    answers = [
        await fragile.wire.act(hero, "grant", definition="bread"),
        await fragile.wire.act(hero, "grant", definition="bread", dry_run=True),
        await fragile.wire.send("GET", f"/inventory/{hero}/doll"),
        await fragile.wire.send("POST", f"/inventory/{hero}/session"),
        await fragile.wire.send("POST", f"/inventory/{hero}/flush"),
    ]

    assert told.json["problems"][0].startswith("session_unavailable: ")
    for answer in answers:
        error = ERRORS["session_unavailable"]
        assert (answer.status, answer.code, answer.json["retryable"]) == (error.status, error.code, True)
        assert (answer.headers["Retry-After"], bool(answer.data["reason"])) == ("1", True)


async def test_redis_back_again_goes_on_with_every_action(fragile: Fragile, hero: int) -> None:
    sword = await fragile.wire.grant(hero, "iron_sword")
    fragile.valkey.kill()
    await fragile.becomes(503)
    fragile.valkey.start()

    await fragile.becomes(200)
    reply = await fragile.wire.done(hero, "equip", item_id=sword)

    assert (reply["version"], reply["epoch"]) == (2, 2)


async def test_both_away_are_both_named(fragile: Fragile) -> None:
    fragile.valkey.kill()
    fragile.postgres.kill()

    told = await fragile.becomes(503)
    alive = await fragile.wire.send("GET", "/livez", token=None)

    assert [problem.split(":")[0] for problem in told.json["problems"]] == ["session_unavailable", "vault_unavailable"]
    assert alive.status == 200


async def test_changes_that_wait_too_long_make_it_unready(fragile: Fragile, hero: int) -> None:
    fragile.service.readiness.flush_lag_max_s = 0.001
    await fragile.wire.grant(hero, "bread")

    told = await fragile.becomes(503)
    await fragile.wire.send("POST", f"/inventory/{hero}/flush")

    assert told.json["problems"][0].startswith("flush_lag: ")
    assert (told.json["dirty_sessions"], told.json["oldest_dirty_age_s"] > 0) == (1, True)
    assert (await fragile.ready()).status == 200


async def test_draining_process_is_unready_and_still_answers(fragile: Fragile, hero: int) -> None:
    fragile.service.readiness.draining = True

    told = await fragile.ready()

    assert (told.status, told.json["problems"][0].split(":")[0]) == (503, "shutting_down")
    assert (await fragile.wire.act(hero, "sort", container="bag")).status == 200
