"""The codes that the scripts' answers begin with."""

from enum import IntEnum

from satchel.errors import InvariantBroken, Json
from satchel.session.redis import Reply

__all__ = ["Adopted", "Closed", "Code", "Settled", "unexpected"]


class Code(IntEnum):
    """The codes of most scripts. A negative one says why nothing was done, and means the same in every script."""

    OK = 1
    REPLAYED = 2  # the action id was saved before
    SAME = 3  # the caller's copy is the present one
    STATE = 4  # the present state follows
    NO_SESSION = -1
    ATTACH = -2  # the session is not bound to this server, not confirmed or not whole
    CONFLICT = -3
    STATE_UNKNOWN = -4  # the session is in a state that this release does not know
    QUARANTINED = -5
    EXPIRED = -6  # the action id was saved before, but its record is gone
    JOURNAL_FULL = -7
    SUPERSEDED = -8  # another attach is ahead
    OTHER_HISTORY = -9
    FORGOTTEN = -10  # the session may have forgotten this action id; only the ledger knows


class Adopted(IntEnum):
    """Whose state `adopt.lua` went on with."""

    VAULTS = 1
    OWN = 2
    FORKED = 3  # the vault's; the journal of the session's other history follows


class Settled(IntEnum):
    """How `settle.lua` left the session."""

    CLEAN = 1
    STILL_DIRTY = 2  # it has changed since
    GONE = -1
    SUPERSEDED = -8
    OTHER_HISTORY = -9


class Closed(IntEnum):
    """How `close.lua` left the session."""

    GONE = 1
    STILL_DIRTY = 2  # the vault lacks some of it


def unexpected(reply: list[Reply]) -> InvariantBroken:
    """The defect to raise when a script answers with a code that its caller does not know."""
    code: Json = reply[0]
    return InvariantBroken(reason="a script answered with an unknown code", code=code)
