"""What the flow needs from the outside: Protocols, and the plain values that cross them.

`session/` implements nothing of the vault and `vault/` nothing of the session; both meet only in these types.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from satchel.errors import DuplicateItem, PushRejected
from satchel.inventory.character import Character, CharacterEntry
from satchel.inventory.item import Item
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.record import Record, SealedRecord

__all__ = [
    "ActionMark",
    "Backlog",
    "BacklogFigures",
    "Conflict",
    "Detached",
    "DuplicateItem",
    "JournalFull",
    "LedgerEntry",
    "PushOutcome",
    "PushRejected",
    "PushStatus",
    "Reindexed",
    "Replayed",
    "SaveOutcome",
    "Saved",
    "ScanPlace",
    "Sessions",
    "Snapshot",
    "StrandedFork",
    "Unsure",
    "Vault",
    "VaultState",
]


class ActionMark(msgspec.Struct, frozen=True, gc=False):
    """An action id that was used, and the version that it made."""

    action_id: str
    version: int


class VaultState(msgspec.Struct, frozen=True, gc=False):
    """Everything that the vault holds of one character, read in one transaction.

    `recent` are the newest ledger rows (oldest first) whose answers a retry may ask for; `marks` the newest action ids
    (oldest first), which reach further back. `quarantine` is the reason why actions are refused, if they are.
    """

    char_id: int
    epoch: int
    version: int
    h: str
    character: Character
    items: tuple[Item, ...]
    wallet: dict[str, int]
    recent: tuple[SealedRecord, ...] = ()
    marks: tuple[ActionMark, ...] = ()
    quarantine: str | None = None


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """What a session has that the vault may lack.

    `records` are the session's records after `base_version`, oldest first and without a gap; (`base_version`, `base_h`)
    is the pair that the vault is thought to hold. The last record's version and `h` are the session's.
    """

    char_id: int
    epoch: int
    base_version: int
    base_h: str
    records: tuple[SealedRecord, ...]

    @property
    def version(self) -> int:
        """The session's version."""
        return self.records[-1].version if self.records else self.base_version

    @property
    def h(self) -> str:
        """The session's head of the chain."""
        return self.records[-1].h if self.records else self.base_h


class PushStatus(StrEnum):
    """How the vault took a snapshot."""

    PUSHED = "pushed"  # it now holds the snapshot's version
    DONE = "done"  # it held it already
    FENCED = "fenced"  # it knows a newer epoch: this session was superseded
    UNKNOWN_BASE = "unknown_base"  # its pair is not in the snapshot: show it more of the journal, else it is a fork
    MISSING = "missing"  # it has no such character


class PushOutcome(msgspec.Struct, frozen=True, gc=False):
    """The answer for one snapshot, with what the vault holds afterwards."""

    char_id: int
    status: PushStatus
    epoch: int
    version: int
    h: str


class LedgerEntry(msgspec.Struct, frozen=True, gc=False):
    """One row of the ledger."""

    char_id: int
    version: int
    epoch: int
    h: str
    action_id: str
    record_json: bytes


class StrandedFork(msgspec.Struct, frozen=True, gc=False):
    """Records of a history that lost, set aside by an attach that died before it could hand them to the vault."""

    char_id: int
    epoch: int
    records: tuple[SealedRecord, ...]


class ScanPlace(msgspec.Struct, frozen=True, gc=False):
    """How far a look through all keys has come: the number of the server, and the cursor that it gave.

    The first place of the first server is the beginning, and again the end.
    """

    node: int = 0
    cursor: int = 0


class Reindexed(msgspec.Struct, frozen=True, gc=False):
    """What a look through some keys found: where to go on, how many sessions were put back, and stranded forks."""

    ahead: ScanPlace
    restored: int
    forks: tuple[StrandedFork, ...]


class BacklogFigures(msgspec.Struct, frozen=True, gc=False):
    """How many sessions the vault lacks something of, and since when the oldest (ms since 1970; 0: there is none)."""

    dirty_sessions: int
    since_ms: int


class Saved(msgspec.Struct, frozen=True, gc=False):
    """The action is saved: what it did, the same as JSON, and the head after it."""

    record: Record
    record_json: bytes
    h: str


class Replayed(msgspec.Struct, frozen=True, gc=False):
    """The action id was saved before; the record is what it did then, as JSON, with the head after it."""

    record_json: bytes
    h: str


class Conflict(msgspec.Struct, frozen=True, gc=False):
    """The session has moved on: its present state."""

    session: InventorySessionDTO


class Unsure(msgspec.Struct, frozen=True, gc=False):
    """The action id may have been used so long ago that the session forgot it; the ledger knows."""


class Detached(msgspec.Struct, frozen=True, gc=False):
    """There is no session that this server is bound to: attach first, then decide again."""


