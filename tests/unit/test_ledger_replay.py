"""States that the rules could never have made are named."""

import pytest

from satchel.inventory.definitions import Catalogue
from satchel.inventory.model import Item
from satchel.operations.replay import LedgerReplay
from tests.builders import HERO, item_id

SWORD = Item(item_id(1), "iron_sword", 1, "bag", 0)
WORN = Item(item_id(3), "iron_sword", 1, slot="main_hand")


@pytest.mark.parametrize(
    ("items", "wallet", "text"),
    [
        ([SWORD, SWORD.but(id=item_id(2))], {}, "two items on one position"),
        ([WORN, WORN.but(id=item_id(4), definition="greatsword")], {}, "are both worn in main_hand"),
        ([SWORD.but(quantity=2)], {}, "has a quantity of 2"),
        ([SWORD.but(quantity=0)], {}, "has a quantity of 0"),
        ([], {"gold": -1}, "gold is -1"),
    ],
)
def test_state_that_cannot_be_is_named(
    catalogue: Catalogue, items: list[Item], wallet: dict[str, int], text: str
) -> None:
    findings = LedgerReplay(1, items=items, wallet=wallet).invariant_findings(catalogue, HERO)

    assert [str(finding.kind) for finding in findings] == ["broken_invariant"]
    assert text in findings[0].text


def test_sound_state_is_not_complained_about(catalogue: Catalogue) -> None:
    assert LedgerReplay(1, items=[SWORD, WORN], wallet={"gold": 1}).invariant_findings(catalogue, HERO) == []
