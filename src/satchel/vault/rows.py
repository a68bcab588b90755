"""Characters, items and ledger entries as rows of their tables, and back."""

import asyncpg
import msgspec

from satchel.ids import HolderId
from satchel.inventory.character import Character
from satchel.inventory.head import Head
from satchel.inventory.item import Item
from satchel.ports import LedgerEntry

__all__ = ["character_of_row", "character_row", "entry_of_row", "head_of_row", "item_of_row", "item_row", "json_text"]

_encode = msgspec.json.Encoder().encode
_attributes = msgspec.json.Decoder(dict[str, int | str]).decode
_properties = msgspec.json.Decoder(dict[str, int]).decode


def json_text(value: object) -> str:
    """Write a value as the JSON text that asyncpg passes on to a json column."""
    return _encode(value).decode()


def item_row(char_id: HolderId, uid: str, item: Item) -> tuple[object, ...]:
    """Write an item as a row for `upsert_items`."""
    return (
        uid,
        char_id,
        item.definition,
        item.quantity,
        item.container,
        item.position,
        item.slot,
        item.quick_slot,
        item.locked,
        item.durability,
        json_text(item.properties) if item.properties else "{}",
    )


def item_of_row(row: asyncpg.Record) -> Item:
    """Read an item from a row of `satchel.item`."""
    return Item(
        row["uid"],
        row["definition"],
        row["quantity"],
        row["container"],
        row["position"],
        row["slot"],
        row["quick_slot"],
        row["locked"],
        row["durability"],
        _properties(row["properties"]),
    )


def character_row(char_id: HolderId, character: Character) -> tuple[int, str, str, int, str]:
    """Write a character as a row for `update_characters`."""
    return char_id, character.owner, character.name, character.level, json_text(character.attributes)


def character_of_row(row: asyncpg.Record) -> Character:
    """Read the character from a row of `satchel.inventory`."""
    return Character(row["owner"], row["name"], row["level"], _attributes(row["attributes"]))


def head_of_row(row: asyncpg.Record) -> Head:
    """Read the head of the history from a row of `satchel.inventory`."""
    return Head(row["epoch"], row["version"], row["h"])


def entry_of_row(row: asyncpg.Record) -> LedgerEntry:
    """Read an entry from a row of `satchel.ledger`."""
    return LedgerEntry(row["char_id"], row["version"], row["epoch"], row["h"], row["action_id"], row["record"].encode())
