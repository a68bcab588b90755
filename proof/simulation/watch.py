"""What must hold at every moment of a run, looked at while it runs."""

from proof.simulation.fault_plan import CHARACTERS
from satchel.ids import HolderId
from satchel.ports import LedgerEntry
from satchel.session.keys import Keys
from satchel.testing import FakeVault
from satchel.testing.keyspace import Keyspace

__all__ = ["KEYS", "Watch"]

KEYS = [Keys().of(char_id) for char_id in CHARACTERS]
NAMES = [tuple(name.encode() for name in (keys.session, keys.journal, keys.marks)) for keys in KEYS]


class Watch:
    """Looks at Redis after every script, and at the vault whenever it may have changed.

    Attributes:
        wrong: What was seen that must not be.
    """

    def __init__(self, vault: FakeVault) -> None:
        self.wrong: list[str] = []
        self._vault = vault
        self._seen: dict[HolderId, list[LedgerEntry]] = {char_id: [] for char_id in CHARACTERS}
        self._epochs = dict.fromkeys(CHARACTERS, 0)

    def look_at_sessions(self, keyspace: Keyspace) -> None:
        """A dirty session never has a time to live."""
        for char_id, names in zip(CHARACTERS, NAMES, strict=True):
            fields = keyspace.values.get(names[0])
            if fields is not None and fields.get(b"ver") != fields.get(b"fver"):
                mortal = [name for name in names if name in keyspace.expires_ms]
                if mortal:
                    self.wrong.append(f"{char_id}: a dirty session has a time to live: {mortal}")
        self.look_at_vault()

    def look_at_vault(self) -> None:
        """The ledger only grows, the head is its last row, and the epoch never falls."""
        for char_id in CHARACTERS:
            row, ledger, seen = self._vault.characters[char_id], self._vault.ledger[char_id], self._seen[char_id]
            if len(ledger) > len(seen):
                self._seen[char_id] = ledger.copy()
            if ledger[: len(seen)] != seen:
                self.wrong.append(f"{char_id}: rows of the ledger were changed")
            if ledger and (row.version, row.h) != (ledger[-1].version, ledger[-1].h):
                self.wrong.append(f"{char_id}: the head {row.version} is not the last row of the ledger")
            if row.epoch < self._epochs[char_id]:
                self.wrong.append(f"{char_id}: the epoch fell to {row.epoch}")
            self._epochs[char_id] = row.epoch

    def dirty(self, keyspace: Keyspace) -> list[str]:
        """What the vault lacks, and what stands in an index without need."""
        found = []
        for char_id, keys, names in zip(CHARACTERS, KEYS, NAMES, strict=True):
            fields = keyspace.values.get(names[0])
            if fields is not None and fields[b"ver"] != fields[b"fver"]:
                found.append(f"{char_id}: the session is dirty")
            member = str(char_id).encode()
            found += [
                f"{char_id}: it stands in {name}"
                for name in (keys.due, keys.dirty)
                if keyspace.call((b"ZSCORE", name.encode(), member)) is not None
            ]
        return found
