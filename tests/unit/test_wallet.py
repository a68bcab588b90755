import pytest

from satchel.errors import InsufficientFunds, MalformedAction, ResourceUnknown, WalletFull
from satchel.ids import INT_MAX
from satchel.inventory.actions import AdjustWallet
from satchel.inventory.changes import WalletChange
from satchel.inventory.reads.wallet import wallet_view
from tests.builders import Bench, changed_world, starter_world


def test_a_balance_can_be_added_to_and_taken_from() -> None:
    bench = Bench()

    bench.act(AdjustWallet(resource="gold", amount=10))
    bench.act(AdjustWallet(resource="gold", amount=-3))

    assert bench.session.wallet == {"gold": 7}


def test_an_empty_balance_is_not_kept() -> None:
    bench = Bench()
    bench.owns("gold", 10)

    proposal = bench.act(AdjustWallet(resource="gold", amount=-10))

    assert bench.session.wallet == {}
    assert proposal.wallet_changes() == (WalletChange("gold", 10, 0),)


def test_a_batch_sees_its_own_balance_and_reports_the_net_change() -> None:
    bench = Bench()

    proposal = bench.act(AdjustWallet(resource="gold", amount=10), AdjustWallet(resource="gold", amount=-4))

    assert proposal.wallet_changes() == (WalletChange("gold", 0, 6),)


def test_what_comes_and_goes_within_a_batch_is_no_change() -> None:
    bench = Bench()

    proposal = bench.act(AdjustWallet(resource="gold", amount=10), AdjustWallet(resource="gold", amount=-10))

    assert proposal.wallet_changes() == ()


@pytest.mark.parametrize("amount", [-6, -INT_MAX])
def test_a_balance_never_goes_below_zero(amount: int) -> None:
    bench = Bench()
    bench.owns("gold", 5)

    data = bench.refused(InsufficientFunds, AdjustWallet(resource="gold", amount=amount))

    assert data == {"resource": "gold", "required": -amount, "available": 5}


@pytest.mark.parametrize("amount", [6, INT_MAX])
def test_a_balance_never_goes_above_its_cap(amount: int) -> None:
    bench = Bench()
    bench.owns("lantern_mark", 9_995)

    data = bench.refused(WalletFull, AdjustWallet(resource="lantern_mark", amount=amount))

    assert data == {"resource": "lantern_mark", "required": amount, "available": 5}


def test_a_balance_can_reach_its_cap() -> None:
    bench = Bench()

    bench.act(AdjustWallet(resource="lantern_mark", amount=10_000))

    assert bench.session.wallet == {"lantern_mark": 10_000}


def test_a_balance_above_a_lowered_cap_can_be_spent_but_not_grow() -> None:
    resources = tuple(r for r in starter_world().rules.resources if r.id != "gold")
    bench = Bench(changed_world(resources=resources))
    bench.owns("lantern_mark", 12_000)

    data = bench.refused(WalletFull, AdjustWallet(resource="lantern_mark", amount=1))
    bench.act(AdjustWallet(resource="lantern_mark", amount=-1))

    assert data["available"] == 0
    assert bench.session.wallet == {"lantern_mark": 11_999}


def test_a_resource_that_does_not_exist_is_refused_and_the_others_are_named() -> None:
    data = Bench().refused(ResourceUnknown, AdjustWallet(resource="moonbeams", amount=1))

    assert data["resource"] == "moonbeams"
    assert "gold" in data["resources"]


def test_zero_is_no_amount() -> None:
    data = Bench().refused(MalformedAction, AdjustWallet(resource="gold", amount=0))

    assert "$.amount" in data["reason"]


def test_the_wallet_shows_every_resource_in_order_zero_included() -> None:
    bench = Bench()
    bench.owns("grain", 3)

    balances = wallet_view(bench.session).balances

    assert [entry.resource for entry in balances] == [resource.id for resource in bench.catalogue.rules.resources]
    assert [(e.group, e.amount, e.cap) for e in balances if e.amount] == [("resource", 3, 100_000)]