class JournalFull(msgspec.Struct, frozen=True, gc=False):
    """The session has as many unflushed saves as it may: flush first, then decide again."""


SaveOutcome = Saved | Replayed | Conflict | Unsure | Detached | JournalFull
"""What came of a save."""


class Sessions(Protocol):
    """The hot copies. Every method raises `SessionUnavailable` when Redis cannot be reached."""

    def recall(self, char_id: int) -> InventorySessionDTO | None:
        """The process's own copy, without a trip; maybe stale."""

    async def get_session(self, char_id: int, action_id: str = "") -> InventorySessionDTO | Replayed | None:
        """The present state, or what the action id led to; None when nothing is attached."""

    async def load_session(self, char_id: int) -> InventorySessionDTO:
        """The present state, attached from the vault if need be."""

    async def attach(self, char_id: int, *, give_up: bool = False) -> InventorySessionDTO | None:
        """Attach anew; None if another attach was ahead. `give_up` takes the vault's state in any case."""

    async def save_session(
        self, session: InventorySessionDTO, record: Record, *, surely_new: bool = False
    ) -> SaveOutcome:
        """Save the changes of a record."""

    async def close_session(self, char_id: int) -> bool:
        """Remove a session; False if the vault lacks some of it."""

    async def quarantine(self, char_id: int, reason: str | None) -> None:
        """Keep actions away, or let them in again."""


class Backlog(Protocol):
    """The sessions to flush. Every method raises `SessionUnavailable` when Redis cannot be reached."""

    async def claim(self, bucket: int, sessions_max: int, records_max: int, ahead_ms: int = 0) -> list[Snapshot]:
        """Take sessions that are due."""

    async def claim_one(self, char_id: int) -> Snapshot | None:
        """Take one session."""

    async def settle(self, char_id: int, epoch: int, version: int, h: str) -> bool:
        """Note what the vault holds; whether the session is clean now."""

    async def defer(self, char_ids: list[int], delay_ms: int) -> None:
        """Let claimed sessions come due again after a delay."""

    async def reindex(self, place: ScanPlace, keys_max: int) -> Reindexed:
        """Look through some keys for dirty sessions that the indexes lost, and for stranded forks."""

    async def forget_fork(self, fork: StrandedFork) -> None:
        """Drop a stranded fork that the vault has now."""

    async def measure(self) -> BacklogFigures:
        """Count dirty sessions, and say since when the oldest is."""


class Vault(Protocol):
    """The durable copy. Every method raises `VaultUnavailable` when PostgreSQL cannot be reached or written."""

    async def create_character(self, char_id: int, character: Character) -> bool:
        """Make a character with an empty inventory; False if it exists already."""

    async def find_characters(self, owner: str) -> list[CharacterEntry]:
        """The characters of a player, by id: the first 100 of them."""

    async def open_epoch(self, char_id: int, recent_max: int, marks_max: int, *, epoch_floor: int = 0) -> VaultState:
        """Attach, first step: raise the epoch and read everything, in one transaction.

        The new epoch is one above both the vault's and `epoch_floor`, the session's: a vault that was restored from a
        backup must not reuse epochs.

        Raises:
            CharacterNotFound: The vault has no such character.
        """

    async def read_epoch(self, char_id: int) -> int:
        """Attach, third step: the epoch as it is now; 0 if the character is gone."""

    async def read_state(self, char_id: int) -> VaultState:
        """Read everything without raising the epoch; for people who look at both copies.

        Raises:
            CharacterNotFound: The vault has no such character.
        """

    async def push(self, snapshots: Sequence[Snapshot]) -> list[PushOutcome]:
        """Save a batch in one transaction, each snapshot only as a fast-forward; outcomes in the order given.

        Raises:
            PushRejected: Some row was refused; nothing of the batch was saved.
        """

    async def read_ledger(self, char_id: int, before_version: int, limit: int) -> list[LedgerEntry]:
        """Read ledger rows with a version below `before_version`, newest first."""

    async def knows_action(self, char_id: int, action_id: str) -> bool:
        """Whether the ledger has a save under this action id."""

    async def quarantine(self, char_id: int, reason: str | None) -> None:
        """Set or lift (None) the mark that keeps actions away from a character.

        Raises the epoch: a session that does not hear of it learns it at its next flush, and an attach under way starts
        over.
        """

    async def dead_letter(self, snapshot: Snapshot, reason: str) -> None:
        """Keep what could not be saved in `dead_letter`, once per character and version."""

    async def keep_fork(self, char_id: int, epoch: int, records: Sequence[SealedRecord]) -> None:
        """Keep records of a history that lost, in `forked_action`."""

    async def ping(self) -> None:
        """Return if the vault answers."""
