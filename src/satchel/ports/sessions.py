"""What the engine needs of the hot copies. Every method raises `SessionUnavailable` if Redis cannot be reached."""

from typing import Protocol

from satchel.ids import HolderId
from satchel.inventory.head import Head
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.record import Record
from satchel.ports.values import (
    BacklogFigures,
    Reindexed,
    Replayed,
    SaveOutcome,
    ScanPlace,
    Settlement,
    Snapshot,
    StrandedFork,
)

__all__ = ["BUCKETS", "FLUSH_DELAY_MS", "Backlog", "Sessions"]

BUCKETS = 256
"""Number of buckets. It is part of every key, so a namespace that was made with another number is refused."""

FLUSH_DELAY_MS = 500
"""How long after a save its session comes due, unless the settings say otherwise."""


class Sessions(Protocol):
    """The hot copies."""

    def recall(self, char_id: HolderId) -> InventorySessionDTO | None:
        """Find the process's own copy, without a round trip; it may be stale."""

    def forget(self, char_id: HolderId) -> None:
        """Drop the process's own copy: it may show steps that are never saved."""

    async def get_session(self, char_id: HolderId, action_id: str = "") -> InventorySessionDTO | Replayed | None:
        """Read the present state, or what the action id did; None if no session is attached."""

    async def load_session(self, char_id: HolderId) -> InventorySessionDTO:
        """Read the present state; attach the session first if it is not attached."""

    async def attach(self, char_id: HolderId, *, give_up: bool = False) -> InventorySessionDTO | None:
        """Attach again; None if another attach was ahead. `give_up` takes the vault's state in any case."""

    async def save_session(
        self, session: InventorySessionDTO, record: Record, *, surely_new: bool = False
    ) -> SaveOutcome:
        """Save the changes of a record."""

    async def close_session(self, char_id: HolderId) -> bool:
        """Remove a session; False if the vault lacks some of its changes."""

    async def quarantine(self, char_id: HolderId, reason: str | None) -> None:
        """Keep actions away from a session; with None, let them in again."""


class Backlog(Protocol):
    """The dirty sessions."""

    async def claim(self, bucket: int, sessions_max: int, records_max: int, ahead_ms: int = 0) -> list[Snapshot]:
        """Claim sessions of a bucket that are due or will be within `ahead_ms`."""

    async def claim_one(self, char_id: HolderId) -> Snapshot | None:
        """Claim one session, due or not; None if there is none."""

    async def settle(self, char_id: HolderId, head: Head) -> Settlement:
        """Note what the vault holds."""

    async def defer(self, char_ids: list[HolderId], delay_ms: int) -> None:
        """Let claimed sessions come due again after a delay."""

    async def reindex(self, place: ScanPlace, keys_max: int) -> Reindexed:
        """Look through some keys for dirty sessions that the indexes lost and for stranded forks."""

    async def forget_fork(self, fork: StrandedFork) -> None:
        """Delete a stranded fork that the vault now has."""

    async def measure(self) -> BacklogFigures:
        """Count dirty sessions and find since when the oldest one is unsaved."""
