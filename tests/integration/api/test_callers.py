"""Who may do what: tokens, scopes, players, and services that act for them."""

import time
from typing import Any

import jwt
import pytest

from satchel.access import SCOPES, Scope
from satchel.api import Gatekeeper
from satchel.errors import MalformedAction, Unauthenticated
from tests.integration.api.conftest import TOKEN
from tests.wire import Wire

NOBODY = "01990000-0000-7000-8000-00000000ffff"

ROUTES: dict[str, tuple[str, str, Any, Scope]] = {
    "act": ("POST", "/inventory/action", {"action": "sort", "container": "bag"}, "act"),
    "grant": ("POST", "/inventory/action", {"action": "grant", "definition": "bread"}, "grant"),
    "mixed batch": (
        "POST",
        "/inventory/action",
        {"operations": [{"action": "sort", "container": "bag"}, {"action": "grant", "definition": "bread"}]},
        "grant",
    ),
    "open": ("POST", "/inventory/{char}/session", None, "session"),
    "close": ("DELETE", "/inventory/{char}/session", None, "session"),
    "flush": ("POST", "/inventory/{char}/flush", None, "session"),
    "inventory": ("GET", "/inventory/{char}", None, "read"),
    "doll": ("GET", "/inventory/{char}/doll", None, "read"),
    "bag": ("GET", "/inventory/{char}/bag", None, "read"),
    "card": ("GET", f"/inventory/{{char}}/items/{NOBODY}", None, "read"),
    "wallet": ("GET", "/inventory/{char}/wallet", None, "read"),
    "history": ("GET", "/inventory/{char}/history", None, "read"),
    "catalogue": ("GET", "/catalogue", None, "read"),
    "metrics": ("GET", "/metrics", None, "read"),
    "find characters": ("GET", "/characters?owner=tg:1", None, "read"),
    "put character": ("PUT", "/characters/{char}", {"owner": "tg:1", "name": "Ann"}, "characters"),
}
OF_A_CHARACTER = [name for name, (_, path, _, scope) in ROUTES.items() if "{char}" in path and scope != "characters"]


async def _call(wire: Wire, name: str, char: int, **options: Any) -> tuple[int, str, Any]:
    method, path, body, _ = ROUTES[name]
    if path == "/inventory/action":
        body = {"char_id": char, **body}
    answer = await wire.send(method, path.format(char=char), body, **options)
    if answer.status < 400:
        return answer.status, "", None
    return answer.status, answer.code, answer.data


@pytest.mark.parametrize("name", ROUTES)
async def test_no_route_works_without_a_token(name: str, wire: Wire, char: int) -> None:
    status, code, _ = await _call(wire, name, char, token=None)

    assert (status, code) == (401, "unauthenticated")


@pytest.mark.parametrize("name", ROUTES)
async def test_every_route_asks_for_its_scope(name: str, wire: Wire, char: int, gatekeeper: Gatekeeper) -> None:
    scope = ROUTES[name][3]
    lacking = gatekeeper.make_token("shop", SCOPES - {scope})

    assert await _call(wire, name, char, token=lacking) == (403, "forbidden", {"scope": scope})


@pytest.mark.parametrize("name", sorted(set(ROUTES) - {"mixed batch", "card"}))
async def test_that_scope_is_enough(name: str, wire: Wire, char: int, gatekeeper: Gatekeeper) -> None:
    token = gatekeeper.make_token("shop", frozenset((ROUTES[name][3],)))

    status, _, _ = await _call(wire, name, char, token=token)

    assert status in (200, 204)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic dGVzdDp0ZXN0",
        "test-service-token",
        "Bearer test-service-token x",
        "Bearer test-service-toke",
        "Bearer a.b.c",
        "Bearer \u00ff\u00fe",
        "Bearer " + "x" * 4_000,
    ],
)
@pytest.mark.parametrize("path", ["/inventory/action", "/inventory/1/session"])
async def test_wrong_token_is_refused_alike_on_every_route(header: str, path: str, wire: Wire) -> None:
    answer = await wire.send("POST", path, {}, token=None, headers={"Authorization": header})

    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "test-service" not in answer.body.decode()


