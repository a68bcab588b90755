"""Action to rule: what stands behind `POST /inventory/action` and behind the client in the same process."""

from collections.abc import Callable
from hashlib import blake2b
from itertools import count
from secrets import token_hex
from typing import Annotated, Literal, assert_never

import msgspec
from msgspec import Meta

from satchel.access import Caller, check_age, check_key
from satchel.errors import Forbidden, IdempotencyKeyReused
from satchel.inventory.actions import (
    OPERATIONS_MAX,
    SERVICE_ACTIONS,
    Action,
    AdjustWallet,
    AnyAction,
    BindQuickSlot,
    Consume,
    Drop,
    Equip,
    Grant,
    Lock,
    Merge,
    Move,
    Restore,
    Sort,
    Split,
    TakeBack,
    UnbindQuickSlot,
    Unequip,
    Unlock,
    UpdateCharacter,
    Use,
)
from satchel.inventory.decision import Intent
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.item import HolderId
from satchel.inventory.proposal import Proposal
from satchel.inventory.reads.reply import ActionReply, BlockingReason, dropped_by, reply_json
from satchel.inventory.record import Record, open_record
from satchel.inventory.service import InventoryService
from satchel.orchestrator import InventoryCoreOrchestrator

__all__ = ["ActionRequest", "Dispatcher"]

_encode = msgspec.json.Encoder().encode


class ActionRequest(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One or more operations on one character, all or nothing."""

    char_id: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    operations: Annotated[tuple[Action, ...], Meta(min_length=1, max_length=OPERATIONS_MAX)]
    expected_version: Annotated[int, Meta(ge=0, le=2**53 - 1)] | None = None
    dry_run: bool = False
    durability: Literal["session", "durable"] = "session"


class Dispatcher:
    """Carries requests out.

    Args:
        orchestrator: Performs them.
        catalogue: What kinds of items there are, for those who show them.
        clock: Milliseconds since 1970.
    """

    def __init__(self, orchestrator: InventoryCoreOrchestrator, catalogue: Catalogue, clock: Callable[[], int]) -> None:
        self.orchestrator = orchestrator
        self.catalogue = catalogue
        self._service = InventoryService()
        self._clock = clock
        # Actions without a key are told apart by their process and a number: a UUID for each would take longer.
        self._process_id = token_hex(12)
        self._numbers = count(1)

    async def dispatch(
        self, request: ActionRequest, caller: Caller, idempotency_key: str | None = None, expected_h: str = ""
    ) -> ActionReply:
        """Carry out a request.

        Args:
            request: What to do.
            caller: Who asks.
            idempotency_key: Names the action: sent again, it gives the stored answer and does nothing. Without one, two
                equal requests are two actions.
            expected_h: The beginning of the chain's head at `expected_version`, if the caller knows it.

        Raises:
            SatchelError: See `satchel.errors`; after a refusal nothing has changed.
        """
        intent = self._intent(request, caller, idempotency_key, expected_h)
        if request.dry_run:
            return await self._preview(intent)
        decided = await self.orchestrator.perform(intent, self.decide)
        record = decided.record or _replayed(decided.record_json, intent)
        return ActionReply(
            char_id=record.char_id,
            version=record.version,
            epoch=record.epoch,
            h=decided.h,
            replayed=decided.record is None,
            durability=intent.durability,
            changes=record.changes,
            wallet_changes=record.wallet_changes,
            character=record.character,
            effects=record.effects,
            dropped=dropped_by(record.dropped),
            stats=record.stats,
        )

    async def dispatch_json(
        self, request: ActionRequest, caller: Caller, idempotency_key: str | None = None, expected_h: str = ""
    ) -> bytes:
        """Carry out a request like `dispatch`; the reply as JSON, encoded only once with the record that is saved."""
        intent = self._intent(request, caller, idempotency_key, expected_h)
        if request.dry_run:
            return _encode(await self._preview(intent))
        decided = await self.orchestrator.perform(intent, self.decide)
        record = decided.record or _replayed(decided.record_json, intent)
        return reply_json(
            decided.record_json,
            decided.h,
            dropped_by(record.dropped),
            replayed=decided.record is None,
            durability=intent.durability,
        )

    def decide(self, proposal: Proposal, operation: AnyAction) -> None:
        """Call the rule of an operation."""
        service = self._service
        match operation:
            case Equip():
                service.equip(proposal, operation)
            case Unequip():
                service.unequip(proposal, operation)
            case Move():
                service.move(proposal, operation)
            case Use():
                service.use(proposal, operation)
            case Drop():
                service.drop(proposal, operation)
            case TakeBack():
                service.take_back(proposal, operation)
            case Split():
                service.split(proposal, operation)
            case Merge():
                service.merge(proposal, operation)
            case BindQuickSlot():
                service.bind_quick_slot(proposal, operation)
            case UnbindQuickSlot():
                service.unbind_quick_slot(proposal, operation)
            case Sort():
                service.sort(proposal, operation)
            case Lock():
                service.lock(proposal, operation)
            case Unlock():
                service.unlock(proposal, operation)
            case Grant():
                service.grant(proposal, operation)
            case Consume():
                service.consume(proposal, operation)
            case AdjustWallet():
                service.adjust_wallet(proposal, operation)
            case UpdateCharacter():
                service.update_character(proposal, operation)
            case Restore():
                service.restore(proposal, operation)
            case _:
                assert_never(operation)

    def _intent(self, request: ActionRequest, caller: Caller, idempotency_key: str | None, expected_h: str) -> Intent:
        self._check_caller(request, caller)
        now_ms = self._clock()
        if idempotency_key is not None:
            check_key(idempotency_key)
            check_age(idempotency_key, now_ms)
        return Intent(
            char_id=HolderId(request.char_id),
            operations=request.operations,
            action_id=idempotency_key or f"{self._process_id}-{next(self._numbers)}",
            body=blake2b(_encode(request.operations), digest_size=8).hexdigest(),
            actor=caller.actor,
            at_ms=now_ms,
            owner=caller.owner,
            expected_version=request.expected_version,
            expected_h=expected_h,
            durability=request.durability,
            surely_new=idempotency_key is None,
        )

    def _check_caller(self, request: ActionRequest, caller: Caller) -> None:
        for operation in request.operations:
            if not isinstance(operation, SERVICE_ACTIONS):
                caller.require("act")
            elif caller.owner is not None:
                raise Forbidden(scope="grant", reason="players may not ask for service actions")
            else:
                caller.require("grant")

    async def _preview(self, intent: Intent) -> ActionReply:
        proposal = await self.orchestrator.preview(intent, self.decide)
        session = proposal.session
        try:
            return ActionReply(
                char_id=session.char_id,
                version=session.version,
                epoch=session.epoch,
                h=session.h,
                dry_run=True,
                changes=proposal.item_changes(),
                wallet_changes=proposal.wallet_changes(),
                character=proposal.character_change(),
                effects=tuple(proposal.effects),
                dropped=dropped_by(proposal.shelf_changes()),
                stats=session.stats,
                blocking=tuple(
                    BlockingReason(number, refusal.code, refusal.data) for number, refusal in proposal.blocking
                ),
            )
        finally:
            proposal.undo()


def _replayed(record_json: bytes, intent: Intent) -> Record:
    record = open_record(record_json)
    if record.body != intent.body:
        raise IdempotencyKeyReused(idempotency_key=intent.action_id)
    return record
