"""An action is sent alone or in a batch; both mean the same."""

import json

from satchel.api.requests import RequestDecoder
from satchel.inventory.book import BUILT_IN

decode_request = RequestDecoder(BUILT_IN).decode


def test_action_alone_and_in_a_batch_of_one_are_the_same_request() -> None:
    fields = {"action": "grant", "definition": "iron_sword", "quantity": 2, "durability_left": 7}

    alone = decode_request(json.dumps({"char_id": 1, "durability": "durable", **fields}).encode())
    batch = decode_request(json.dumps({"char_id": 1, "durability": "durable", "operations": [fields]}).encode())

    assert alone == batch


def test_level_of_the_answer_is_not_taken_for_the_durability_of_an_item() -> None:
    request = decode_request(b'{"char_id":1,"action":"grant","definition":"iron_sword"}')

    assert request.durability == "session"
    assert getattr(request.operations[0], "durability_left", "absent") is None
