"""A vault in the memory of this process, with the rules of the real one."""

import secrets
from collections.abc import Sequence

import msgspec

from satchel.errors import CharacterNotFound, DuplicateItem, InvariantBroken, PushRejected
from satchel.ids import HolderId
from satchel.inventory.character import Character, CharacterEntry
from satchel.inventory.head import Head
from satchel.inventory.item import Item
from satchel.inventory.record import GENESIS, SealedRecord
from satchel.ports import (
    ActionMark,
    LedgerEntry,
    PushOutcome,
    PushStatus,
    Snapshot,
    VaultState,
)
from satchel.vault.push import PushBatch, classify

__all__ = ["CharacterRow", "FakeVault"]


FOUND_MAX = 100


class CharacterRow(msgspec.Struct):
    """A row of `inventory`."""

    character: Character
    epoch: int = 0
    version: int = 0
    h: str = GENESIS
    quarantine: str | None = None


class FakeVault:
    """Keeps inventories in plain tables. Each call is one transaction: all of it happens, or nothing.

    Attributes:
        characters: `inventory`, by character.
        items: `item`: uid to owner and item.
        balances: `balance`: character and resource to amount.
        ledger: `ledger`: a character's rows, oldest first.
        dead_letters: `dead_letter`: character, epoch and version to snapshot and reason.
        forked: `forked_action`: character, version and h to epoch and record.
    """

    def __init__(self) -> None:
        self.characters: dict[HolderId, CharacterRow] = {}
        self.items: dict[str, tuple[HolderId, Item]] = {}
        self.balances: dict[tuple[HolderId, str], int] = {}
        self.ledger: dict[HolderId, list[LedgerEntry]] = {}
        self.dead_letters: dict[tuple[HolderId, int, int], tuple[Snapshot, str]] = {}
        self.forked: dict[tuple[HolderId, int, str], tuple[int, bytes]] = {}
        self._action_ids: set[tuple[HolderId, str]] = set()
        self._deployment = secrets.token_hex(16)

    # -- characters ----------------------------------------------------------------------------------------------------

    async def create_character(self, char_id: HolderId, character: Character) -> bool:
        """See `ports.Vault`."""
        if char_id in self.characters:
            return False
        self.characters[char_id] = CharacterRow(character)
        self.ledger[char_id] = []
        return True

    async def find_characters(self, owner: str) -> list[CharacterEntry]:
        """See `ports.Vault`."""
        found = [(id_, row.character) for id_, row in sorted(self.characters.items()) if row.character.owner == owner]
        return [CharacterEntry(char_id, who.name, who.level) for char_id, who in found[:FOUND_MAX]]

    async def open_epoch(
        self, char_id: HolderId, recent_max: int, marks_max: int, *, epoch_floor: int = 0
    ) -> VaultState:
        """See `ports.Vault`."""
        row = self._row(char_id)
        row.epoch = max(row.epoch, epoch_floor) + 1
        return self._state(char_id, recent_max, marks_max)

    async def read_epoch(self, char_id: HolderId) -> int:
        """See `ports.Vault`."""
        row = self.characters.get(char_id)
        return 0 if row is None else row.epoch

    async def read_state(self, char_id: HolderId) -> VaultState:
        """See `ports.Vault`."""
        return self._state(char_id, 0, 0)

    # -- saving --------------------------------------------------------------------------------------------------------

    async def push(self, snapshots: Sequence[Snapshot]) -> list[PushOutcome]:
        """See `ports.Vault`."""
        ids = [snapshot.char_id for snapshot in snapshots]
        if len(set(ids)) != len(ids):
            raise InvariantBroken(reason="a batch has a character twice")
        batch, outcomes = PushBatch(), []
        for snapshot in snapshots:
            held = self._head(snapshot.char_id)
            outcome, records = classify(snapshot, held)
            if outcome.status == PushStatus.PUSHED and held is not None:
                batch.add(snapshot, held, records)
            outcomes.append(outcome)
        self._check(batch)
        self._write(batch)
        return outcomes

    async def knows_action(self, char_id: HolderId, action_id: str) -> bool:
        """See `ports.Vault`."""
        return (char_id, action_id) in self._action_ids

    async def quarantine(self, char_id: HolderId, reason: str | None) -> None:
        """See `ports.Vault`."""
        if (row := self.characters.get(char_id)) is not None:
            row.quarantine = reason
            row.epoch += 1

    async def dead_letter(self, snapshot: Snapshot, reason: str) -> None:
        """See `ports.Vault`."""
        self.dead_letters.setdefault((snapshot.char_id, snapshot.epoch, snapshot.head.version), (snapshot, reason))

    async def keep_fork(self, char_id: HolderId, epoch: int, records: Sequence[SealedRecord]) -> None:
        """See `ports.Vault`."""
        known = {(entry.version, entry.h) for entry in self.ledger.get(char_id, ())}
        for record in records:
            if (record.version, record.h) in known:
                continue
            self.forked.setdefault((char_id, record.version, record.h), (epoch, record.json))

    # -- looking -------------------------------------------------------------------------------------------------------

    async def read_ledger(self, char_id: HolderId, before_version: int, limit: int) -> list[LedgerEntry]:
        """See `ports.Vault`."""
        below = [entry for entry in self.ledger.get(char_id, ()) if entry.version < before_version]
        return below[::-1][:limit]

    async def ping(self) -> None:
        """See `ports.Vault`."""

    async def deployment(self) -> str:
        """The name of this vault."""
        return self._deployment

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _row(self, char_id: HolderId) -> CharacterRow:
        row = self.characters.get(char_id)
        if row is None:
            raise CharacterNotFound(char_id=char_id)
        return row

    def _head(self, char_id: HolderId) -> Head | None:
        row = self.characters.get(char_id)
        return None if row is None else Head(row.epoch, row.version, row.h)

    def _state(self, char_id: HolderId, recent_max: int, marks_max: int) -> VaultState:
        row = self._row(char_id)
        newest = self.ledger[char_id][-marks_max:] if marks_max else []
        recent = newest[-recent_max:] if recent_max else []
        return VaultState(
            char_id=char_id,
            head=Head(row.epoch, row.version, row.h),
            character=row.character,
            items=tuple(item for _, (owner, item) in sorted(self.items.items()) if owner == char_id),
            wallet={resource: amount for (owner, resource), amount in self.balances.items() if owner == char_id},
            recent=tuple(SealedRecord(entry.version, entry.h, entry.record_json) for entry in recent),
            marks=tuple(ActionMark(entry.action_id, entry.version) for entry in newest),
            quarantine=row.quarantine,
        )

    def _check(self, batch: PushBatch) -> None:
        """Refuse what the constraints of the schema refuse, before anything is written."""
        for uid, (char_id, item) in batch.items.items():
            if item is None:
                continue
            owner = self.items[uid][0] if uid in self.items else char_id
            if owner != char_id:
                raise DuplicateItem(item_id=uid, char_id=char_id, owner_char_id=owner)
            if item.quantity <= 0 or (item.slot is None) != (item.container is not None and item.position is not None):
                raise PushRejected(reason="the item breaks a check", constraint="item_check")
        if any(amount < 0 for amount in batch.balances.values()):
            raise PushRejected(reason="the amount breaks a check", constraint="balance_amount_check")
        used = self._action_ids.copy() if batch.ledger else set()
        for char_id, _, _, _, action_id, *_ in batch.ledger:
            if (char_id, action_id) in used:
                raise PushRejected(reason="the action id was used", constraint="ledger_char_id_action_id_key")
            used.add((char_id, action_id))

    def _write(self, batch: PushBatch) -> None:
        for uid, (char_id, item) in batch.items.items():
            if item is not None:
                self.items[uid] = (char_id, item)
            elif uid in self.items and self.items[uid][0] == char_id:
                del self.items[uid]
        for (char_id, resource), amount in batch.balances.items():
            if amount:
                self.balances[char_id, resource] = amount
            else:
                self.balances.pop((char_id, resource), None)
        for char_id, character in batch.characters.items():
            self.characters[char_id].character = character
        for char_id, epoch, version, h, *_ in batch.heads:
            row = self.characters[char_id]
            row.epoch, row.version, row.h = epoch, version, h
        for char_id, version, epoch, h, action_id, *_, record in batch.ledger:
            self.ledger[char_id].append(LedgerEntry(char_id, version, epoch, h, action_id, record.encode()))
            self._action_ids.add((char_id, action_id))
