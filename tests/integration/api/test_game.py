"""A game's own actions, vetoes and facts over HTTP, in the same process, in the audit, and bound to their namespace."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from examples.own_action import InCombat, NothingToSalvage, Salvage, game

from satchel.access import SCOPES
from satchel.api import Gatekeeper
from satchel.api.openapi import openapi_document
from satchel.client import InventoryClient
from satchel.errors import FactMissing, Forbidden, MalformedAction, Refusal, StartRefused
from satchel.game import Game
from satchel.ids import HolderId
from satchel.inventory.actions import Drop, Grant
from satchel.inventory.book import BUILT_IN
from satchel.inventory.character import Character
from satchel.runtime.app import open_satchel
from satchel.session.guard import bind_game
from tests.integration.api.conftest import TOKEN, Service, api_settings, serving
from tests.openapi import Spec

ANN = Character("tg:1", "Ann", 20)
CHAR = 1


class Played:
    """An engine with the example's game, and the ways to it."""

    def __init__(self, service: Service, over_http: InventoryClient) -> None:
        self.service = service
        self.over_http = over_http
        self.in_process = service.satchel.client()

    async def give(self, definition: str, quantity: int = 1) -> str:
        return (await self.in_process.act(CHAR, Grant(definition=definition, quantity=quantity))).changes[0].item

    async def post(self, body: dict[str, Any], token: str = TOKEN) -> tuple[int, dict[str, Any]]:
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http,
            http.post(f"{self.service.url}/inventory/action", json=body) as answer,
        ):
            return answer.status, await answer.json()


@pytest.fixture
async def played(vault_dsn: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Played]:
    async with AsyncExitStack() as stack:
        satchel = await stack.enter_async_context(open_satchel(api_settings(tmp_path), vault_dsn, redis_url, game=game))
        service = await stack.enter_async_context(serving(satchel, vault_dsn))
        over_http = InventoryClient.over_http(service.url, TOKEN, refusals=game.refusals)
        await stack.enter_async_context(over_http)
        await over_http.put_character(CHAR, ANN)
        yield Played(service, over_http)


@pytest.mark.parametrize("way", ["over_http", "in_process"])
async def test_an_own_action_is_carried_out(played: Played, way: str) -> None:
    client: InventoryClient = getattr(played, way)
    helm = await played.give("iron_helm")

    tried = await client.act(CHAR, Salvage(item_id=helm), dry_run=True, facts={"in_combat": False})
    reply = await client.act(CHAR, Salvage(item_id=helm), facts={"in_combat": False})

    assert (tried.wallet_changes, tried.blocking) == (reply.wallet_changes, ())
    assert [change.op for change in reply.changes] == ["remove"]
    assert (await client.get_inventory(CHAR)).wallet == {"cogwheel": 3}


@pytest.mark.parametrize("way", ["over_http", "in_process"])
async def test_own_refusals_keep_class_code_and_data(played: Played, way: str) -> None:
    client: InventoryClient = getattr(played, way)
    bread = await played.give("bread")

    with pytest.raises(NothingToSalvage) as caught:
        await client.act(CHAR, Salvage(item_id=bread), facts={"in_combat": False})
    assert caught.value.data == {"item_id": bread, "category": "food"}
    with pytest.raises(InCombat):
        await client.act(CHAR, Drop(item_id=bread), facts={"in_combat": True})
    with pytest.raises(FactMissing) as missing:
        await client.act(CHAR, Drop(item_id=bread))
    assert missing.value.data == {"fact": "in_combat", "expected": "bool"}


async def test_a_client_that_does_not_know_the_game_gets_a_refusal_with_its_code(played: Played) -> None:
    bread = await played.give("bread")

    async with InventoryClient.over_http(played.service.url, TOKEN) as stranger:
        with pytest.raises(Refusal) as caught:
            await stranger.act(CHAR, Drop(item_id=bread), facts={"in_combat": True})

    assert (caught.value.code, caught.value.data) == ("in_combat", {"item_id": bread})


async def test_a_veto_is_a_problem_document_and_dry_runs_tell_it(played: Played) -> None:
    bread = await played.give("bread")
    body = {"char_id": CHAR, "action": "drop", "item_id": bread, "facts": {"in_combat": True}}

    status, problem = await played.post(body)
    dry_status, reply = await played.post({**body, "dry_run": True})

    assert (status, problem["code"], problem["title"]) == (422, "in_combat", "Not in the middle of a fight.")
    assert (dry_status, [reason["code"] for reason in reply["blocking"]]) == (200, ["in_combat"])


async def test_facts_are_for_services_also_when_they_act_for_a_player(played: Played) -> None:
    bread = await played.give("bread", 2)
    body = {"char_id": CHAR, "action": "drop", "item_id": bread, "quantity": 1, "facts": {"in_combat": False}}
    player = Gatekeeper(TOKEN).make_token("ann", SCOPES, player="tg:1")

    status, problem = await played.post(body, player)
    acting = await played.over_http.acting_for("tg:1").act(
        CHAR, Drop(item_id=bread, quantity=1), facts={"in_combat": False}
    )

    assert (status, problem["code"]) == (403, "forbidden")
    assert acting.changes[0].op == "update"


