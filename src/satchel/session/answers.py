"""What the scripts answer: the code that each answer begins with."""

from enum import IntEnum

from satchel.errors import InvariantBroken, Json
from satchel.session.redis import Reply

__all__ = ["Adopted", "Closed", "Code", "Settled", "unexpected"]


class Code(IntEnum):
    """What most scripts mean by a code. Negative ones say why nothing was done, and mean the same everywhere."""

    OK = 1
    REPLAYED = 2  # the action id was saved before
    SAME = 3  # the caller's copy is the present one
    STATE = 4  # the present state follows
    NO_SESSION = -1
    ATTACH = -2  # it is not bound to this server, or not confirmed, or not whole
    CONFLICT = -3
    STATE_UNKNOWN = -4  # it is in a state that this release does not know
    QUARANTINED = -5
    EXPIRED = -6  # the action id was saved before, and its record is gone
    JOURNAL_FULL = -7
    SUPERSEDED = -8  # another attach is ahead
    OTHER_HISTORY = -9
    FORGOTTEN = -10  # the action id may have been used so long ago that only the ledger knows


class Adopted(IntEnum):
    """Whose state `adopt.lua` went on with."""

    VAULTS = 1
    OWN = 2
    FORKED = 3  # the vault's; the session's journal was another history, and follows


class Settled(IntEnum):
    """How `settle.lua` left the session."""

    CLEAN = 1
    STILL_DIRTY = 2  # it has changed since


class Closed(IntEnum):
    """How `close.lua` left the session."""

    GONE = 1
    STILL_DIRTY = 2  # the vault lacks some of it


def unexpected(reply: list[Reply]) -> InvariantBroken:
    """The defect of a script that answers with what its caller does not know."""
    code: Json = reply[0]
    return InvariantBroken(reason="a script answered with an unknown code", code=code)
