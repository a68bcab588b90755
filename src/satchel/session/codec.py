"""How a session is packed into the fields of its hash, and unpacked again.

| field | value |
|---|---|
| `run epoch ver h state fver fh quarantine forgot whole` | text |
| `who` | the character |
| `i` + 16 bytes of uid | an item |
| `w:` + resource | a balance, in digits |
| `d` + 16 bytes of uid | a dropped item on the shelf |

The character and the items are msgpack arrays. An action that changes one item writes some 40 bytes, and nothing else
of the bag.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import msgspec

from satchel.errors import UnreadableSession
from satchel.ids import HolderId, uid_bytes, uid_text, uuid7_time
from satchel.inventory.character import Character
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.head import Head
from satchel.inventory.item import Item, ItemId, Shelved
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.record import Record

__all__ = [
    "FORMAT",
    "SessionHead",
    "action_mark",
    "changed_fields",
    "state_fields",
    "unpack_head",
    "unpack_session",
]

FORMAT = "1"
"""Version of this packing. Redis notes it at the first start; a release with another format refuses to start there."""

NO_TIME = "0" * 12
"""The time in the mark of an action id that does not tell when it was made."""

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder().decode


class SessionHead(msgspec.Struct, frozen=True):
    """The fields of a session that the protocol compares and sets."""

    run_id: str
    head: Head
    state: str
    flushed_version: int
    flushed_h: str
    quarantine: str | None


def action_mark(action_id: str) -> bytes:
    """Pack what the session remembers of an action id: a digest, after the time of making that a UUIDv7 tells.

    Returns:
        12 hex digits of ms since 1970, or zeros if the id tells no time; then 8 bytes of digest.
    """
    made = uuid7_time(action_id) or NO_TIME
    return made.lower().encode() + blake2b(action_id.encode(), digest_size=8).digest()


def _pack_item(item: Item) -> bytes:
    values = (
        item.definition,
        item.quantity,
        item.container,
        item.position,
        item.slot,
        item.quick_slot,
        item.locked,
        item.durability,
        item.properties,
    )
    return _pack(values[: _fields_needed(item)])


def _fields_needed(item: Item) -> int:
    """Count the fields to write of an item; `Item` has defaults for those after them."""
    if item.properties:
        return 9
    if item.durability is not None:
        return 8
    if item.locked:
        return 7
    if item.quick_slot is not None:
        return 6
    return 4 if item.slot is None else 5


def _unpack_item(field: bytes, packed: bytes) -> Item:
    return Item(ItemId(uid_text(field[1:])), *_unpack(packed))


def _pack_shelved(shelved: Shelved) -> bytes:
    item = shelved.item
    return _pack((shelved.until_ms, item.definition, item.quantity, item.durability, item.properties))


def _unpack_shelved(field: bytes, packed: bytes) -> Shelved:
    until_ms, definition, quantity, durability, properties = _unpack(packed)
    return Shelved(
        Item(ItemId(uid_text(field[1:])), definition, quantity, durability=durability, properties=properties), until_ms
    )


def _pack_character(character: Character) -> bytes:
    return _pack((character.owner, character.name, character.level, character.attributes))


def state_fields(character: Character, items: Iterable[Item], wallet: dict[str, int]) -> list[bytes | str | int]:
    """Pack a whole state as field, value, ..."""
    fields: list[bytes | str | int] = ["who", _pack_character(character)]
    for item in items:
        fields += (b"i" + uid_bytes(item.id), _pack_item(item))
    for resource, amount in wallet.items():
        fields += ("w:" + resource, amount)
    return fields


def changed_fields(record: Record) -> tuple[list[bytes | str], list[bytes | str | int]]:
    """Pack what a save changes.

    Returns:
        The fields to remove, then the fields to set as field, value, ...
    """
    removed: list[bytes | str] = []
    written: list[bytes | str | int] = []
    for change in record.changes:
        if change.after is None:
            removed.append(b"i" + uid_bytes(change.item))
        else:
            written += (b"i" + uid_bytes(change.item), _pack_item(change.after))
    for balance in record.wallet_changes:
        if balance.after:
            written += ("w:" + balance.resource, balance.after)
        else:
            removed.append("w:" + balance.resource)
    for place in record.dropped:
        if place.after is None:
            removed.append(b"d" + uid_bytes(place.item))
        else:
            written += (b"d" + uid_bytes(place.item), _pack_shelved(place.after))
    if record.character is not None:
        written += ("who", _pack_character(record.character.after))
    return removed, written


def unpack_head(state: Sequence[bytes]) -> SessionHead:
    """Read the head of a session.

    Args:
        state: field, value, ... as HGETALL returns them.
    """
    found = {state[i]: state[i + 1] for i in range(0, len(state), 2) if len(state[i]) < 12}
    quarantine = found.get(b"quarantine")
    return SessionHead(
        run_id=found[b"run"].decode(),
        head=Head(int(found[b"epoch"]), int(found[b"ver"]), found[b"h"].decode()),
        state=found[b"state"].decode(),
        flushed_version=int(found[b"fver"]),
        flushed_h=found[b"fh"].decode(),
        quarantine=None if quarantine is None else quarantine.decode(),
    )


def unpack_session(catalogue: Catalogue, char_id: HolderId, state: Sequence[bytes]) -> InventorySessionDTO:
    """Read a whole session.

    Args:
        catalogue: What the rules look things up in.
        char_id: Whose session it is.
        state: field, value, ... as HGETALL returns them.

    Raises:
        UnreadableSession: A field is missing or cannot be decoded.
    """
    items: list[Item] = []
    wallet: dict[str, int] = {}
    shelf: list[Shelved] = []
    head: dict[bytes, bytes] = {}
    try:
        for i in range(0, len(state), 2):
            field, value = state[i], state[i + 1]
            if field[:1] == b"i":
                items.append(_unpack_item(field, value))
            elif field[:2] == b"w:":
                wallet[field[2:].decode()] = int(value)
            elif field[:1] == b"d":
                shelf.append(_unpack_shelved(field, value))
            else:
                head[field] = value
        character = Character(*_unpack(head[b"who"]))
        return InventorySessionDTO(
            catalogue,
            char_id,
            character,
            items,
            wallet,
            version=int(head[b"ver"]),
            epoch=int(head[b"epoch"]),
            h=head[b"h"].decode(),
            shelf=shelf,
        )
    except (KeyError, TypeError, ValueError, msgspec.MsgspecError) as error:
        raise UnreadableSession(char_id=char_id, reason=repr(error)) from error
