"""What is not exactly an action is refused with 400, and nothing is coerced."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from satchel.api import body as body_module
from tests.integration.api.conftest import Service
from tests.wire import Answer, Wire

SWORD = "01990000-0000-7000-8000-000000000001"


async def _raw(wire: Wire, body: bytes, content_type: str = "application/json") -> Answer:
    return await wire.send("POST", "/inventory/action", body=body, headers={"Content-Type": content_type})


MALFORMED: dict[str, dict[str, Any]] = {
    "a boolean for a number": {"action": "adjust_wallet", "resource": "gold", "amount": True},
    "a number as a string": {"action": "adjust_wallet", "resource": "gold", "amount": "1"},
    "a float": {"action": "adjust_wallet", "resource": "gold", "amount": 1.5},
    "a whole float": {"action": "adjust_wallet", "resource": "gold", "amount": 1.0},
    "zero gold": {"action": "adjust_wallet", "resource": "gold", "amount": 0},
    "2^53 gold": {"action": "adjust_wallet", "resource": "gold", "amount": 2**53},
    "a huge number": {"action": "adjust_wallet", "resource": "gold", "amount": 10**400},
    "null for a number": {"action": "adjust_wallet", "resource": "gold", "amount": None},
    "an unknown field": {"action": "sort", "container": "bag", "colour": "red"},
    "an unknown option": {"action": "sort", "container": "bag", "dryrun": True},
    "an unknown action": {"action": "steal", "item_id": SWORD},
    "an action in capitals": {"action": "SORT", "container": "bag"},
    "an action that is no text": {"action": 7},
    "no action": {"container": "bag"},
    "a field of another action": {"action": "lock", "item_id": SWORD, "slot": "head"},
    "a missing field": {"action": "equip"},
    "a negative quantity": {"action": "drop", "item_id": SWORD, "quantity": -1},
    "no quantity at all": {"action": "drop", "item_id": SWORD, "quantity": 0},
    "a negative position": {"action": "move", "item_id": SWORD, "container": "bag", "position": -1},
    "false for a position": {"action": "move", "item_id": SWORD, "container": "bag", "position": False},
    "an item id in capitals": {"action": "lock", "item_id": SWORD[:-1].upper() + "A"},
    "an item id that is a number": {"action": "lock", "item_id": 1},
    "a list for text": {"action": "sort", "container": ["bag"]},
    "a text for a flag": {"action": "sort", "container": "bag", "dry_run": "yes"},
    "an unknown durability": {"action": "sort", "container": "bag", "durability": "forever"},
    "a boolean version": {"action": "sort", "container": "bag", "expected_version": True},
    "an empty name": {"action": "sort", "container": ""},
    "a very long name": {"action": "sort", "container": "x" * 49},
    "no operations": {"operations": []},
    "51 operations": {"operations": [{"action": "sort", "container": "bag"}] * 51},
    "operations beside an action": {"action": "sort", "container": "bag", "operations": []},
    "a character id in an operation": {"operations": [{"action": "sort", "container": "bag", "char_id": 1}]},
    "an operation that is none": {"operations": ["sort"]},
    "operations that are no list": {"operations": {"action": "sort", "container": "bag"}},
    "control characters in a name": {"action": "update_character", "name": "Ann\u0000"},
    "an escape sequence in a name": {"action": "update_character", "name": "\u001b[31mAnn"},
    "a line break in an attribute": {"action": "update_character", "attributes": {"class": "mage\n"}},
    "control characters in the name of an attribute": {"action": "update_character", "attributes": {"a\u0000": 1}},
    "control characters in a property": {"action": "grant", "definition": "bread", "properties": {"\u0000": 1}},
    "a property that is a text": {"action": "grant", "definition": "bread", "properties": {"luck": "1"}},
}


@pytest.mark.parametrize("what", MALFORMED)
async def test_malformed_action_is_refused_and_changes_nothing(what: str, wire: Wire, char: int) -> None:
    answer = await wire.send("POST", "/inventory/action", {"char_id": char, **MALFORMED[what]})

    assert (answer.status, answer.code) == (400, "malformed_action"), answer.body
    assert answer.data["reason"]
    assert (await wire.send("GET", f"/inventory/{char}")).json["version"] == 0


@pytest.mark.parametrize("char_id", [0, -1, 2**53, 10**30, 1.0, "1", True, None, [1], {}])
async def test_character_id_has_to_be_a_positive_number(char_id: Any, wire: Wire) -> None:
    answer = await wire.send("POST", "/inventory/action", {"char_id": char_id, "action": "sort", "container": "bag"})

    assert (answer.status, answer.code) == (400, "malformed_action")


NOT_JSON = {
    "nothing": b"",
    "blanks": b"   ",
    "half an object": b'{"char_id": 1, "action": "sort"',
    "two objects": b'{"char_id": 1}{"char_id": 1}',
    "NaN": b'{"char_id": 1, "action": "adjust_wallet", "resource": "gold", "amount": NaN}',
    "infinity": b'{"char_id": 1, "action": "adjust_wallet", "resource": "gold", "amount": Infinity}',
    "a leading zero": b'{"char_id": 01, "action": "sort", "container": "bag"}',
    "single quotes": b"{'char_id': 1}",
    "a comment": b'{"char_id": 1 /* me */, "action": "sort", "container": "bag"}',
    "a trailing comma": b'{"char_id": 1, "action": "sort", "container": "bag",}',
    "a byte order mark": b'\xef\xbb\xbf{"char_id": 1, "action": "sort", "container": "bag"}',
    "UTF-16": '{"char_id": 1, "action": "sort", "container": "bag"}'.encode("utf-16"),
    "bytes that are no UTF-8": b'{"char_id": 1, "action": "sort", "container": "b\xffg"}',
    "bytes that are no UTF-8 in a batch": b'{"char_id": 1, "operations": [{"action": "sort", "container": "\xff"}]}',
    "half a surrogate pair": b'{"char_id": 1, "action": "sort", "container": "\\ud800abcdefgh"}',
    "a list": b"[1, 2]",
    "a text": b'"sort"',
    "null": b"null",
    "deep lists": b"[" * 30_000,
    "deep lists in a field": b'{"char_id": 1, "action": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "deep objects": b'{"operations": ' * 3_000 + b"1" + b"}" * 3_000,
    "deep properties": b'{"char_id":1,"action":"grant","definition":"bread","properties":' + b'{"a":' * 5_000,
    "a form": b"char_id=1&action=sort&container=bag",
}


@pytest.mark.parametrize("what", NOT_JSON)
async def test_body_that_is_no_action_is_refused(what: str, wire: Wire) -> None:
    answer = await _raw(wire, NOT_JSON[what])

    assert (answer.status, answer.code) == (400, "malformed_action")


@pytest.mark.parametrize("what", [*NOT_JSON, "an unknown field", "no owner"])
async def test_character_bodies_are_as_strict(what: str, wire: Wire) -> None:
    bodies = {**NOT_JSON, "an unknown field": b'{"owner":"a","name":"b","gold":1}', "no owner": b'{"name":"b"}'}

    answer = await wire.send("PUT", "/characters/77", body=bodies[what])

    assert (answer.status, answer.code) == (400, "malformed_action")


async def test_of_a_field_that_is_there_twice_the_last_one_counts(wire: Wire, char: int) -> None:
    body = b'{"char_id":%d,"action":"adjust_wallet","resource":"gold","amount":5,"amount":7}' % char

    answer = await _raw(wire, body)

    assert answer.json["wallet_changes"] == [{"resource": "gold", "before": 0, "after": 7}]


async def test_property_may_be_called_operations(wire: Wire, char: int) -> None:
    reply = await wire.done(char, "grant", definition="iron_sword", properties={"operations": 3})

    assert reply["changes"][0]["after"]["properties"] == {"operations": 3}


async def test_reason_names_the_place_of_the_mistake(wire: Wire, char: int) -> None:
    operations = [{"action": "sort", "container": "bag"}, {"action": "drop", "item_id": SWORD, "quantity": True}]

    answer = await wire.act(char, operations=operations)

    assert answer.data["reason"].endswith("at `$.operations[1].quantity`")


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", "x"])
async def test_content_type_does_not_matter_because_the_body_is_always_json(
    content_type: str, wire: Wire, char: int
) -> None:
    body = json.dumps({"char_id": char, "action": "sort", "container": "bag"}).encode()

    assert (await _raw(wire, body, content_type)).status == 200


@pytest.mark.parametrize("path", ["/inventory/action", "/characters/78"])
@pytest.mark.parametrize("chunked", [False, True])
async def test_oversized_body_is_refused(path: str, chunked: bool, wire: Wire) -> None:
    async def chunks() -> Any:
        for _ in range(20):
            yield b" " * 5_000

    method = "POST" if path == "/inventory/action" else "PUT"

    answer = await wire.send(method, path, body=chunks() if chunked else b" " * 100_000)

    assert (answer.status, answer.code) == (413, "body_too_large")
    assert answer.data == {"limit_bytes": body_module.BODY_BYTES_MAX}


async def test_body_of_just_the_limit_is_read(wire: Wire, char: int) -> None:
    body = b'{"char_id":%d,"action":"sort","container":"bag"}' % char

    assert (await _raw(wire, body.ljust(body_module.BODY_BYTES_MAX))).status == 200


async def test_chunked_body_is_put_together(wire: Wire, char: int) -> None:
    async def chunks() -> Any:
        for part in (b'{"char_id":%d,' % char, b'"action":"sort",', b'"container":"bag"}'):
            yield part

    assert (await wire.send("POST", "/inventory/action", body=chunks())).status == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
async def test_action_takes_post_only(method: str, wire: Wire) -> None:
    answer = await wire.send(method, "/inventory/action")

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


async def test_other_routes_name_the_methods_they_take(wire: Wire) -> None:
    answer = await wire.send("PUT", "/inventory/1/session", {})

    assert (answer.status, answer.code, answer.data) == (405, "method_not_allowed", {"method": "PUT"})
    assert answer.headers["Allow"] == "DELETE, POST"


PATHS = (
    "/",
    "/inventory/",
    "/inventory/1/",
    "/inventory/1/doll/",
    "/inventory/action/",
    "/inventory//action",
    "/admin",
)


@pytest.mark.parametrize("path", PATHS)
async def test_unknown_path_is_a_problem_and_never_a_redirect(path: str, wire: Wire) -> None:
    answer = await wire.send("GET", path, headers={"Host": "evil.example"})

    assert (answer.status, answer.code) == (404, "route_not_found")
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    "char_id", ["0", "-1", "1.0", "one", "%00", "%EF%BC%91", "1e3", str(2**53), "9" * 17, "0" * 17 + "9" * 20]
)
async def test_path_with_an_impossible_character_id_is_not_found(char_id: str, wire: Wire) -> None:
    answer = await wire.send("GET", f"/inventory/{char_id}/doll")

    assert (answer.status, answer.code) == (404, "character_not_found")


async def test_body_that_does_not_come_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, wire: Wire, service: Service
) -> None:
    monkeypatch.setattr(body_module, "BODY_TIMEOUT_S", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    head = f"POST /inventory/action HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {wire.token}\r\n"
    writer.write(f"{head}Content-Length: 100\r\n\r\n".encode() + b'{"char_id":')

    status = await asyncio.wait_for(reader.readline(), 10)

    writer.close()
    assert b" 400 " in status


async def test_request_cut_off_in_mid_body_is_not_acted_on(wire: Wire, service: Service, char: int) -> None:
    body = b'{"char_id":%d,"action":"adjust_wallet","resource":"gold","amount":5}' % char
    _, writer = await asyncio.open_connection("127.0.0.1", service.port)
    head = f"POST /inventory/action HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {wire.token}\r\n"
    # The part that arrives is a whole action by itself.
    writer.write(f"{head}Content-Length: {len(body) + 10}\r\n\r\n".encode() + body)
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    # A further connection is accepted after the first one was read, so its answer comes after the cut.
    for _ in range(3):
        async with aiohttp.ClientSession() as fresh, fresh.get(f"{service.url}/livez") as alive:
            assert alive.status == 200

    assert (await wire.send("GET", f"/inventory/{char}")).json["wallet"] == {}
