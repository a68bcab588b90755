"""Where an item has been, by the ledger rows that touched it."""

from collections.abc import Iterable

import msgspec

from satchel.admin.finding import Trace
from satchel.admin.replay import describe
from satchel.inventory.record import open_record
from satchel.ports import LedgerEntry

__all__ = ["trace"]


def trace(item_id: str, entries: Iterable[LedgerEntry]) -> tuple[tuple[Trace, ...], set[int]]:
    """Tell an item's lineage.

    Args:
        item_id: The item.
        entries: Every ledger row that names it, oldest first.

    Returns:
        What each row did to it; and the characters whose ledgers say that they have it.
    """
    traces: list[Trace] = []
    holders: set[int] = set()
    for entry in entries:
        try:
            record = open_record(entry.record_json)
        except msgspec.MsgspecError:
            continue
        for change in record.changes:
            if change.item != item_id:
                continue
            was = "nothing" if change.before is None else describe(change.before)
            is_ = "nothing" if change.after is None else describe(change.after)
            traces.append(
                Trace(
                    entry.char_id,
                    entry.version,
                    record.at_ms,
                    record.actor,
                    record.operations,
                    record.action_id,
                    f"{was} -> {is_}",
                )
            )
            (holders.discard if change.after is None else holders.add)(entry.char_id)
    return tuple(traces), holders
