"""What is to happen, and what the rules make of it: an intent in, a proposal and its record out."""

from collections.abc import Callable
from typing import Literal

import msgspec

from satchel.errors import NotOwner, Refusal, SatchelError, VersionMismatch
from satchel.inventory.actions import ACTION_NAMES, AnyAction
from satchel.inventory.item import HolderId
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.proposal import Proposal
from satchel.inventory.record import Record

__all__ = ["Durability", "Intent", "Rule", "check_access", "explain", "propose", "record_of"]

Durability = Literal["session", "durable"]
Rule = Callable[[Proposal, AnyAction], None]
"""Decides one operation on a proposal; raises a refusal."""


class Intent(msgspec.Struct, frozen=True, gc=False):
    """What is to happen to one character.

    `owner` is set when the caller acts as a player: the character must be theirs. `body` is the digest of the
    operations. `surely_new` says that nobody can have sent the action id before.
    """

    char_id: HolderId
    operations: tuple[AnyAction, ...]
    action_id: str
    body: str
    actor: str
    at_ms: int
    owner: str | None = None
    expected_version: int | None = None
    expected_h: str = ""
    durability: Durability = "session"
    reason: str = ""
    surely_new: bool = False


def check_access(session: InventorySessionDTO, intent: Intent) -> None:
    """Refuse an intent that may not be carried out on this session.

    Raises:
        NotOwner: The character belongs to another player.
        VersionMismatch: The session is not at the expected version.
    """
    if intent.owner is not None and session.character.owner != intent.owner:
        raise NotOwner(char_id=intent.char_id)
    expected = intent.expected_version
    if expected is not None and (session.version != expected or not session.h.startswith(intent.expected_h)):
        raise VersionMismatch(expected=intent.expected_version, current=session.version)


def propose(session: InventorySessionDTO, intent: Intent, rule: Rule) -> Proposal:
    """Carry the operations out on the session, in order, all or nothing.

    Returns:
        The steps taken, to be saved or undone.

    Raises:
        Refusal: The rules forbid one of them; nothing has changed.
    """
    proposal = Proposal(session, at_ms=intent.at_ms, action_id=intent.action_id)
    number = 0
    try:
        for number, operation in enumerate(intent.operations):
            proposal.operation = number
            rule(proposal, operation)
    except BaseException as error:
        proposal.undo()
        if isinstance(error, SatchelError) and len(intent.operations) > 1:
            error.data["operation"] = number
        raise
    return proposal


def explain(session: InventorySessionDTO, intent: Intent, rule: Rule) -> Proposal:
    """Carry out what can be carried out, and note every reason against the rest.

    Returns:
        The steps taken and the reasons, to be read and undone before anything is awaited.
    """
    proposal = Proposal(session, at_ms=intent.at_ms, action_id=intent.action_id, explain=True)
    for number, operation in enumerate(intent.operations):
        proposal.operation, mark = number, proposal.mark()
        try:
            rule(proposal, operation)
        except Refusal as refusal:
            proposal.undo(mark)
            proposal.blocking.append((number, refusal))
        except BaseException:
            proposal.undo()
            raise
    return proposal


def record_of(session: InventorySessionDTO, proposal: Proposal, intent: Intent) -> Record:
    """Write down what a proposal did, as the next version of the session."""
    return Record(
        char_id=session.char_id,
        version=session.version + 1,
        epoch=session.epoch,
        action_id=intent.action_id,
        body=intent.body,
        actor=intent.actor,
        at_ms=intent.at_ms,
        operations=tuple([ACTION_NAMES[type(operation)] for operation in intent.operations]),
        changes=proposal.item_changes(),
        wallet_changes=proposal.wallet_changes(),
        stats=session.stats,
        character=proposal.character_change(),
        effects=tuple(proposal.effects),
        dropped=proposal.shelf_changes(),
        reason=intent.reason,
    )
