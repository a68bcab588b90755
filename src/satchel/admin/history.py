"""Who did what to an inventory: the ledger, and what of the session's journal it does not have yet."""

import msgspec

from satchel.ids import HolderId
from satchel.inventory.record import Record, open_record
from satchel.ports import Vault
from satchel.session import InventorySessionManager

__all__ = ["HistoryPage", "Save", "read_history"]

ROWS_AT_ONCE = 500


class Save(msgspec.Struct, frozen=True):
    """One save; `unsaved`: only the session has it."""

    h: str
    unsaved: bool
    record: Record


class HistoryPage(msgspec.Struct, frozen=True):
    """Saves, newest first; `before` leads to the next page, None at the end."""

    saves: tuple[Save, ...]
    before: int | None


async def read_history(
    sessions: InventorySessionManager,
    vault: Vault,
    char_id: HolderId,
    before: int,
    limit: int,
    item_id: str | None = None,
) -> HistoryPage:
    """Read a page.

    Args:
        sessions: For what is unsaved.
        vault: For the ledger.
        char_id: Whose.
        before: Only versions below this one.
        limit: Most saves.
        item_id: Only saves that touched this item.
    """
    newest = await vault.read_ledger(char_id, before, 1)
    flushed = newest[0].version if newest else 0
    saves = [save for save in await _unsaved(sessions, char_id, flushed) if save.record.version < before]
    saves = [save for save in saves if _touches(save.record, item_id)]
    below = before
    while len(saves) < limit:
        entries = await vault.read_ledger(char_id, below, min(ROWS_AT_ONCE, limit if item_id is None else ROWS_AT_ONCE))
        if not entries:
            break
        below = entries[-1].version
        records = ((entry.h, open_record(entry.record_json)) for entry in entries)
        saves += [Save(h, False, record) for h, record in records if _touches(record, item_id)]
    page = tuple(saves[:limit])
    more = page and page[-1].record.version > 1 and len(page) == limit
    return HistoryPage(page, page[-1].record.version if more else None)


async def _unsaved(sessions: InventorySessionManager, char_id: HolderId, flushed: int) -> list[Save]:
    found = await sessions.peek(char_id)
    journal = found.journal if found is not None else []
    return [Save(r.h, True, open_record(r.json)) for r in reversed(journal) if r.version > flushed]


def _touches(record: Record, item_id: str | None) -> bool:
    return item_id is None or any(change.item == item_id for change in record.changes)