def _forged(claims: dict[str, Any], key: bytes | str = b"another key, of 32 bytes or so..", **options: Any) -> str:
    return jwt.encode({"sub": "evil", "scope": "read act grant", **claims}, key, **options)


@pytest.mark.parametrize(
    "token",
    [_forged({}), _forged({}, "", algorithm="none"), _forged({"exp": 9_999_999_999}, b"test-service-token" * 2)],
)
async def test_forged_token_is_refused(token: str, wire: Wire) -> None:
    answer = await wire.send("GET", "/catalogue", token=token)

    assert (answer.status, answer.data) == (401, {"reason": "the token is unknown"})


async def test_token_of_another_form_is_refused(wire: Wire, gatekeeper: Gatekeeper) -> None:
    token = jwt.encode({"sub": 7, "scope": ["read"]}, gatekeeper.signing_key, algorithm="HS256")

    assert (await wire.send("GET", "/catalogue", token=token)).status == 401


async def test_token_that_is_over_is_refused(wire: Wire) -> None:
    token = Gatekeeper(TOKEN, lambda: time.time() - 100).make_token("shop", SCOPES, ttl_s=50)

    answer = await wire.send("GET", "/catalogue", token=token)

    assert (answer.status, answer.data) == (401, {"reason": "the token has expired"})


def test_token_that_was_good_a_moment_ago_ends_with_its_time() -> None:
    moments = [1_000.0]
    gatekeeper = Gatekeeper(TOKEN, lambda: moments[-1])
    header = b"Bearer " + gatekeeper.make_token("shop", SCOPES, ttl_s=50).encode()

    for moment in (1_000.0, 1_049.9):
        moments.append(moment)
        assert gatekeeper.caller(header).actor == "shop"
    moments.append(1_050.0)
    for known in (gatekeeper, Gatekeeper(TOKEN, lambda: moments[-1])):
        with pytest.raises(Unauthenticated):
            known.caller(header)


@pytest.mark.parametrize("name", ["act", *OF_A_CHARACTER])
async def test_player_token_ends_at_the_players_own_characters(
    name: str, wire: Wire, char: int, other: int, gatekeeper: Gatekeeper
) -> None:
    token = gatekeeper.make_token("phone", SCOPES, player="tg:1")

    assert await _call(wire, name, other, token=token) == (403, "not_owner", {"char_id": other})
    assert (await _call(wire, name, char, token=token))[0] in (200, 204, 404)


@pytest.mark.parametrize("name", ["act", *OF_A_CHARACTER])
async def test_service_that_acts_for_a_player_ends_there_too(name: str, wire: Wire, char: int, other: int) -> None:
    assert await _call(wire, name, other, acting_for="tg:1") == (403, "not_owner", {"char_id": other})
    assert (await _call(wire, name, char, acting_for="tg:1"))[0] in (200, 204, 404)


@pytest.mark.parametrize("name", ["grant", "mixed batch", "put character", "metrics"])
async def test_players_get_no_more_rights_than_players_have(
    name: str, wire: Wire, char: int, gatekeeper: Gatekeeper
) -> None:
    token = gatekeeper.make_token("phone", SCOPES, player="tg:1")

    assert (await _call(wire, name, char, token=token))[:2] == (403, "forbidden")
    assert (await _call(wire, name, char, acting_for="tg:1"))[:2] == (403, "forbidden")


async def test_dry_run_gives_no_more_rights(wire: Wire, char: int, other: int) -> None:
    grant = await wire.act(char, "grant", definition="bread", dry_run=True, acting_for="tg:1")
    foreign = await wire.act(other, "sort", container="bag", dry_run=True, acting_for="tg:1")

    assert (grant.code, foreign.code) == ("forbidden", "not_owner")


async def test_player_token_cannot_act_for_another_player(wire: Wire, other: int, gatekeeper: Gatekeeper) -> None:
    token = gatekeeper.make_token("phone", SCOPES, player="tg:1")

    assert (await _call(wire, "act", other, token=token, acting_for="tg:2"))[:2] == (403, "forbidden")
    assert (await _call(wire, "doll", other, token=token, acting_for="tg:2"))[:2] == (403, "forbidden")


