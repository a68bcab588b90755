"""What is wrong with an inventory, named so that an operator can go there."""

from enum import StrEnum

import msgspec

__all__ = ["Finding", "Kind", "Trace"]


class Kind(StrEnum):
    """The kinds of things that must not be."""

    GAP = "gap"  # a version is missing from the ledger, or stands in it out of order
    BROKEN_LINK = "broken_link"  # a row's h does not follow from the row before
    ROW_DIFFERS = "row_differs"  # the columns of a row say something else than its record
    UNREADABLE = "unreadable"  # a record cannot be read
    EPOCH_BACKWARDS = "epoch_backwards"  # a later row is of an earlier attach
    STARTS_ELSEWHERE = "starts_elsewhere"  # a change does not start from what the rows before led to
    NOT_CONSERVED = "not_conserved"  # items or money came or went in an action that cannot do that
    HEAD_DIFFERS = "head_differs"  # the character's version or h is not the ledger's last
    ITEM_MISSING = "item_missing"  # the ledger says that the item is there
    ITEM_WITHOUT_HISTORY = "item_without_history"  # the ledger does not know how the item came here
    ITEM_DIFFERS = "item_differs"  # the item is not as the ledger left it
    DUPLICATE_ITEM = "duplicate_item"  # two characters' ledgers hold the item
    WRONG_BALANCE = "wrong_balance"  # a balance is not what the ledger says
    CHARACTER_DIFFERS = "character_differs"  # the character is not as the ledger left it
    BROKEN_INVARIANT = "broken_invariant"  # a state that the rules could never have made
    SESSION_BEHIND = "session_behind"  # a session is unsaved for too long
    SESSION_DIFFERS = "session_differs"  # a session is not what the vault and its journal lead to


class Trace(msgspec.Struct, frozen=True):
    """One ledger row that touched an item: its lineage is a list of these, oldest first."""

    char_id: int
    version: int
    at_ms: int
    actor: str
    operations: tuple[str, ...]
    action_id: str
    change: str


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong: whose, where, and in words."""

    kind: Kind
    char_id: int
    text: str
    version: int | None = None
    item_id: str | None = None
    resource: str | None = None
    lineage: tuple[Trace, ...] = ()

    def __str__(self) -> str:
        place = f" version {self.version}" if self.version is not None else ""
        return f"{self.kind}: character {self.char_id}{place}: {self.text}"
