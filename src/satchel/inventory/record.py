"""What one save did, as it stands in the journal and in the ledger, and the chain that links the saves.

A record is JSON from the moment it is sealed: the same bytes go into the session's journal, into the ledger and into
the hash, so the chain can be checked again from either of them.
"""

from hashlib import blake2b

import msgspec

from satchel.ids import HolderId
from satchel.inventory.changes import CharacterChange, EffectOutcome, ItemChange, ShelfChange, WalletChange
from satchel.inventory.facts import Fact
from satchel.inventory.figures import Stats

__all__ = ["GENESIS", "Record", "SealedRecord", "link", "open_record", "seal"]

GENESIS = "0" * 32
"""The head of a chain that has no records yet."""

_encoder = msgspec.json.Encoder()


class Record(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One save: who did what under which action id, every change with its before and after, and the stats it led to.

    What the answer to the action shows of it comes first, up to `action_id`. `body` is the digest of the request's
    operations; `at_ms` is the time of the save, in ms since 1970. `dropped` are the changes on the session's shelf of
    dropped items; the vault needs none of them. `facts` are what the game told along with the action.
    """

    char_id: HolderId
    version: int
    epoch: int
    changes: tuple[ItemChange, ...]
    wallet_changes: tuple[WalletChange, ...]
    stats: Stats
    character: CharacterChange | None = None
    effects: tuple[EffectOutcome, ...] = ()
    action_id: str
    body: str
    actor: str
    at_ms: int
    operations: tuple[str, ...]
    dropped: tuple[ShelfChange, ...] = ()
    reason: str = ""
    facts: dict[str, Fact] = {}


_decoder = msgspec.json.Decoder(Record)


class SealedRecord(msgspec.Struct, frozen=True, gc=False):
    """A record as bytes, with its place in the chain: `h` is the head after it."""

    version: int
    h: str
    json: bytes


def link(h: str, record_json: bytes) -> str:
    """Extend the chain.

    Args:
        h: The head before, 32 hex digits.
        record_json: The sealed record's bytes; version, action id and changes are in them.

    Returns:
        The head after: blake2b with 16 bytes, as 32 hex digits.
    """
    return blake2b(h.encode() + record_json, digest_size=16).hexdigest()


def seal(h: str, record: Record) -> SealedRecord:
    """Turn a record into the bytes that are kept, and extend the chain with it."""
    record_json = _encoder.encode(record)
    return SealedRecord(record.version, link(h, record_json), record_json)


def open_record(record_json: bytes) -> Record:
    """Read a sealed record again.

    Raises:
        msgspec.DecodeError: The bytes are no record of this release.
    """
    return _decoder.decode(record_json)
