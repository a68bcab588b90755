"""The checker accepts sound histories, and rejects each planted fault by its name."""

import random
from collections.abc import Callable

import msgspec
import pytest
from proof.checker.history import Verdict
from proof.checker.story import Story
from proof.checker.worlds import doubled_items

from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet, Drop, Equip, Grant, Lock, Move, Split, Unequip
from satchel.inventory.changes import ItemChange, WalletChange
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.record import Record
from tests.builders import item_id

replace = msgspec.structs.replace


@pytest.fixture
def story(catalogue: Catalogue) -> Story:
    """Six saves, one refusal, two reads."""
    story = Story(catalogue)
    story.act(Grant(definition="iron_ore", quantity=10), AdjustWallet(resource="gold", amount=50))
    story.act(Grant(definition="iron_sword"))
    sword = next(item for item in story.session.items.values() if item.definition == "iron_sword")
    ore = next(item for item in story.session.items.values() if item.definition == "iron_ore")
    story.read()
    story.act(Equip(item_id=sword.id))
    story.act(AdjustWallet(resource="gold", amount=-60))
    story.act(Split(item_id=ore.id, quantity=4))
    story.act(AdjustWallet(resource="gold", amount=-20))
    story.act(Drop(item_id=ore.id, quantity=1))
    story.read()
    return story


def kinds(verdict: Verdict) -> set[str]:
    return {str(problem.kind) for problem in verdict.problems}


def test_sound_history_is_accepted(story: Story) -> None:
    verdict = story.check()

    assert verdict.problems == []
    assert (verdict.actions, verdict.refusals, verdict.reads, verdict.unknown) == (6, 1, 2, 0)


def test_long_sound_history_of_random_actions_is_accepted(catalogue: Catalogue) -> None:
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    story = Story(catalogue)
    for _ in range(400):
        items = list(story.session.items.values())
        item = dice.choice(items) if items else None
        if item is None or dice.random() < 0.3:
            story.act(Grant(definition=dice.choice(list(catalogue.definitions)), quantity=1))
        else:
            unequip, drop, lock = Unequip(item_id=item.id), Drop(item_id=item.id), Lock(item_id=item.id)
            move = Move(item_id=item.id, container="bag", position=dice.randrange(30))
            money = AdjustWallet(resource="gold", amount=dice.choice((-50, -7, 9, 60)))
            story.act(dice.choice((Equip(item_id=item.id), unequip, drop, lock, move, money)))
        if dice.random() < 0.1:
            story.read()

    verdict = story.check()

    assert verdict.problems == [], f"seed {seed}"


def test_history_may_be_checked_stretch_by_stretch(story: Story) -> None:
    story.check()
    story.ledger.clear()
    story.attempts.clear()
    story.act(AdjustWallet(resource="gold", amount=5), key="later")
    again = story.track.check(story.ledger, story.attempts)

    assert again.problems == []
    assert again.actions == 1


def test_unknown_outcome_may_have_happened_once(story: Story) -> None:
    story.attempts[1] = replace(story.attempts[1], outcome="unknown", reply=None)

    assert story.check().problems == []


def test_unknown_outcome_may_not_have_happened(story: Story) -> None:
    lost = replace(story.attempts[0], key="never", outcome="unknown", reply=None)
    story.attempts.append(lost)

    assert story.check().problems == []


def test_lost_action_is_found(story: Story) -> None:
    story.ledger.pop()
    story.attempts.pop()  # the read of what is lost

    assert "lost_action" in kinds(story.check())


def test_lost_action_is_counted_apart_where_a_fault_may_lose_it(story: Story) -> None:
    story.ledger.pop()
    story.attempts.pop()
    verdict = story.check(may_lose=True)

    assert len(verdict.lost) == 1
    assert "lost_action" not in kinds(verdict)


def test_durable_action_may_never_be_lost(story: Story) -> None:
    story.ledger.pop()
    story.attempts.pop()
    story.attempts[-1] = replace(story.attempts[-1], durable=True)

    assert "lost_action" in kinds(story.check(may_lose=True))


def test_doubled_item_is_found(story: Story) -> None:
    def double(record: Record) -> Record:
        change = record.changes[0]
        assert change.after is not None
        copy = msgspec.structs.replace(change.after, id=item_id(99), position=9)
        return replace(record, changes=(*record.changes, ItemChange("add", copy.id, None, copy)))

    story.retell(2, double)

    assert kinds(story.check()) >= {"not_conserved", "wrong_result"}


def test_item_from_nowhere_is_found(story: Story) -> None:
    def split_keeps_all(record: Record) -> Record:
        source = record.changes[0]
        return replace(record, changes=(replace(source, after=source.before), *record.changes[1:]))

    story.retell(4, split_keeps_all)

    assert "not_conserved" in kinds(story.check())


