"""What a button carries: everything that its tap needs, in at most 64 bytes.

A button may be tapped long after it was drawn, and another process may handle the tap. It therefore holds ids and
numbers instead of names, and the version it was drawn at. Numbers are packed in base 128 and an item's uid as its 16
bytes. In base64 the longest possible callback has exactly 64 characters.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from enum import IntEnum
from typing import TypedDict, Unpack

import msgspec

from satchel.ids import INT_MAX, uid_bytes, uid_text

__all__ = ["DATA_MAX", "Callback", "CallbackUnreadable", "Place", "Verb", "Where", "item_of", "short_id"]

DATA_MAX = 64
"""The most bytes that Telegram accepts as callback data."""

SMALL_MAX = 2**14 - 1
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SHORT_LENGTH = 22


class CallbackUnreadable(ValueError):
    """The data is not a callback of this release."""


class Verb(IntEnum):
    """What a tap asks for. The numbers stay in chats for years: add new ones, never change one."""

    DOLL = 1
    LIST = 2
    CARD = 3
    BELT = 4
    WALLET = 5
    HISTORY = 6
    SECTIONS = 7
    ASK_SEARCH = 8
    ASK_DROP = 9
    ASK_SPLIT = 10
    TYPE_DROP = 11
    TYPE_SPLIT = 12
    CHARACTERS = 13
    # From here on the tap changes the inventory, so its version is checked.
    EQUIP = 32
    UNEQUIP = 33
    USE = 34
    BIND = 35
    UNBIND = 36
    SPLIT = 37
    DROP = 38
    TAKE_BACK = 39
    LOCK = 40
    UNLOCK = 41
    SORT = 42

    @property
    def changes(self) -> bool:
        """Whether the tap changes the inventory."""
        return self >= Verb.EQUIP


class Where(IntEnum):
    """The screens that "back" can lead to. Numbers as in `Verb`; at most 15."""

    DOLL = 0
    BAG = 1
    SLOT = 2
    FIND = 3
    BELT = 4
    PICK = 5


class PlaceFields(TypedDict, total=False):
    """What `Place.replace` can change."""

    section: int
    category: int
    sort: int
    page: int


class Place(msgspec.Struct, frozen=True):
    """Where the player is; "back" leads there again.

    `section` and `category` count from 1 in the order of the rule set; 0 means all. In a slot's list `section` is the
    slot. In the list for a quick slot it is the quick slot. `sort` is an index of `SORTS`, and `page` counts from 0.
    """

    where: Where = Where.DOLL
    section: int = 0
    category: int = 0
    sort: int = 0
    page: int = 0

    def replace(self, **changed: Unpack[PlaceFields]) -> "Place":
        """The same place with some fields changed."""
        return msgspec.structs.replace(self, **changed)


class Callback(msgspec.Struct, frozen=True):
    """What a button stands for.

    `version` is the inventory's version when the button was drawn. `number` is a quantity, a quick slot or a slot.
    Slots count from 1, and 0 means any. `on_card` is whether the button was on the item's card instead of in a list.
    """

    verb: Verb
    char_id: int
    version: int = 0
    item: str = ""
    number: int = 0
    place: Place = Place()
    on_card: bool = False

    def pack(self) -> str:
        """Write it as callback data.

        Raises:
            ValueError: A number is out of bounds.
        """
        place = self.place
        if not 0 <= place.sort < 16:
            raise ValueError(f"sort {place.sort} is out of bounds")
        data = bytearray((self.verb | self.on_card << 7,))
        data += _packed(self.char_id, INT_MAX) + _packed(self.version, INT_MAX)
        data.append(place.where << 4 | place.sort)
        for small in (place.section, place.category, place.page):
            data += _packed(small, SMALL_MAX)
        data += _packed(self.number, INT_MAX)
        data += uid_bytes(self.item)
        return urlsafe_b64encode(data).rstrip(b"=").decode()

    @classmethod
    def unpack(cls, text: str) -> "Callback":
        """Read callback data.

        Raises:
            CallbackUnreadable: It is not a callback, or another release wrote it.
        """
        try:
            data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            verb, on_card = Verb(data[0] & 127), data[0] > 127
            char_id, data = _unpacked(data[1:])
            version, data = _unpacked(data)
            where, sort, data = Where(data[0] >> 4), data[0] & 15, data[1:]
            section, data = _unpacked(data)
            category, data = _unpacked(data)
            page, data = _unpacked(data)
            number, data = _unpacked(data)
        except (IndexError, Error, ValueError) as error:
            raise CallbackUnreadable(str(error)) from error
        if len(data) not in (0, 16) or not char_id:
            raise CallbackUnreadable("it ends too early or too late")
        place = Place(where, section, category, sort, page)
        return cls(verb, char_id, version, uid_text(data) if data else "", number, place, on_card)


def short_id(item: str) -> str:
    """Write an item's uid as 22 letters and digits, which can be part of a command."""
    number, digits = int(item.replace("-", ""), 16), ""
    for _ in range(SHORT_LENGTH):
        number, digit = divmod(number, len(LETTERS))
        digits = LETTERS[digit] + digits
    return digits


def item_of(short: str) -> str | None:
    """Read what `short_id` wrote; None if it did not."""
    if len(short) != SHORT_LENGTH or not all(letter in LETTERS for letter in short):
        return None
    number = 0
    for letter in short:
        number = number * len(LETTERS) + LETTERS.index(letter)
    return uid_text(number.to_bytes(16, "big")) if number < 2**128 else None


def _packed(number: int, largest: int) -> bytes:
    if not 0 <= number <= largest:
        raise ValueError(f"{number} is out of bounds")
    packed = bytearray()
    while number > 127:
        packed.append(number & 127 | 128)
        number >>= 7
    packed.append(number)
    return bytes(packed)


def _unpacked(data: bytes) -> tuple[int, bytes]:
    number = 0
    for place, byte in enumerate(data):
        number |= (byte & 127) << 7 * place
        if byte < 128:
            return number, data[place + 1 :]
    raise ValueError("a number has no end")
