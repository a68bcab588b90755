"""A game's own actions and vetoes, decided without a server."""

import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
from examples.own_action import InCombat, NothingToSalvage, Salvage, game

from satchel.errors import FactMissing, InvariantBroken, ItemLocked, Refusal
from satchel.game import Game
from satchel.hook import SLOW_MS
from satchel.inventory.actions import AdjustWallet, Drop, Equip, Lock, Operation, Use
from satchel.inventory.decision import explain, propose
from satchel.inventory.facts import Fact
from satchel.inventory.item import ItemId
from satchel.inventory.proposal import Proposal
from satchel.inventory.rules import stacks, wallet
from tests.builders import Bench, intent, state


class Vanish(Operation, frozen=True, kw_only=True):
    """Make an item vanish, whatever was declared."""

    item_id: str


class Mint(Operation, frozen=True, kw_only=True):
    """Make gold, whatever was declared."""

    amount: int


def _bench(own: Game = game, **facts: Fact) -> Bench:
    return Bench(book=own.book(), facts=facts)


def test_an_own_action_is_decided_by_its_rule() -> None:
    bench = _bench(in_combat=False)
    helm = bench.has("iron_helm")

    bench.act(Salvage(item_id=helm))

    assert bench.session.items == {}
    assert bench.session.wallet == {"cogwheel": 3}


def test_an_own_refusal_keeps_its_code_and_its_data() -> None:
    bench = _bench(in_combat=False)
    bread = bench.has("bread")

    assert bench.refused(NothingToSalvage, Salvage(item_id=bread)) == {"item_id": bread, "category": "food"}


def test_an_own_rule_can_use_the_rules_of_satchel() -> None:
    bench = _bench(in_combat=False)
    helm = bench.has("iron_helm", locked=True)

    assert bench.refused(ItemLocked, Salvage(item_id=helm)) == {"item_id": helm}


def test_a_veto_forbids_an_action_of_satchel() -> None:
    bench = _bench(in_combat=True)
    bread = bench.has("bread")

    assert bench.refused(InCombat, Drop(item_id=bread)) == {"item_id": bread}


def test_a_veto_says_nothing_about_other_actions() -> None:
    bench = _bench(in_combat=True)
    helm = bench.has("iron_helm")

    bench.act(Equip(item_id=helm))

    assert bench.worn("head") == "iron_helm"


def test_a_veto_sees_the_state_that_the_operations_before_it_led_to() -> None:
    own = Game("careful")

    @own.before(Drop)
    def only_unlocked(proposal: Proposal, action: Drop) -> None:
        if proposal.session.item(action.item_id).locked:
            raise InCombat(item_id=action.item_id)

    bench = _bench(own)
    bread = bench.has("bread")

    bench.refused(InCombat, Lock(item_id=bread), Drop(item_id=bread))


def test_a_missing_fact_is_a_refusal() -> None:
    bench = _bench()
    bread = bench.has("bread")

    assert bench.refused(FactMissing, Drop(item_id=bread)) == {"fact": "in_combat", "expected": "bool"}


@pytest.mark.parametrize("told", [1, 0, "true", ""])
def test_a_fact_of_another_type_is_a_refusal(told: Fact) -> None:
    bench = _bench(in_combat=told)

    bench.refused(FactMissing, Drop(item_id=bench.has("bread")))


def test_a_fact_with_a_default_need_not_be_told() -> None:
    own, seen = Game("lenient"), list[tuple[str, int]]()

    @own.before(Drop)
    def note(_proposal: Proposal, _action: Drop, zone: str = "town", level: int = 3) -> None:
        seen.append((zone, level))

    bench = _bench(own, zone="forest")
    bench.act(Drop(item_id=bench.has("bread")))

    assert seen == [("forest", 3)]


def test_a_dry_run_tells_what_the_veto_says_and_what_the_rule_says() -> None:
    bench = _bench(in_combat=True)
    bread = bench.has("bread", locked=True)

    assert [code for code, _ in bench.explain(Drop(item_id=bread))] == ["in_combat", "item_locked"]


@pytest.mark.parametrize("decide", [propose, explain])
def test_any_exception_of_a_veto_undoes_the_whole_batch(decide: Callable[..., Proposal]) -> None:
    own = Game("broken")

    @own.before(Drop)
    def break_down(_proposal: Proposal, _action: Drop) -> None:
        raise ZeroDivisionError

    bench = _bench(own)
    bread, helm = bench.has("bread"), bench.has("iron_helm")
    before = state(bench.session)
    wanted = intent((Equip(item_id=helm), Drop(item_id=bread)), "a")

    with pytest.raises(ZeroDivisionError):
        decide(bench.session, wanted, bench.book)
    assert state(bench.session) == before


