"""Session life, reads with entity tags, pages of bag and history, the catalogue, metrics."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from satchel.ids import HolderId
from tests.integration.api.conftest import Service
from tests.wire import Answer, Wire

READS = ("", "/doll", "/bag", "/wallet")


# -- session life ------------------------------------------------------------------------------------------------------


async def test_open_tells_the_head_of_the_session(wire: Wire, char: int) -> None:
    answer = await wire.send("POST", f"/inventory/{char}/session")

    assert (answer.status, answer.json["version"], answer.json["epoch"]) == (200, 0, 1)
    assert answer.json["character"]["owner"] == "tg:1"


async def test_open_again_finds_the_same_session(wire: Wire, char: int) -> None:
    first = await wire.send("POST", f"/inventory/{char}/session")
    second = await wire.send("POST", f"/inventory/{char}/session")

    assert second.json == first.json


async def test_close_saves_and_ends_the_session(wire: Wire, service: Service, char: int) -> None:
    await wire.grant(char, "iron_sword")

    closed = await wire.send("DELETE", f"/inventory/{char}/session")

    assert (closed.status, closed.body) == (204, b"")
    assert await service.satchel.sessions.peek(HolderId(char)) is None
    assert (await service.satchel.vault.read_state(HolderId(char))).head.version == 1


async def test_close_of_a_closed_session_is_done_already(wire: Wire, char: int) -> None:
    for _ in range(2):
        assert (await wire.send("DELETE", f"/inventory/{char}/session")).status == 204


async def test_session_opened_anew_goes_on_where_the_last_one_ended(wire: Wire, char: int) -> None:
    await wire.grant(char, "iron_sword")
    before = await wire.send("GET", f"/inventory/{char}")
    await wire.send("DELETE", f"/inventory/{char}/session")

    after = await wire.send("GET", f"/inventory/{char}")

    assert after.json == {**before.json, "epoch": before.json["epoch"] + 1}


async def test_flush_brings_the_vault_up_to_date(wire: Wire, service: Service, char: int) -> None:
    await wire.grant(char, "iron_sword")

    answer = await wire.send("POST", f"/inventory/{char}/flush")

    assert answer.json == {"char_id": char, "version": 1, "durability": "durable"}
    assert (await service.satchel.vault.read_state(HolderId(char))).head.version == 1


@pytest.mark.parametrize("path", ["", "/doll", "/bag", "/wallet", "/history", "/items/x", "/session", "/flush"])
async def test_nothing_is_known_of_a_character_that_was_never_made(path: str, wire: Wire) -> None:
    method = "POST" if path in ("/session", "/flush") else "GET"

    answer = await wire.send(method, f"/inventory/987654321{path}")

    assert (answer.status, answer.code, answer.data) == (404, "character_not_found", {"char_id": 987654321})


async def test_put_makes_a_character_once_and_changes_it_after(wire: Wire, char: int) -> None:
    body = {"owner": "tg:5", "name": "Bo", "level": 3, "attributes": {"class": "warden", "strength": 4}}
    made = await wire.send("PUT", f"/characters/{char + 6_000_000}", body)
    same = await wire.send("PUT", f"/characters/{char + 6_000_000}", body)
    changed = await wire.send("PUT", f"/characters/{char + 6_000_000}", {"owner": "tg:5", "name": "Bob"})

    assert (made.status, same.status, changed.status) == (201, 200, 200)
    assert [answer.json["created"] for answer in (made, same, changed)] == [True, False, False]
    seen = (await wire.send("GET", f"/inventory/{char + 6_000_000}")).json["character"]
    assert seen == {"owner": "tg:5", "name": "Bob"}


# -- entity tags -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", READS)
async def test_reader_who_has_the_present_state_is_told_so(path: str, wire: Wire, char: int) -> None:
    await wire.grant(char, "iron_sword")
    first = await wire.send("GET", f"/inventory/{char}{path}")

    again = await wire.send("GET", f"/inventory/{char}{path}", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status, again.body) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize("path", READS)
async def test_tag_changes_with_every_action(path: str, wire: Wire, char: int) -> None:
    first = await wire.send("GET", f"/inventory/{char}{path}")
    await wire.grant(char, "iron_sword")

    again = await wire.send("GET", f"/inventory/{char}{path}", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status == 200
    assert again.headers["ETag"] != first.headers["ETag"]


async def test_tag_of_a_read_fits_an_action(wire: Wire, char: int) -> None:
    tag = (await wire.send("GET", f"/inventory/{char}/doll")).headers["ETag"]

    assert (await wire.act(char, "sort", container="bag", headers={"If-Match": tag})).status == 200


# -- cards -------------------------------------------------------------------------------------------------------------


async def test_card_tells_what_may_be_done_and_compares_with_what_is_worn(wire: Wire, char: int) -> None:
    worn, better = await wire.grant(char, "iron_sword"), await wire.grant(char, "steel_sword")
    shield = await wire.grant(char, "oak_shield")
    await wire.done(char, operations=[{"action": "equip", "item_id": item} for item in (worn, shield)])

    card = (await wire.send("GET", f"/inventory/{char}/items/{better}?lang=ru")).json

    assert {"equip", "move", "drop", "lock"} <= set(card["actions"])
    assert (card["comparison"]["slot"], card["comparison"]["instead_of"]) == ("main_hand", [worn])
    assert card["comparison"]["modifiers"]["attack"] > 0
    assert card["name"] == "Стальной меч"


async def test_card_of_an_item_that_is_not_there_is_not_found(wire: Wire, char: int) -> None:
    answer = await wire.send("GET", f"/inventory/{char}/items/no-such-item")

    assert (answer.status, answer.code, answer.data) == (404, "item_not_found", {"item_id": "no-such-item"})


# -- wallet, history, catalogue, metrics -------------------------------------------------------------------------------


async def test_wallet_tells_every_balance(wire: Wire, service: Service, char: int) -> None:
    await wire.done(char, "adjust_wallet", resource="gold", amount=5)

    balances = (await wire.send("GET", f"/inventory/{char}/wallet")).json["balances"]

    assert [entry["resource"] for entry in balances] == list(service.satchel.catalogue.resources)
    assert {entry["resource"]: entry["amount"] for entry in balances if entry["amount"]} == {"gold": 5}


async def test_history_pages_show_every_save_once_newest_first(wire: Wire, char: int) -> None:
    for amount in range(1, 8):
        await wire.done(char, "adjust_wallet", resource="gold", amount=amount)
    seen: list[int] = []
    before: int | None = 2**53 - 1
    while before is not None:
        page = (await wire.send("GET", f"/inventory/{char}/history?limit=3&before={before}")).json
        seen += [entry["record"]["version"] for entry in page["entries"]]
        before = page["before"]

    assert seen == [7, 6, 5, 4, 3, 2, 1]


async def test_history_tells_who_did_what_with_before_and_after(wire: Wire, char: int) -> None:
    reply = await wire.done(char, "adjust_wallet", resource="gold", amount=5, headers={"Idempotency-Key": "k"})

    entry = (await wire.send("GET", f"/inventory/{char}/history")).json["entries"][0]

    record = entry["record"]
    assert (entry["h"], record["version"]) == (reply["h"], reply["version"])
    assert (record["actor"], record["action_id"], record["operations"]) == ("service", "k", ["adjust_wallet"])
    assert record["wallet_changes"] == [{"resource": "gold", "before": 0, "after": 5}]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "before=0", "before=x", f"before={2**53}", "after=1"])
async def test_history_query_that_means_nothing_is_refused(query: str, wire: Wire, char: int) -> None:
    answer = await wire.send("GET", f"/inventory/{char}/history?{query}")

    assert (answer.status, answer.code) == (400, "malformed_action")


async def test_catalogue_is_read_once(wire: Wire, service: Service) -> None:
    first = await wire.send("GET", "/catalogue")
    again = await wire.send("GET", "/catalogue", headers={"If-None-Match": first.headers["ETag"]})

    assert first.json["version"] == service.satchel.catalogue.version
    assert len(first.json["definitions"]) == len(service.satchel.catalogue.definitions)
    assert (again.status, again.body) == (304, b"")


async def _metric(wire: Wire, name: str, **labels: str) -> float:
    text = (await wire.send("GET", "/metrics")).body.decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return next((sample.value for sample in samples if sample.name == name and sample.labels == labels), 0.0)


@pytest.mark.parametrize(("amount", "outcome"), [(5, "saved"), (-5, "refused")])
async def test_metrics_count_actions_by_outcome(amount: int, outcome: str, wire: Wire, char: int) -> None:
    before = await _metric(wire, "satchel_actions_total", outcome=outcome)
    await wire.act(char, "adjust_wallet", resource="gold", amount=amount)

    assert await _metric(wire, "satchel_actions_total", outcome=outcome) == before + 1


async def test_metrics_tell_dirty_sessions_and_their_age(wire: Wire, char: int) -> None:
    await wire.grant(char, "bread")

    assert await _metric(wire, "satchel_dirty_sessions") >= 1
    assert await _metric(wire, "satchel_oldest_dirty_age_seconds") > 0


async def test_liveness_needs_no_token(wire: Wire) -> None:
    answer: Answer = await wire.send("GET", "/livez", token=None)

    assert (answer.status, answer.json) == (200, {"alive": True})


async def test_head_is_get_without_the_body(wire: Wire) -> None:
    answer = await wire.send("HEAD", "/livez", token=None)

    assert (answer.status, answer.body) == (200, b"")
