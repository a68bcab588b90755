import msgspec

from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet, Drop, Operation, Use
from satchel.inventory.changes import CharacterChange
from satchel.inventory.character import Character
from satchel.inventory.reads.reply import ActionReply, dropped_by, reply_json
from satchel.inventory.record import Record, seal
from tests.builders import HERO, Bench

TRAP = ',"action_id":"'
"""What would end the shared part too early, if a text could hold it as it stands."""


def _record(bench: Bench, *operations: Operation, **fields: object) -> Record:
    proposal = bench.act(*operations)
    return Record(
        char_id=HolderId(1),
        version=7,
        epoch=2,
        changes=proposal.item_changes(),
        wallet_changes=proposal.wallet_changes(),
        stats=bench.session.stats,
        effects=tuple(proposal.effects),
        dropped=proposal.shelf_changes(),
        action_id="key",
        body="b",
        actor=f"service{TRAP}",
        at_ms=1_790_000_000_000,
        operations=("drop",),
        reason=TRAP,
        **fields,  # type: ignore[arg-type]
    )


def _both_ways(record: Record) -> tuple[ActionReply, ActionReply]:
    sealed = seal("0" * 32, record)
    dropped = dropped_by(record.dropped)
    cut = reply_json(sealed.json, sealed.h, dropped, replayed=True, durability="session")
    whole = ActionReply(
        char_id=record.char_id,
        version=record.version,
        epoch=record.epoch,
        h=sealed.h,
        changes=record.changes,
        wallet_changes=record.wallet_changes,
        stats=record.stats,
        replayed=True,
        durability="session",
        character=record.character,
        effects=record.effects,
        dropped=dropped,
    )
    return msgspec.json.decode(cut, type=ActionReply), whole


def test_reply_cut_out_of_a_record_is_the_reply_that_would_be_encoded() -> None:
    bench = Bench()
    potion = bench.has("healing_potion", 5)
    record = _record(bench, Use(item_id=potion), AdjustWallet(resource="gold", amount=5))

    cut, whole = _both_ways(record)

    assert cut == whole


def test_reply_is_cut_at_the_records_own_action_id_whatever_its_texts_hold() -> None:
    bench = Bench()
    blade = bench.has("iron_sword", properties={"action_id": 1})
    renamed = CharacterChange(HERO, Character(f"tg{TRAP}", TRAP, 1, {"action_id": TRAP, "class": "mage"}))
    record = _record(bench, Drop(item_id=blade), character=renamed)

    cut, whole = _both_ways(record)

    assert record.dropped
    assert cut == whole
