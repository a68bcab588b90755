"""How ids are written: uids as text and as bytes, the time that a UUIDv7 tells, and the largest number of all."""

import re
from typing import NewType

__all__ = ["INT_MAX", "OWN_NAME", "HolderId", "uid_bytes", "uid_text", "uuid7_time"]


HolderId = NewType("HolderId", int)
"""The id of what holds an inventory; today that is a character. Callers and JSON call it `char_id`."""

OWN_NAME = "·"
"""What the action ids begin with that we make ourselves. A caller's key is ASCII, so that none can be one of these."""

INT_MAX = 2**53 - 1
"""The largest number that every JSON reader keeps exact, in JavaScript too: no id, version or amount is above it."""

_uuid7 = re.compile("([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE).fullmatch


def uid_bytes(text: str) -> bytes:
    """Pack a uid, written with or without hyphens, into its 16 bytes."""
    return bytes.fromhex(text.replace("-", ""))


def uid_text(data: bytes) -> str:
    """Write the 16 bytes of a uid as people know it: five groups of lower-case digits."""
    digits = data.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def uuid7_time(text: str) -> str | None:
    """Tell when a UUIDv7 was made.

    The digit of the variant counts: where it is not one of RFC 9562, the digits before it need not be a time.

    Returns:
        Milliseconds since 1970 as 12 hexadecimal digits in the case they came in; None if it is not a UUIDv7.
    """
    found = _uuid7(text)
    return found[1] + found[2] if found is not None else None
