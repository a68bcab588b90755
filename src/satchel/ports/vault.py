"""What its users need of the durable copy, one Protocol for each.

Every method raises `VaultUnavailable` when PostgreSQL cannot be reached or written.
"""

from collections.abc import Sequence
from typing import Protocol

from satchel.ids import HolderId
from satchel.inventory.character import Character, CharacterEntry
from satchel.inventory.record import SealedRecord
from satchel.ports.values import LedgerEntry, PushOutcome, Snapshot, VaultState

__all__ = ["Attaching", "Characters", "Forks", "Keeping", "Ledger", "Pulse", "Pushing", "Vault"]


class Characters(Protocol):
    """Who there is."""

    async def create_character(self, char_id: HolderId, character: Character) -> bool:
        """Make a character with an empty inventory; False if it exists already."""

    async def find_characters(self, owner: str) -> list[CharacterEntry]:
        """The characters of a player, by id: the first 100 of them."""


class Forks(Protocol):
    """Where a history goes that lost."""

    async def keep_fork(self, char_id: HolderId, epoch: int, records: Sequence[SealedRecord]) -> None:
        """Keep records of a history that lost, in `forked_action`."""


class Attaching(Forks, Protocol):
    """What an attach needs: an epoch of its own, and everything that the vault holds."""

    async def open_epoch(
        self, char_id: HolderId, recent_max: int, marks_max: int, *, epoch_floor: int = 0
    ) -> VaultState:
        """Attach, first step: raise the epoch and read everything, in one transaction.

        The new epoch is one above both the vault's and `epoch_floor`, the session's: a vault that was restored from a
        backup must not reuse epochs.

        Raises:
            CharacterNotFound: The vault has no such character.
        """

    async def read_epoch(self, char_id: HolderId) -> int:
        """Attach, third step: the epoch as it is now; 0 if the character is gone."""


class Pushing(Protocol):
    """What a flush needs."""

    async def push(self, snapshots: Sequence[Snapshot]) -> list[PushOutcome]:
        """Save a batch in one transaction, each snapshot only as a fast-forward; outcomes in the order given.

        Raises:
            PushRejected: Some row was refused; nothing of the batch was saved.
        """

    async def quarantine(self, char_id: HolderId, reason: str | None) -> None:
        """Set or lift (None) the mark that keeps actions away from a character.

        Raises the epoch: a session that does not hear of it learns it at its next flush, and an attach under way starts
        over.
        """


class Keeping(Forks, Protocol):
    """Where goes what cannot be saved."""

    async def dead_letter(self, snapshot: Snapshot, reason: str) -> None:
        """Keep what could not be saved in `dead_letter`, once per character and version."""


class Ledger(Protocol):
    """What was saved."""

    async def read_ledger(self, char_id: HolderId, before_version: int, limit: int) -> list[LedgerEntry]:
        """Read ledger rows with a version below `before_version`, newest first."""

    async def knows_action(self, char_id: HolderId, action_id: str) -> bool:
        """Whether the ledger has a save under this action id."""


class Pulse(Protocol):
    """Whether the vault is there."""

    async def ping(self) -> None:
        """Return if the vault answers."""


class Vault(Characters, Attaching, Pushing, Keeping, Ledger, Pulse, Protocol):
    """All of it, and a look at one character for people."""

    async def read_state(self, char_id: HolderId) -> VaultState:
        """Read everything without raising the epoch; for people who look at both copies.

        Raises:
            CharacterNotFound: The vault has no such character.
        """
