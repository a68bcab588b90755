"""What the flow needs of the hot copies. Every method raises `SessionUnavailable` when Redis cannot be reached."""

from typing import Protocol

from satchel.ids import HolderId
from satchel.inventory.head import Head
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.record import Record
from satchel.ports.values import BacklogFigures, Reindexed, Replayed, SaveOutcome, ScanPlace, Snapshot, StrandedFork

__all__ = ["BUCKETS", "FLUSH_DELAY_MS", "Backlog", "Sessions"]

BUCKETS = 256
"""Number of buckets. It is part of every key, so a namespace that was made with another number is refused."""

FLUSH_DELAY_MS = 500
"""How long after a save its session comes due, unless the settings say otherwise."""


class Sessions(Protocol):
    """The hot copies."""

    def recall(self, char_id: HolderId) -> InventorySessionDTO | None:
        """The process's own copy, without a trip; maybe stale."""

    async def get_session(self, char_id: HolderId, action_id: str = "") -> InventorySessionDTO | Replayed | None:
        """The present state, or what the action id led to; None when nothing is attached."""

    async def load_session(self, char_id: HolderId) -> InventorySessionDTO:
        """The present state, attached from the vault if need be."""

    async def attach(self, char_id: HolderId, *, give_up: bool = False) -> InventorySessionDTO | None:
        """Attach anew; None if another attach was ahead. `give_up` takes the vault's state in any case."""

    async def save_session(
        self, session: InventorySessionDTO, record: Record, *, surely_new: bool = False
    ) -> SaveOutcome:
        """Save the changes of a record."""

    async def close_session(self, char_id: HolderId) -> bool:
        """Remove a session; False if the vault lacks some of it."""

    async def quarantine(self, char_id: HolderId, reason: str | None) -> None:
        """Keep actions away, or let them in again."""


class Backlog(Protocol):
    """The sessions to flush."""

    async def claim(self, bucket: int, sessions_max: int, records_max: int, ahead_ms: int = 0) -> list[Snapshot]:
        """Take sessions that are due."""

    async def claim_one(self, char_id: HolderId) -> Snapshot | None:
        """Take one session."""

    async def settle(self, char_id: HolderId, head: Head) -> bool:
        """Note what the vault holds; whether the session is clean now."""

    async def defer(self, char_ids: list[HolderId], delay_ms: int) -> None:
        """Let claimed sessions come due again after a delay."""

    async def reindex(self, place: ScanPlace, keys_max: int) -> Reindexed:
        """Look through some keys for dirty sessions that the indexes lost, and for stranded forks."""

    async def forget_fork(self, fork: StrandedFork) -> None:
        """Drop a stranded fork that the vault has now."""

    async def measure(self) -> BacklogFigures:
        """Count dirty sessions, and say since when the oldest is."""