def test_reordered_pair_is_found(story: Story) -> None:
    first, second = story.attempts[0], story.attempts[1]
    story.attempts[0] = replace(first, invoked_ns=second.answered_ns + 1, answered_ns=second.answered_ns + 2)

    assert "reordered" in kinds(story.check())


def test_stale_read_is_found(story: Story) -> None:
    old, late = story.attempts[2], story.attempts[-1]
    story.attempts.append(replace(old, invoked_ns=late.answered_ns + 1, answered_ns=late.answered_ns + 2))

    assert kinds(story.check()) == {"stale_read"}


def test_read_of_a_state_that_nobody_asked_for_yet_is_found(story: Story) -> None:
    late = story.attempts[-1]
    story.attempts[-1] = replace(late, invoked_ns=1, answered_ns=2)

    assert kinds(story.check()) == {"future_read"}


def test_read_that_shows_something_else_is_found(story: Story) -> None:
    read = story.attempts[-1]
    assert read.view is not None
    story.attempts[-1] = replace(read, view=replace(read.view, wallet={"gold": 31}))

    assert kinds(story.check()) == {"wrong_view"}


def test_wrong_balance_in_the_answer_is_found(story: Story) -> None:
    last = story.attempts[0]
    assert last.reply is not None
    story.attempts[0] = replace(last, reply=replace(last.reply, wallet_changes=(WalletChange("gold", 0, 51),)))

    assert kinds(story.check()) == {"wrong_answer"}


def test_wrong_balance_in_the_ledger_is_found(story: Story) -> None:
    story.retell(1, lambda record: replace(record, wallet_changes=(WalletChange("gold", 0, 500),)))

    assert kinds(story.check()) >= {"not_conserved", "wrong_result", "starts_elsewhere"}


def test_wrong_balance_in_the_final_state_is_found(story: Story) -> None:
    story.session.apply(WalletChange("gold", 30, 31))

    assert kinds(story.check()) == {"wrong_balance"}


def test_double_execution_of_one_key_is_found(story: Story) -> None:
    story.act(AdjustWallet(resource="gold", amount=1), key="twice")
    story.act(AdjustWallet(resource="gold", amount=1), key="twice")

    assert "double_execution" in kinds(story.check())


def test_gap_is_found(story: Story) -> None:
    del story.ledger[3]

    assert "gap" in kinds(story.check())


def test_forged_h_is_found(story: Story) -> None:
    story.ledger[3] = replace(story.ledger[3], h="f" * 32)

    assert kinds(story.check()) >= {"broken_link", "lost_action"}


def test_answer_with_a_forged_h_is_found(story: Story) -> None:
    first = story.attempts[0]
    assert first.reply is not None
    story.attempts[0] = replace(first, reply=replace(first.reply, h="f" * 32))

    assert kinds(story.check()) == {"lost_action"}


def test_action_that_nobody_asked_for_is_found(story: Story) -> None:
    del story.attempts[0]

    assert kinds(story.check()) == {"invented_action"}


def test_refusal_that_no_state_justifies_is_found(story: Story) -> None:
    story.attempts.append(replace(story.attempts[4], key="again", invoked_ns=1, answered_ns=2, code="bag_full"))

    assert kinds(story.check()) == {"false_refusal"}


def test_refusal_decided_on_a_stale_copy_is_found(story: Story) -> None:
    refused = next(attempt for attempt in story.attempts if attempt.outcome == "refused")
    story.act(AdjustWallet(resource="gold", amount=100))
    late = story.attempts[-1].answered_ns
    story.attempts.append(replace(refused, key="stale", invoked_ns=late + 1, answered_ns=late + 2))

    assert kinds(story.check()) == {"false_refusal"}


def test_refused_action_that_was_done_is_found(story: Story) -> None:
    story.attempts[0] = replace(story.attempts[0], outcome="refused", code="wallet_full", reply=None)

    assert kinds(story.check()) >= {"refused_but_done"}


def test_two_first_answers_to_one_key_are_found(story: Story) -> None:
    story.attempts.append(story.attempts[0])

    assert kinds(story.check()) == {"wrong_answer"}


def test_item_with_two_characters_is_found(catalogue: Catalogue) -> None:
    stories = Story(catalogue, HolderId(1)), Story(catalogue, HolderId(2))
    for story in stories:
        story.act(Grant(definition="iron_sword"), key="the same")
    stories[1].retell(1, _with_item_of(stories[0]))
    for story in stories:
        story.check()

    assert [problem.kind for problem in doubled_items(story.track for story in stories)] == ["item_in_two_places"]


def _with_item_of(other: Story) -> Callable[[Record], Record]:
    (item,) = other.session.items.values()

    def change(record: Record) -> Record:
        return replace(record, changes=(ItemChange("add", item.id, None, item),))

    return change
