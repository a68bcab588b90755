"""The answer to an action."""

from collections.abc import Iterable
from typing import Any

import msgspec

from satchel.inventory.changes import CharacterChange, EffectOutcome, ItemChange, ShelfChange, WalletChange
from satchel.inventory.figures import Stats
from satchel.inventory.item import Shelved

__all__ = ["ActionReply", "BlockingReason", "dropped_by", "reply_json"]

_encode = msgspec.json.Encoder().encode


class BlockingReason(msgspec.Struct, frozen=True, gc=False):
    """Why a dry run would be refused: the number of the operation, and the error it would give."""

    operation: int
    code: str
    data: dict[str, Any]  # JSON of any shape


class ActionReply(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What an action did.

    `durability` is the level that the answer was given at. `effects` are for the game to apply. `dropped` is what may
    be taken back: by which `item.id`, and until when. In a dry run `changes` are what would happen, and `blocking` is
    every reason against it.
    """

    char_id: int
    version: int
    epoch: int
    h: str
    changes: tuple[ItemChange, ...]
    wallet_changes: tuple[WalletChange, ...]
    stats: Stats
    replayed: bool | msgspec.UnsetType = msgspec.UNSET
    durability: str | msgspec.UnsetType = msgspec.UNSET
    dry_run: bool = False
    character: CharacterChange | None = None
    effects: tuple[EffectOutcome, ...] = ()
    dropped: tuple[Shelved, ...] = ()
    blocking: tuple[BlockingReason, ...] | None = None


class _OwnReply(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The part of an answer that is not in its record."""

    h: str
    replayed: bool
    durability: str
    dropped: tuple[Shelved, ...] = ()


def reply_json(record_json: bytes, h: str, dropped: tuple[Shelved, ...], *, replayed: bool, durability: str) -> bytes:
    """The answer to an action as JSON, cut out of its record: what the two share was encoded when it was sealed.

    Args:
        record_json: The sealed record.
        h: The head after it.
        dropped: What may be taken back.
        replayed: Whether the action was carried out before.
        durability: The level that the answer is given at.

    Returns:
        What encoding the `ActionReply` would give, in another order.
    """
    # Quotes inside a text are escaped, so the last match can only be the record's own field.
    shared = record_json[1 : record_json.rindex(b',"action_id":"')]
    own = _encode(_OwnReply(h, replayed, durability, dropped))
    return own[:-1] + b"," + shared + b"}"


def dropped_by(changes: Iterable[ShelfChange]) -> tuple[Shelved, ...]:
    """What an action dropped and may be taken back."""
    return tuple(change.after for change in changes if change.after is not None)
