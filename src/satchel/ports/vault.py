"""What the engine needs of the durable copy, one Protocol for each kind of user.

Every method raises `VaultUnavailable` if PostgreSQL cannot be reached or written.
"""

from collections.abc import Sequence
from typing import Protocol

from satchel.ids import HolderId
from satchel.inventory.character import Character, CharacterEntry
from satchel.inventory.record import SealedRecord
from satchel.ports.values import LedgerEntry, PushOutcome, Snapshot, VaultState

__all__ = ["Attaching", "Characters", "Forks", "Keeping", "Ledger", "Pulse", "Pushing", "Vault"]


class Characters(Protocol):
    """The characters that exist."""

    async def create_character(self, char_id: HolderId, character: Character) -> bool:
        """Create a character with an empty inventory; False if it exists already."""

    async def find_characters(self, owner: str) -> list[CharacterEntry]:
        """Find the first 100 characters of a player, in the order of their ids."""


class Forks(Protocol):
    """Where the records of a history that lost are kept."""

    async def keep_fork(self, char_id: HolderId, epoch: int, records: Sequence[SealedRecord]) -> None:
        """Keep records of a history that lost in `forked_action`."""


class Attaching(Forks, Protocol):
    """What an attach needs: a new epoch, and everything that the vault holds of a character."""

    async def open_epoch(
        self, char_id: HolderId, recent_max: int, marks_max: int, *, epoch_floor: int = 0
    ) -> VaultState:
        """Attach, first step: raise the epoch and read everything, in one transaction.

        The new epoch is above both the vault's and `epoch_floor`, which is the session's. A vault that was restored
        from a backup must not use an epoch again.

        Raises:
            CharacterNotFound: The vault has no such character.
        """

    async def read_epoch(self, char_id: HolderId) -> int:
        """Attach, third step: read the epoch as it is now; 0 if the character is gone."""


class Pushing(Protocol):
    """What a flush needs."""

    async def push(self, snapshots: Sequence[Snapshot]) -> list[PushOutcome]:
        """Save a batch in one transaction, each snapshot only as a fast-forward.

        Returns:
            The outcomes, in the order of the snapshots.

        Raises:
            PushRejected: A row was refused, and nothing of the batch was saved.
        """

    async def quarantine(self, char_id: HolderId, reason: str | None) -> None:
        """Keep actions away from a character; with None, let them in again.

        This raises the epoch. A session that is not told of the quarantine learns it at its next flush, and an attach
        under way starts over.
        """


class Keeping(Forks, Protocol):
    """Where records that cannot be saved are kept."""

    async def dead_letter(self, snapshot: Snapshot, reason: str) -> None:
        """Keep a snapshot that cannot be saved in `dead_letter`, once per character, epoch and version."""


class Ledger(Protocol):
    """Everything that was saved."""

    async def read_ledger(self, char_id: HolderId, before_version: int, limit: int) -> list[LedgerEntry]:
        """Read ledger rows with a version below `before_version`, newest first."""

    async def knows_action(self, char_id: HolderId, action_id: str) -> bool:
        """Whether the ledger has a record of this action id."""


class Pulse(Protocol):
    """Whether the vault can be reached."""

    async def ping(self) -> None:
        """Return if the vault answers."""


class Vault(Characters, Attaching, Pushing, Keeping, Ledger, Pulse, Protocol):
    """All of these, and a look at one character for operators."""

    async def read_state(self, char_id: HolderId) -> VaultState:
        """Read everything of a character without raising the epoch.

        Raises:
            CharacterNotFound: The vault has no such character.
        """