async def test_player_token_may_say_whom_it_acts_for(wire: Wire, char: int, gatekeeper: Gatekeeper) -> None:
    token = gatekeeper.make_token("phone", SCOPES, player="tg:1")

    assert (await _call(wire, "act", char, token=token, acting_for="tg:1"))[0] == 200


@pytest.mark.parametrize("owner", ["", " ", "x" * 129, "tg:1\u200b"])
async def test_owner_that_is_none_is_refused(owner: str, wire: Wire, char: int) -> None:
    headers = {"X-Satchel-Acting-For": owner}
    acted = await wire.act(char, "sort", container="bag", headers=headers)
    read = await wire.send("GET", f"/inventory/{char}/doll", headers=headers)

    assert (acted.status, acted.code) == (400, "malformed_action")
    assert (read.status, read.code) == (400, "malformed_action")


@pytest.mark.parametrize("header", [b"tg:1\x01", b"tg:1\x00", b"\xff\xfe"])
def test_owner_is_printable_utf_8(header: bytes, gatekeeper: Gatekeeper) -> None:
    with pytest.raises(MalformedAction):
        gatekeeper.caller(b"Bearer test-service-token", header)


async def test_owner_may_have_any_letters(wire: Wire, char: int) -> None:
    await wire.done(char, "update_character", owner="игрок:1")

    # A header carries bytes; ours are UTF-8.
    assert (await wire.act(char, "sort", container="bag", acting_for="игрок:1")).status == 200


async def test_ledger_names_who_acted_for_whom(wire: Wire, char: int, gatekeeper: Gatekeeper) -> None:
    shop = gatekeeper.make_token("shop", SCOPES)
    await wire.done(char, "sort", container="bag", token=shop, acting_for="tg:1")

    history = await wire.send("GET", f"/inventory/{char}/history")

    assert history.json["entries"][0]["record"]["actor"] == "shop for tg:1"


async def test_stored_answer_is_for_those_who_may_act(wire: Wire, char: int) -> None:
    key = {"Idempotency-Key": "guessable"}
    await wire.done(char, "sort", container="bag", acting_for="tg:1", headers=key)

    stranger = await wire.act(char, "sort", container="bag", acting_for="tg:2", headers=key)

    assert (stranger.status, stranger.code) == (403, "not_owner")


async def test_character_changes_hands_at_once(wire: Wire, char: int) -> None:
    await wire.done(char, "update_character", owner="tg:9")

    assert (await wire.act(char, "sort", container="bag", acting_for="tg:1")).code == "not_owner"
    assert (await wire.act(char, "sort", container="bag", acting_for="tg:9")).status == 200


async def test_a_player_cannot_use_up_the_name_of_a_services_action_without_a_key(wire: Wire, char: int) -> None:
    await wire.done(char, "adjust_wallet", resource="gold", amount=1)
    history = await wire.send("GET", f"/inventory/{char}/history?limit=1")
    name = history.json["entries"][0]["record"]["action_id"]

    for written in (name, name.encode().decode("latin-1")):
        answer = await wire.act(char, "sort", container="bag", headers={"Idempotency-Key": written})
        assert (answer.status, answer.code) == (400, "malformed_action")


BAD_NAMES = ["", " ", " a", "a\x00b", "caf\udce9", "a\x1b[2J", "x" * 129]


@pytest.mark.parametrize("name", BAD_NAMES)
async def test_a_token_whose_name_cannot_stand_in_the_ledger_is_refused(
    name: str, wire: Wire, char: int, gatekeeper: Gatekeeper
) -> None:
    with pytest.raises(MalformedAction):
        gatekeeper.make_token(name, SCOPES)
    with pytest.raises(MalformedAction):
        gatekeeper.make_token("ann", SCOPES, player=name)

    for claims in ({"sub": name, "scope": "act grant"}, {"sub": "ann", "scope": "act", "player": name}):
        token = jwt.encode(claims, gatekeeper.signing_key, algorithm="HS256")
        answer = await wire.act(char, "sort", container="bag", token=token)
        assert (answer.status, answer.code) == (401, "unauthenticated")
