"""A dry run tells the whole change, or every reason against it, and changes nothing."""

from satchel.inventory.actions import AdjustWallet, Drop, Equip, Grant, Move, Unequip, Use
from satchel.inventory.character import Character
from satchel.inventory.decision import explain
from tests.builders import Bench, intent, item_id, state


def test_a_dry_run_of_what_is_allowed_has_no_reasons() -> None:
    bench = Bench()
    sword = bench.has("iron_sword")

    assert bench.explain(Equip(item_id=sword)) == []


def test_a_dry_run_tells_the_change_and_the_figures_it_would_lead_to() -> None:
    bench = Bench()
    sword = bench.has("iron_sword")
    before = state(bench.session)

    proposal = explain(bench.session, intent((Equip(item_id=sword),), "a"), bench.book)
    changes, attack = proposal.item_changes(), bench.session.stats.modifiers["attack"]
    proposal.undo()

    assert [change.after.slot for change in changes if change.after] == ["main_hand"]
    assert attack == 8
    assert state(bench.session) == before


def test_every_reason_against_one_action_is_told() -> None:
    bench = Bench(character=Character("tg:1", "Bo", 1))
    bench.has("iron_sword", slot="main_hand")
    bench.has("oak_shield", slot="off_hand")
    bench.has("pine_log", 18)
    hammer = bench.has("bell_hammer", container="stash")
    bench.filled("stash")

    codes = [code for code, _ in bench.explain(Equip(item_id=hammer))]

    assert codes == ["requirements_not_met", "bag_full", "too_heavy"]


def test_a_locked_quest_item_cannot_be_dropped_for_two_reasons() -> None:
    bench = Bench()
    letter = bench.has("sealed_letter", container="quest", locked=True)

    reasons = bench.explain(Drop(item_id=letter))

    assert reasons == [
        ("item_locked", {"item_id": letter}),
        ("not_droppable", {"item_id": letter, "definition": "sealed_letter"}),
    ]


def test_the_same_reason_is_told_once() -> None:
    bench = Bench()
    letter, bread = bench.has("sealed_letter", container="quest"), bench.has("bread")

    reasons = bench.explain(Move(item_id=letter, container="bag", position=0))

    assert [(code, data["category"]) for code, data in reasons] == [("container_incompatible", "food")]
    assert bench.place(bread) == ("bag", 0)


def test_every_operation_of_a_batch_is_tried_and_names_its_reason() -> None:
    bench = Bench()
    ore = bench.has("iron_ore")
    operations = (
        Use(item_id=ore),
        Equip(item_id=item_id(99)),
        Grant(definition="bread", quantity=2),
        AdjustWallet(resource="gold", amount=-1),
    )

    proposal = explain(bench.session, intent(operations, "a"), bench.book)
    blocking = [(number, reason.code) for number, reason in proposal.blocking]
    proposal.undo()

    assert blocking == [(0, "not_usable"), (1, "item_not_found"), (3, "insufficient_funds")]


def test_too_heavy_and_too_full_are_both_told() -> None:
    bench = Bench()
    bench.filled(free=1)

    reasons = bench.explain(Grant(definition="pine_log", quantity=25))

    assert [code for code, _ in reasons] == ["too_heavy", "bag_full"]


def test_a_bag_that_carries_too_much_is_told_to_be_too_full_and_too_heavy() -> None:
    bench = Bench()
    pack = bench.has("hunter_pack", slot="back")
    bench.has("pine_log", 20)
    bench.has("wolf_hide", 4)
    bench.filled(free=2)

    reasons = dict(bench.explain(Unequip(item_id=pack, container="stash")))

    assert reasons["bag_full"] == {"container": "bag", "required": 36, "available": 24}
    assert reasons["too_heavy"] == {"required": 47_000, "available": 40_000}