async def test_facts_stand_in_the_record_and_not_in_the_digest_of_the_body(played: Played) -> None:
    bread = await played.give("bread", 3)
    drop = Drop(item_id=bread, quantity=1)

    first = await played.over_http.act(CHAR, drop, key="one", facts={"in_combat": False})
    again = await played.over_http.act(CHAR, drop, key="one", facts={"in_combat": True})
    history = await played.over_http.get_history(CHAR, limit=1)

    assert (again.replayed, again.version) == (True, first.version)
    assert history.entries[0].record.facts == {"in_combat": False}


@pytest.mark.parametrize(
    "facts",
    [
        {"In Combat": True},
        {"in_combat": 0.5},
        {"in_combat": None},
        {"in_combat": ["yes"]},
        {"zone": "x" * 65},
        {"zone": "a\x00b"},
        {"level": 2**53},
        {f"fact_{number}": True for number in range(33)},
    ],
)
async def test_facts_are_strict(played: Played, facts: dict[str, Any]) -> None:
    bread = await played.give("bread")

    status, problem = await played.post({"char_id": CHAR, "action": "drop", "item_id": bread, "facts": facts})

    assert (status, problem["code"]) == (400, "malformed_action")
    with pytest.raises(MalformedAction):
        await played.in_process.act(CHAR, Drop(item_id=bread), facts=facts)


async def test_kept_facts_serve_front_ends_that_know_nothing_of_the_game(played: Played) -> None:
    bread = await played.give("bread", 3)
    player = played.over_http.acting_for("tg:1")

    await played.over_http.keep_facts(CHAR, {"in_combat": False}, for_s=60)
    await player.act(CHAR, Drop(item_id=bread, quantity=1))
    with pytest.raises(InCombat):
        await played.over_http.act(CHAR, Drop(item_id=bread, quantity=1), facts={"in_combat": True})
    await played.over_http.keep_facts(CHAR, {"in_combat": True})
    with pytest.raises(InCombat):
        await player.act(CHAR, Drop(item_id=bread, quantity=1))
    await played.over_http.keep_facts(CHAR, {})
    with pytest.raises(FactMissing):
        await player.act(CHAR, Drop(item_id=bread, quantity=1))


async def test_kept_facts_change_no_version_and_run_out_by_the_servers_clock(played: Played) -> None:
    version = (await played.over_http.get_inventory(CHAR)).version
    satchel = played.service.satchel
    key = satchel.sessions.keys.facts(HolderId(CHAR))

    await played.over_http.keep_facts(CHAR, {"in_combat": False}, for_s=60)

    assert (await played.over_http.get_inventory(CHAR)).version == version
    assert 0 < await satchel.redis.execute("PTTL", key) <= 60_000


async def test_players_keep_no_facts(played: Played) -> None:
    player = Gatekeeper(TOKEN).make_token("ann", SCOPES, player="tg:1")

    async with InventoryClient.over_http(played.service.url, player) as client:
        with pytest.raises(Forbidden):
            await client.keep_facts(CHAR, {"in_combat": False})


def test_openapi_has_the_own_action_and_is_as_strict() -> None:
    spec = Spec(openapi_document(game.book()))

    described = spec.document["components"]["schemas"]["SalvageAlone"]
    assert described["description"].startswith("Take a piece of armour apart")
    assert described["additionalProperties"] is False
    assert {"$ref": "#/components/schemas/SalvageAlone"} in spec.document["paths"]["/inventory/action"]["post"][
        "requestBody"
    ]["content"]["application/json"]["schema"]["oneOf"]
    assert "`in_combat` | 422" in spec.document["info"]["description"]
    assert "SalvageAlone" not in openapi_document(BUILT_IN)["components"]["schemas"]


async def test_the_page_of_the_api_tells_the_own_action_and_refusal(played: Played) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{played.service.url}/docs") as answer:
        page = await answer.text()

    assert "SalvageAlone" in page
    assert "in_combat" in page


async def test_an_engine_without_the_game_does_not_know_the_action(service: Service) -> None:
    await service.satchel.client().put_character(77, ANN)
    body: dict[str, Any] = {"char_id": 77, "action": "salvage", "item_id": "01990000-0000-7000-8000-000000000001"}

    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as http:
        answer = await http.post(f"{service.url}/inventory/action", json=body)
        assert (answer.status, (await answer.json())["code"]) == (400, "malformed_action")
    with pytest.raises(MalformedAction, match="salvage"):
        await service.satchel.client().act(77, Salvage(item_id=body["item_id"]))


def _named(name: str, *, veto: bool = False) -> Game:
    made = Game(name)
    if veto:

        @made.before(Drop)
        def nothing(_proposal: object, _action: Drop) -> None:
            """Forbid nothing."""

    return made


async def test_a_process_without_the_game_or_with_another_one_does_not_start(
    vault_dsn: str, redis_url: str, tmp_path: Path
) -> None:
    settings = api_settings(tmp_path)

    async with open_satchel(settings, vault_dsn, redis_url, game=_named("dragons")):
        pass
    for other, said in ((None, "--game"), (_named("spaceships"), "spaceships"), (_named("dragons", veto=True), "bind")):
        with pytest.raises(StartRefused, match=said):
            async with open_satchel(settings, vault_dsn, redis_url, game=other):
                pass
    async with open_satchel(settings, vault_dsn, redis_url, game=_named("dragons")) as satchel:
        await bind_game(satchel.redis, satchel.sessions.keys, _named("dragons", veto=True).identity)
    async with open_satchel(settings, vault_dsn, redis_url, game=_named("dragons", veto=True)) as satchel:
        await bind_game(satchel.redis, satchel.sessions.keys, None)
    async with open_satchel(settings, vault_dsn, redis_url):
        pass
