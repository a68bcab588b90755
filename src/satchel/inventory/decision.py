"""What is to happen, and what the rules make of it: an intent in, a proposal and its record out."""

from typing import Literal

import msgspec

from satchel.errors import NotOwner, Refusal, SatchelError, VersionMismatch
from satchel.ids import HolderId
from satchel.inventory.actions import Operation
from satchel.inventory.book import ActionBook, name_of
from satchel.inventory.facts import Fact
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.proposal import Proposal
from satchel.inventory.record import Record

__all__ = ["Durability", "Intent", "check_access", "check_ownership", "explain", "propose", "record_of"]

Durability = Literal["session", "durable"]


class Intent(msgspec.Struct, frozen=True, gc=False):
    """What is to happen to one character.

    `owner` is set when the caller acts as a player: the character must be theirs. `body` is the digest of the
    operations. `facts` are what the game told along. `surely_new` says that nobody can have sent the action id before.
    """

    char_id: HolderId
    operations: tuple[Operation, ...]
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
    facts: dict[str, Fact] = {}


def check_access(session: InventorySessionDTO, intent: Intent) -> None:
    """Refuse an intent that may not be carried out on this session.

    Raises:
        NotOwner: The character belongs to another player.
        VersionMismatch: The session is not at the expected version.
    """
    if intent.owner is not None:
        check_ownership(session, intent.owner)
    expected = intent.expected_version
    if expected is not None and (session.version != expected or not session.h.startswith(intent.expected_h)):
        raise VersionMismatch(expected=intent.expected_version, current=session.version)


def check_ownership(session: InventorySessionDTO, owner: str) -> None:
    """Refuse a player whose character this is not.

    Raises:
        NotOwner: The character belongs to another player.
    """
    if session.character.owner != owner:
        raise NotOwner(char_id=session.char_id)


def propose(session: InventorySessionDTO, intent: Intent, book: ActionBook) -> Proposal:
    """Carry the operations out on the session, in order, all or nothing.

    Returns:
        The steps taken, to be saved or undone.

    Raises:
        Refusal: The rules forbid one of them; nothing has changed.
    """
    proposal = Proposal(session, at_ms=intent.at_ms, action_id=intent.action_id, facts=intent.facts)
    number = 0
    try:
        for number, operation in enumerate(intent.operations):
            proposal.operation = number
            book.decide(proposal, operation)
    except BaseException as error:
        proposal.undo()
        if isinstance(error, SatchelError) and len(intent.operations) > 1:
            error.at_operation(number)
        raise
    return proposal


def explain(session: InventorySessionDTO, intent: Intent, book: ActionBook) -> Proposal:
    """Carry out what can be carried out, and note every reason against the rest.

    Returns:
        The steps taken and the reasons, to be read and undone before anything is awaited.
    """
    proposal = Proposal(session, at_ms=intent.at_ms, action_id=intent.action_id, facts=intent.facts, explain=True)
    for number, operation in enumerate(intent.operations):
        proposal.operation, savepoint = number, proposal.savepoint()
        try:
            book.decide(proposal, operation)
        except Refusal as refusal:
            proposal.undo(savepoint)
            proposal.blocking.append((number, refusal))
        except BaseException:
            proposal.undo()
            raise
    return proposal


def record_of(session: InventorySessionDTO, proposal: Proposal, intent: Intent) -> Record:
    """Write down what a proposal did, as the next version of the session."""
    record = Record(
        char_id=session.char_id,
        version=session.version + 1,
        epoch=session.epoch,
        action_id=intent.action_id,
        body=intent.body,
        actor=intent.actor,
        at_ms=intent.at_ms,
        operations=tuple([name_of(type(operation)) for operation in intent.operations]),
        changes=proposal.item_changes(),
        wallet_changes=proposal.wallet_changes(),
        stats=session.stats,
        character=proposal.character_change(),
        effects=tuple(proposal.effects),
        dropped=proposal.shelf_changes(),
        reason=intent.reason,
    )
    # Most actions come without facts, and one argument more makes the call above take several times as long.
    return msgspec.structs.replace(record, facts=intent.facts) if intent.facts else record
