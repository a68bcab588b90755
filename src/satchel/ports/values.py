"""The plain values that cross the ports."""

from enum import StrEnum

import msgspec

from satchel.ids import HolderId
from satchel.inventory.character import Character
from satchel.inventory.head import Head
from satchel.inventory.item import Item
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.record import Record, SealedRecord

__all__ = [
    "ActionMark",
    "BacklogFigures",
    "Conflict",
    "Detached",
    "JournalFull",
    "LedgerEntry",
    "PushOutcome",
    "PushStatus",
    "Reindexed",
    "Replayed",
    "SaveOutcome",
    "Saved",
    "ScanPlace",
    "Settlement",
    "Snapshot",
    "StrandedFork",
    "Unsure",
    "VaultState",
]


class ActionMark(msgspec.Struct, frozen=True, gc=False):
    """An action id that was used, and the version that it made."""

    action_id: str
    version: int


class VaultState(msgspec.Struct, frozen=True, gc=False):
    """Everything that the vault holds of one character, read in one transaction.

    `recent` are the newest ledger rows, oldest first, whose answers a retry may ask for. `marks` are the newest action
    ids, oldest first; they reach further back. `quarantine` is the reason why actions are refused, if they are.
    """

    char_id: HolderId
    head: Head
    character: Character
    items: tuple[Item, ...]
    wallet: dict[str, int]
    recent: tuple[SealedRecord, ...] = ()
    marks: tuple[ActionMark, ...] = ()
    quarantine: str | None = None


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """The records of a session that the vault may lack.

    (`base_version`, `base_h`) is the pair that the session believes the vault to hold. `records` are all records after
    it, oldest first and without a gap. The last one's version and `h` are those of the session's head.
    """

    char_id: HolderId
    epoch: int
    base_version: int
    base_h: str
    records: tuple[SealedRecord, ...]

    @property
    def head(self) -> Head:
        """The session's head."""
        if not self.records:
            return Head(self.epoch, self.base_version, self.base_h)
        return Head(self.epoch, self.records[-1].version, self.records[-1].h)

    def after(self, held: Head) -> tuple[SealedRecord, ...] | None:
        """Find the records after a head; None if the head is not in this chain."""
        pair = (held.version, held.h)
        chain = [(self.base_version, self.base_h), *((record.version, record.h) for record in self.records)]
        return self.records[chain.index(pair) :] if pair in chain else None


class PushStatus(StrEnum):
    """How the vault took a snapshot."""

    PUSHED = "pushed"  # the vault now holds the snapshot's head
    DONE = "done"  # the vault held it already
    FENCED = "fenced"  # the vault knows a newer epoch: the session was attached anew since
    UNKNOWN_BASE = "unknown_base"  # the vault's head is not in the snapshot: an attach has to decide
    NEWER = "newer"  # the vault holds a later version of the same attach: others have pushed the snapshot already
    MISSING = "missing"  # the vault has no such character


class Settlement(StrEnum):
    """What became of a session when it was told what the vault holds."""

    CLEAN = "clean"
    STILL_DIRTY = "still_dirty"  # it has changed since
    GONE = "gone"
    SUPERSEDED = "superseded"  # it was attached anew since
    OTHER_HISTORY = "other_history"  # it has another history at that version, or has not come so far


class PushOutcome(msgspec.Struct, frozen=True, gc=False):
    """How the vault took one snapshot, and the head that it holds afterwards."""

    char_id: HolderId
    status: PushStatus
    head: Head


class LedgerEntry(msgspec.Struct, frozen=True, gc=False):
    """One row of the ledger."""

    char_id: HolderId
    version: int
    epoch: int
    h: str
    action_id: str
    record_json: bytes


class StrandedFork(msgspec.Struct, frozen=True, gc=False):
    """Records of a history that lost. An attach set them aside and died before it could hand them to the vault."""

    char_id: HolderId
    epoch: int
    records: tuple[SealedRecord, ...]


class ScanPlace(msgspec.Struct, frozen=True, gc=False):
    """How far a look through all keys has come: the number of the server, and the cursor that it returned.

    The default is the beginning. A look that has come to the end returns it again.
    """

    node: int = 0
    cursor: int = 0


class Reindexed(msgspec.Struct, frozen=True, gc=False):
    """What a look through some keys found.

    Attributes:
        ahead: Where to go on.
        restored: How many sessions were put back on the indexes.
        forks: Stranded forks.
    """

    ahead: ScanPlace
    restored: int
    forks: tuple[StrandedFork, ...]


class BacklogFigures(msgspec.Struct, frozen=True, gc=False):
    """How many sessions are dirty, and since when the oldest one is unsaved (ms since 1970; 0 if there is none)."""

    dirty_sessions: int
    since_ms: int


class Saved(msgspec.Struct, frozen=True, gc=False):
    """The action is saved: its record, the same as JSON, and the end of the chain after it."""

    record: Record
    record_json: bytes
    h: str


class Replayed(msgspec.Struct, frozen=True, gc=False):
    """The action id was saved before: its record as JSON, and the end of the chain after it."""

    record_json: bytes
    h: str


class Conflict(msgspec.Struct, frozen=True, gc=False):
    """The session has changed since it was read: its present state."""

    session: InventorySessionDTO


class Unsure(msgspec.Struct, frozen=True, gc=False):
    """The action id may have been used so long ago that the session forgot it: ask the ledger."""


class Detached(msgspec.Struct, frozen=True, gc=False):
    """No session is bound to this server: attach first, then decide again."""


class JournalFull(msgspec.Struct, frozen=True, gc=False):
    """The session has as many unflushed saves as it may: flush first, then decide again."""


SaveOutcome = Saved | Replayed | Conflict | Unsure | Detached | JournalFull
"""The outcome of a save."""