def test_a_veto_that_changes_something_is_a_defect() -> None:
    own = Game("greedy")

    @own.before(Drop)
    def take_gold(proposal: Proposal, _action: Drop) -> None:
        wallet.adjust(proposal, "gold", 1)

    bench = _bench(own)
    bread = bench.has("bread")
    before = state(bench.session)

    with pytest.raises(InvariantBroken, match="veto"):
        bench.act(Drop(item_id=bread))
    assert state(bench.session) == before


def _vanish(proposal: Proposal, action: Vanish) -> None:
    item = proposal.session.item(action.item_id)
    stacks.take(proposal, item, item.quantity)


def _mint(proposal: Proposal, action: Mint) -> None:
    wallet.adjust(proposal, "gold", action.amount)


@pytest.mark.parametrize(("items", "fine"), [("keeps", False), ("adds", False), ("removes", True), ("any", True)])
def test_an_own_action_is_held_to_what_it_may_do_to_items(items: Any, fine: bool) -> None:
    own = Game("loose")
    own.action(items=items)(_vanish)
    bench = _bench(own)
    bread = bench.has("bread", 3)

    if fine:
        bench.act(Vanish(item_id=bread))
        assert bench.session.items == {}
        return
    with pytest.raises(InvariantBroken, match="vanish declares items"):
        bench.act(Vanish(item_id=bread))
    assert bench.quantities("bread") == [3]


@pytest.mark.parametrize(
    ("balances", "amount", "fine"),
    [
        ("keeps", 1, False),
        ("adds", 1, True),
        ("adds", -1, False),
        ("removes", -1, True),
        ("removes", 1, False),
        ("any", 1, True),
    ],
)
def test_an_own_action_is_held_to_what_it_may_do_to_balances(balances: Any, amount: int, fine: bool) -> None:
    own = Game("loose")
    own.action(balances=balances)(_mint)
    bench = _bench(own)
    bench.owns("gold", 5)

    if fine:
        bench.act(Mint(amount=amount))
        assert bench.session.wallet["gold"] == 5 + amount
        return
    with pytest.raises(InvariantBroken, match="mint declares balances"):
        bench.act(Mint(amount=amount))
    assert bench.session.wallet["gold"] == 5


def test_operations_of_satchel_in_the_same_batch_are_not_held_against_an_own_action() -> None:
    own = Game("loose")
    own.action(balances="adds")(_mint)
    bench = _bench(own)
    bread = bench.has("bread")

    bench.act(Drop(item_id=bread), Mint(amount=1), AdjustWallet(resource="gold", amount=-1))

    assert (bench.session.items, bench.session.wallet) == ({}, {})


def test_a_veto_before_every_action_is_asked_before_own_ones_too() -> None:
    own = Game("frozen")
    own.action(items="removes")(_vanish)

    @own.before(Operation)
    def never(_proposal: Proposal, _action: Operation) -> None:
        raise InCombat(item_id="")

    bench = _bench(own)
    bread = bench.has("bread")

    for operation in (Vanish(item_id=bread), Use(item_id=bread)):
        bench.refused(InCombat, operation)


def test_a_slow_veto_is_logged_by_name(caplog: pytest.LogCaptureFixture) -> None:
    own = Game("slow")

    @own.before(Drop)
    def think_long(_proposal: Proposal, _action: Drop) -> None:
        until = time.perf_counter() + 2 * SLOW_MS / 1000
        while time.perf_counter() < until:
            pass

    bench = _bench(own)
    with caplog.at_level(logging.WARNING, "satchel"):
        bench.act(Drop(item_id=bench.has("bread")))

    (logged,) = [record for record in caplog.records if record.getMessage() == "slow_hook"]
    fields: dict[str, Any] = vars(logged)["fields"]
    assert (fields["game"], fields["hook"].rpartition(".")[2]) == ("slow", "think_long")
    assert fields["ms"] > SLOW_MS


def test_an_item_of_somebody_else_is_not_found() -> None:
    bench = _bench(in_combat=False)

    with pytest.raises(Refusal):
        bench.act(Salvage(item_id=ItemId("01990000-0000-7000-8000-000000000001")))
