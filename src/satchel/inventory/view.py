"""What callers see of an inventory: the answer to an action, all of it, the doll, the wallet, the history.

Pure: a session in, plain structs out.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from satchel.inventory.definitions import ItemDefinition, RuleSet
from satchel.inventory.model import (
    Character,
    CharacterChange,
    InventorySessionDTO,
    Item,
    ItemChange,
    ItemId,
    ShelfChange,
    Shelved,
    Stats,
    WalletChange,
)
from satchel.inventory.record import EffectOutcome, Record

__all__ = [
    "ActionReply",
    "BlockingReason",
    "CatalogueView",
    "CharacterEntry",
    "CharacterList",
    "Doll",
    "DollSlot",
    "HistoryEntry",
    "HistoryPage",
    "InventoryView",
    "WalletEntry",
    "WalletView",
    "doll",
    "dropped_by",
    "inventory",
    "reply_json",
    "wallet_view",
]


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
    """What an answer has besides its record."""

    h: str
    replayed: bool
    durability: str
    dropped: tuple[Shelved, ...] = ()


class InventoryView(msgspec.Struct, frozen=True, gc=False):
    """A whole inventory. `worn` maps slots to item ids; a two-hander stands in both of its slots."""

    char_id: int
    version: int
    epoch: int
    h: str
    character: Character
    items: tuple[Item, ...]
    worn: dict[str, ItemId]
    quick_slots: dict[int, ItemId]
    wallet: dict[str, int]
    stats: Stats


class CatalogueView(msgspec.Struct, frozen=True, gc=False):
    """The rule set and all definitions."""

    version: str
    rules: RuleSet
    definitions: tuple[ItemDefinition, ...]


class CharacterEntry(msgspec.Struct, frozen=True, gc=False):
    """A character of a player, as the vault knows it."""

    char_id: int
    name: str
    level: int


class CharacterList(msgspec.Struct, frozen=True, gc=False):
    """The characters of a player, by id."""

    owner: str
    characters: tuple[CharacterEntry, ...]


class HistoryEntry(msgspec.Struct, frozen=True, gc=False):
    """One save, with the head of the chain after it."""

    h: str
    record: Record


class HistoryPage(msgspec.Struct, frozen=True, gc=False):
    """Saves, newest first; `before` leads to the next page."""

    char_id: int
    entries: tuple[HistoryEntry, ...]
    before: int | None = None


class DollSlot(msgspec.Struct, frozen=True, gc=False):
    """One slot of the body; `item` is absent when it is empty, and shown in each slot that it fills."""

    slot: str
    group: str
    item: Item | None = None


class Doll(msgspec.Struct, frozen=True, gc=False):
    """The worn items in the order of the rule set, the quick slots that the belt gives (None: empty), the balances."""

    char_id: int
    version: int
    character: Character
    slots: tuple[DollSlot, ...]
    quick_slots: tuple[Item | None, ...]
    wallet: dict[str, int]
    stats: Stats


class WalletEntry(msgspec.Struct, frozen=True, gc=False):
    """One balance, zero included."""

    resource: str
    group: str
    amount: int
    cap: int


class WalletView(msgspec.Struct, frozen=True, gc=False):
    """All balances in the order of the rule set."""

    char_id: int
    version: int
    balances: tuple[WalletEntry, ...]


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
    # Inside a text the quotes would be escaped, and no number begins with one: it can only be the record's own field.
    shared = record_json[1 : record_json.rindex(b',"action_id":"')]
    own = _encode(_OwnReply(h, replayed, durability, dropped))
    return own[:-1] + b"," + shared + b"}"


def dropped_by(changes: Iterable[ShelfChange]) -> tuple[Shelved, ...]:
    """What an action dropped and may be taken back."""
    return tuple(change.after for change in changes if change.after is not None)


def inventory(session: InventorySessionDTO) -> InventoryView:
    """Show all of it, items by age."""
    return InventoryView(
        char_id=session.char_id,
        version=session.version,
        epoch=session.epoch,
        h=session.h,
        character=session.character,
        items=tuple(sorted(session.items.values(), key=lambda item: item.id)),
        worn=dict(sorted(session.worn.items())),
        quick_slots=dict(sorted(session.quick_slots.items())),
        wallet=dict(sorted(session.wallet.items())),
        stats=session.stats,
    )


def doll(session: InventorySessionDTO) -> Doll:
    """Show what is worn."""
    items, worn = session.items, session.worn
    return Doll(
        char_id=session.char_id,
        version=session.version,
        character=session.character,
        slots=tuple(
            DollSlot(slot.id, slot.group, items[worn[slot.id]] if slot.id in worn else None)
            for slot in session.catalogue.rules.slots
        ),
        quick_slots=tuple(
            items[session.quick_slots[number]] if number in session.quick_slots else None
            for number in range(1, session.gear.quick_slots + 1)
        ),
        wallet=dict(sorted(session.wallet.items())),
        stats=session.stats,
    )


def wallet_view(session: InventorySessionDTO) -> WalletView:
    """Show every balance."""
    balances = tuple(
        WalletEntry(resource.id, resource.group, session.wallet.get(resource.id, 0), resource.cap)
        for resource in session.catalogue.rules.resources
    )
    return WalletView(session.char_id, session.version, balances)
