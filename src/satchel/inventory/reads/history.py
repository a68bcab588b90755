"""What was done to an inventory."""

import msgspec

from satchel.inventory.record import Record

__all__ = ["HistoryEntry", "HistoryPage"]


class HistoryEntry(msgspec.Struct, frozen=True, gc=False):
    """One save, with the head of the chain after it."""

    h: str
    record: Record


class HistoryPage(msgspec.Struct, frozen=True, gc=False):
    """Saves, newest first; `before` leads to the next page."""

    char_id: int
    entries: tuple[HistoryEntry, ...]
    before: int | None = None
