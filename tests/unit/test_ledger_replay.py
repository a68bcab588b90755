"""States that the rules could never have made are named."""

import msgspec
import pytest

from satchel.admin.replay import LedgerReplay
from satchel.ids import HolderId
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.item import Item
from tests.builders import HERO, item_id

SWORD = Item(item_id(1), "iron_sword", 1, "bag", 0)
WORN = Item(item_id(3), "iron_sword", 1, slot="main_hand")


@pytest.mark.parametrize(
    ("items", "wallet", "text"),
    [
        ([SWORD, msgspec.structs.replace(SWORD, id=item_id(2))], {}, "position"),
        ([WORN, msgspec.structs.replace(WORN, id=item_id(4))], {}, "slot_shared: slot main_hand"),
        ([SWORD.replace(quantity=2)], {}, "quantity_out_of_range"),
        ([SWORD.replace(quantity=0)], {}, "quantity_out_of_range"),
        ([], {"gold": -1}, "balance_out_of_range: resource gold, balance -1"),
    ],
)
def test_state_that_cannot_be_is_named(
    catalogue: Catalogue, items: list[Item], wallet: dict[str, int], text: str
) -> None:
    findings = LedgerReplay(HolderId(1), items=items, wallet=wallet).invariant_findings(catalogue, HERO)

    assert {str(finding.kind) for finding in findings} == {"broken_invariant"}
    assert any(text in finding.text for finding in findings)


def test_sound_state_is_not_complained_about(catalogue: Catalogue) -> None:
    assert LedgerReplay(HolderId(1), items=[SWORD, WORN], wallet={"gold": 1}).invariant_findings(catalogue, HERO) == []
