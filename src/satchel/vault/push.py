"""How a batch of snapshots becomes rows: compare heads, fold records, write with a constant number of statements."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from satchel.errors import DuplicateItem, InvariantBroken, PushRejected
from satchel.failpoints import reach
from satchel.ids import HolderId
from satchel.inventory.character import Character
from satchel.inventory.head import Head
from satchel.inventory.item import Item
from satchel.inventory.record import Record, SealedRecord, link, open_record
from satchel.ports import PushOutcome, PushStatus, Snapshot
from satchel.vault.queries import QUERIES
from satchel.vault.rows import character_row, item_row

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

__all__ = ["PushBatch", "classify", "write"]


def classify(snapshot: Snapshot, held: Head | None) -> tuple[PushOutcome, tuple[SealedRecord, ...]]:
    """Decide which records of a snapshot to push: only those of a fast-forward, see `Head`.

    Args:
        snapshot: What a session has.
        held: The head that the vault holds, under lock; None if it has no such character.

    Returns:
        The outcome that holds once the records are written, and the records.
    """
    if held is None:
        return PushOutcome(snapshot.char_id, PushStatus.MISSING, Head()), ()
    if held.epoch > snapshot.epoch:
        return PushOutcome(snapshot.char_id, PushStatus.FENCED, held), ()
    if held == snapshot.head:
        return PushOutcome(snapshot.char_id, PushStatus.DONE, held), ()
    records = snapshot.after(held)
    if records is None and held.epoch == snapshot.epoch and held.version > snapshot.head.version:
        # Between two attaches there is one history: the vault has this part of it, and more.
        return PushOutcome(snapshot.char_id, PushStatus.NEWER, held), ()
    if records is None:
        return PushOutcome(snapshot.char_id, PushStatus.UNKNOWN_BASE, held), ()
    return PushOutcome(snapshot.char_id, PushStatus.PUSHED, snapshot.head), records


class PushBatch:
    """The rows that a batch writes: the net effect of all its records."""

    def __init__(self) -> None:
        self.heads: list[tuple[HolderId, int, int, str, int, str]] = []
        self.items: dict[str, tuple[HolderId, Item | None]] = {}
        self.balances: dict[tuple[HolderId, str], int] = {}
        self.characters: dict[HolderId, Character] = {}
        self.ledger: list[tuple[HolderId, int, int, str, str, str, int, str, str]] = []

    def add(self, snapshot: Snapshot, held: Head, records: Sequence[SealedRecord]) -> None:
        """Fold in the records of one character.

        Raises:
            PushRejected: A record does not link to the one before it, or cannot be decoded.
        """
        version, h = held.version, held.h
        for sealed in records:
            if sealed.version != version + 1 or link(h, sealed.json) != sealed.h:
                raise PushRejected(reason="the chain is broken", char_id=snapshot.char_id, version=sealed.version)
            version, h = sealed.version, sealed.h
            self._fold(snapshot, sealed, _open(snapshot.char_id, sealed))
        self.heads.append((snapshot.char_id, snapshot.epoch, version, h, held.version, held.h))

    def _fold(self, snapshot: Snapshot, sealed: SealedRecord, record: Record) -> None:
        char_id = snapshot.char_id
        for change in record.changes:
            taken = self.items.get(change.item)
            if taken is not None and taken[0] != char_id:
                raise DuplicateItem(item_id=change.item, char_id=char_id, owner_char_id=taken[0])
            self.items[change.item] = (char_id, change.after)
        for balance in record.wallet_changes:
            self.balances[char_id, balance.resource] = balance.after
        if record.character is not None:
            self.characters[char_id] = record.character.after
        self.ledger.append(
            (
                char_id,
                sealed.version,
                record.epoch,
                sealed.h,
                record.action_id,
                record.actor,
                record.at_ms,
                " ".join(record.operations),
                sealed.json.decode(),
            )
        )


async def write(connection: "PoolConnectionProxy", batch: PushBatch, timeout_s: float) -> None:
    """Write a batch in the transaction that the caller has begun, with at most 8 statements.

    Raises:
        DuplicateItem: An item already belongs to another character.
    """

    async def run(name: str, rows: Iterable[Sequence[object]]) -> int:
        values = list(rows)
        if not values:
            return 0
        arrays = zip(*values, strict=True)
        status: str = await connection.execute(QUERIES[name], *arrays, timeout=timeout_s)
        return int(status.rsplit(" ", 1)[1])

    kept = [(uid, char_id, item) for uid, (char_id, item) in batch.items.items() if item is not None]
    gone = [(uid, char_id) for uid, (char_id, item) in batch.items.items() if item is None]
    await run("delete_items", gone)
    if await run("upsert_items", (item_row(char_id, uid, item) for uid, char_id, item in kept)) != len(kept):
        raise await _duplicate(connection, kept)
    reach("push.after_items")
    balances = [(char_id, resource, amount) for (char_id, resource), amount in batch.balances.items()]
    await run("delete_balances", ((c, r) for c, r, amount in balances if not amount))
    await run("upsert_balances", (row for row in balances if row[2]))
    reach("push.after_balances")
    await run("update_characters", (character_row(*entry) for entry in batch.characters.items()))
    if await run("advance", batch.heads) != len(batch.heads):
        raise InvariantBroken(reason="a head moved under its lock")
    reach("push.after_advance")
    await run("append_ledger", batch.ledger)


def _open(char_id: HolderId, sealed: SealedRecord) -> Record:
    try:
        return open_record(sealed.json)
    except msgspec.MsgspecError as error:
        raise PushRejected(reason=f"unreadable record: {error}", char_id=char_id, version=sealed.version) from error


async def _duplicate(connection: "PoolConnectionProxy", kept: list[tuple[str, HolderId, Item]]) -> DuplicateItem:
    owners = {row[0]: row[1] for row in await connection.fetch(QUERIES["find_owners"], [uid for uid, _, _ in kept])}
    uid, char_id = next((uid, char_id) for uid, char_id, _ in kept if owners.get(uid) not in (None, char_id))
    return DuplicateItem(item_id=uid, char_id=char_id, owner_char_id=owners[uid])
