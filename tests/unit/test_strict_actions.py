"""What a caller sends is taken as it stands or not at all: nothing is coerced, nothing is ignored."""

import json
from typing import Any, Union

import msgspec
import pytest

from satchel.api.requests import RequestDecoder
from satchel.ids import INT_MAX
from satchel.inventory.book import BUILT_IN
from satchel.inventory.request import OPERATIONS_MAX
from tests.builders import item_id

REQUESTS = RequestDecoder(BUILT_IN)
ANY_ACTION: Any = Union[tuple(entry.action for entry in BUILT_IN.asked_for)]  # noqa: UP007 - made at run time

ITEM = item_id(1)
VALID: dict[str, dict[str, Any]] = {
    "equip": {"item_id": ITEM, "slot": "ring_1"},
    "unequip": {"item_id": ITEM, "container": "bag", "position": 0},
    "move": {"item_id": ITEM, "container": "bag", "position": 0},
    "drop": {"item_id": ITEM, "quantity": 1},
    "take_back": {"item_id": ITEM},
    "split": {"item_id": ITEM, "quantity": 1, "container": "bag", "position": 0},
    "merge": {"item_id": ITEM, "target_id": item_id(2), "quantity": 1},
    "use": {"item_id": ITEM},
    "bind_quick_slot": {"item_id": ITEM, "quick_slot": 1},
    "unbind_quick_slot": {"quick_slot": 1},
    "sort": {"container": "bag", "by": "name"},
    "lock": {"item_id": ITEM},
    "unlock": {"item_id": ITEM},
    "grant": {
        "definition": "bread",
        "quantity": 1,
        "container": "bag",
        "properties": {"luck": 1},
        "durability_left": 0,
        "partial": True,
    },
    "consume": {"definition": "bread", "item_id": ITEM, "quantity": 1},
    "adjust_wallet": {"resource": "gold", "amount": -1},
    "update_character": {"owner": "tg:1", "name": "Ann", "level": 0, "attributes": {"class": "mage", "luck": -1}},
}
FIELDS = [(action, field) for action, fields in VALID.items() for field in fields]
NUMBERS = [(action, field) for action, field in FIELDS if type(VALID[action][field]) is int]
TEXTS = [(action, field) for action, field in FIELDS if isinstance(VALID[action][field], str)]
AMOUNTS = [(action, field) for action, field in NUMBERS if field == "quantity"]


def _decode(action: str, **fields: Any) -> Any:
    return msgspec.json.decode(json.dumps({"action": action, **fields}).encode(), type=ANY_ACTION)


def _with(action: str, field: str, value: Any) -> dict[str, Any]:
    return {**VALID[action], field: value}


def test_every_action_is_listed_here() -> None:
    assert VALID.keys() == {entry.name for entry in BUILT_IN.asked_for}


@pytest.mark.parametrize("action", VALID)
def test_an_action_with_all_its_fields_is_taken(action: str) -> None:
    decoded = _decode(action, **VALID[action])

    assert {field: getattr(decoded, field) for field in VALID[action]} == VALID[action]


@pytest.mark.parametrize("action", VALID)
def test_an_unknown_field_is_refused(action: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `colour`"):
        _decode(action, **VALID[action], colour="red")


@pytest.mark.parametrize(("action", "field"), NUMBERS)
@pytest.mark.parametrize("wrong", [True, False, "1", 1.0, 1.5, [1], {}, 2**63, -(2**63), 10**30])
def test_a_number_is_a_whole_number_within_bounds(action: str, field: str, wrong: Any) -> None:
    with pytest.raises(msgspec.ValidationError, match=rf"\$\.{field}"):
        _decode(action, **_with(action, field, wrong))


@pytest.mark.parametrize(("action", "field"), TEXTS)
@pytest.mark.parametrize("wrong", [1, True, [], {}, "", "x" * 200])
def test_a_text_is_a_text_within_bounds(action: str, field: str, wrong: Any) -> None:
    with pytest.raises(msgspec.ValidationError, match=rf"\$\.{field}"):
        _decode(action, **_with(action, field, wrong))


@pytest.mark.parametrize(("action", "field"), AMOUNTS)
@pytest.mark.parametrize("wrong", [0, -1, INT_MAX + 1])
def test_a_quantity_is_positive_and_bounded(action: str, field: str, wrong: int) -> None:
    with pytest.raises(msgspec.ValidationError, match=rf"\$\.{field}"):
        _decode(action, **_with(action, field, wrong))


@pytest.mark.parametrize("wrong", [INT_MAX + 1, -INT_MAX - 1])
def test_an_amount_of_the_wallet_is_bounded_on_both_sides(wrong: int) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.amount"):
        _decode("adjust_wallet", resource="gold", amount=wrong)


@pytest.mark.parametrize(
    ("action", "field", "wrong"),
    [
        ("unequip", "position", -1),
        ("move", "position", 100_000),
        ("bind_quick_slot", "quick_slot", 0),
        ("bind_quick_slot", "quick_slot", 33),
        ("update_character", "level", -1),
        ("grant", "durability_left", -1),
        ("grant", "partial", 1),
        ("grant", "properties", {"luck": True}),
        ("grant", "properties", {"luck": 1.0}),
        ("grant", "properties", {"": 1}),
        ("grant", "properties", {f"p{number}": 1 for number in range(33)}),
        ("update_character", "attributes", {"luck": 1.5}),
        ("update_character", "attributes", {"luck": True}),
        ("update_character", "attributes", {"luck": None}),
        ("update_character", "attributes", {f"a{number}": 1 for number in range(65)}),
        ("sort", "by", "colour"),
        ("use", "item_id", f"{ITEM[:-1]}A"),
        ("use", "item_id", ITEM.replace("-", "")),
        ("use", "item_id", f"{ITEM}'; DROP"),
    ],
)
def test_what_is_out_of_bounds_is_refused(action: str, field: str, wrong: Any) -> None:
    with pytest.raises(msgspec.ValidationError, match=rf"\$\.{field}"):
        _decode(action, **_with(action, field, wrong))


@pytest.mark.parametrize("action", ["", "Equip", "restore", "delete_everything", 1, None])
def test_an_action_that_does_not_exist_is_refused(action: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        _decode(action, item_id=ITEM)


def test_an_action_that_is_not_named_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="action"):
        msgspec.json.decode(b'{"item_id": "x"}', type=ANY_ACTION)


@pytest.mark.parametrize("count", [0, OPERATIONS_MAX + 1])
def test_a_batch_holds_one_to_fifty_operations(count: int) -> None:
    body = {"char_id": 1, "operations": [{"action": "use", "item_id": ITEM}] * count}

    with pytest.raises(msgspec.ValidationError, match=r"\$\.operations"):
        msgspec.json.decode(json.dumps(body).encode(), type=REQUESTS.batch)


@pytest.mark.parametrize("char_id", [0, -1, True, "1", 1.0, 2**53, None])
def test_a_character_id_is_a_positive_whole_number(char_id: Any) -> None:
    body = {"char_id": char_id, "operations": [{"action": "use", "item_id": ITEM}]}

    with pytest.raises(msgspec.ValidationError, match=r"\$\.char_id"):
        msgspec.json.decode(json.dumps(body).encode(), type=REQUESTS.batch)


def test_what_changes_a_character_or_makes_value_is_for_services_only() -> None:
    tags = {entry.name for entry in BUILT_IN if entry.scope == "grant"}

    assert tags == {"grant", "consume", "adjust_wallet", "update_character"}
