"""Request and caller in, reply out: what stands behind `POST /inventory/action` and the client in the same process."""

from collections.abc import Callable
from hashlib import blake2b
from itertools import count
from secrets import token_hex
from typing import Protocol

import msgspec

from satchel.access import PLAYERS_TELL_NO_FACTS, Caller, check_age, check_key
from satchel.errors import Forbidden, IdempotencyKeyReused
from satchel.ids import OWN_NAME, HolderId
from satchel.inventory.decision import Intent
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.facts import Fact
from satchel.inventory.reads.reply import ActionReply, BlockingReason, dropped_by, reply_json
from satchel.inventory.record import Record, open_record
from satchel.inventory.request import ActionRequest
from satchel.orchestrator import InventoryCoreOrchestrator

__all__ = ["Dispatcher", "FactKeeper"]

_encode = msgspec.json.Encoder().encode


class FactKeeper(Protocol):
    """Where facts are kept that a game told ahead of actions."""

    async def keep(self, char_id: HolderId, facts: dict[str, Fact], for_ms: int) -> None:
        """Keep these facts for a while, in the place of those kept before."""

    async def read(self, char_id: HolderId) -> dict[str, Fact]:
        """The facts that are kept and have not run out."""


class Dispatcher:
    """Carries out requests.

    Args:
        orchestrator: Performs them.
        catalogue: What kinds of items there are, for those who show them.
        clock: Milliseconds since 1970.
        facts: What the game told ahead of actions; asked only for actions whose functions read facts.
    """

    def __init__(
        self,
        orchestrator: InventoryCoreOrchestrator,
        catalogue: Catalogue,
        clock: Callable[[], int],
        facts: FactKeeper,
    ) -> None:
        self.facts = facts
        self.orchestrator = orchestrator
        self.catalogue = catalogue
        self.book = orchestrator.book
        self.clock = clock
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
        intent = self.intent_of(request, caller, idempotency_key, expected_h)
        if self.book.reads_facts:
            intent = await self._with_kept_facts(intent)
        if request.dry_run:
            return await self._preview(intent)
        decided = await self.orchestrator.perform(intent)
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
        intent = self.intent_of(request, caller, idempotency_key, expected_h)
        if self.book.reads_facts:
            intent = await self._with_kept_facts(intent)
        if request.dry_run:
            return _encode(await self._preview(intent))
        decided = await self.orchestrator.perform(intent)
        record = decided.record or _replayed(decided.record_json, intent)
        return reply_json(
            decided.record_json,
            decided.h,
            dropped_by(record.dropped),
            replayed=decided.record is None,
            durability=intent.durability,
        )

    def intent_of(self, request: ActionRequest, caller: Caller, idempotency_key: str | None, expected_h: str) -> Intent:
        """What a request asks for, once it is known that the caller may ask for it.

        Raises:
            Forbidden, MalformedAction, IdempotencyKeyExpired: It may not be carried out, whatever the inventory holds.
        """
        self._check_caller(request, caller)
        now_ms = self.clock()
        if idempotency_key is not None:
            check_key(idempotency_key)
            check_age(idempotency_key, now_ms)
        return Intent(
            char_id=HolderId(request.char_id),
            operations=request.operations,
            action_id=idempotency_key or f"{OWN_NAME}{self._process_id}-{next(self._numbers)}",
            body=blake2b(_encode(request.operations), digest_size=8).hexdigest(),
            actor=caller.actor,
            at_ms=now_ms,
            owner=caller.owner,
            expected_version=request.expected_version,
            expected_h=expected_h,
            durability=request.durability,
            surely_new=idempotency_key is None,
            facts=request.facts,
        )

    async def _with_kept_facts(self, intent: Intent) -> Intent:
        """Add the facts that are kept; what was told along with the action goes before them."""
        wanted = self.book.facts_of(intent.operations) - intent.facts.keys()
        if not wanted:
            return intent
        kept = await self.facts.read(intent.char_id)
        found = {name: kept[name] for name in sorted(wanted & kept.keys())}
        return msgspec.structs.replace(intent, facts={**intent.facts, **found})

    def _check_caller(self, request: ActionRequest, caller: Caller) -> None:
        for operation in request.operations:
            if self.book.scope_of(operation) == "act":
                caller.require("act")
            elif caller.owner is not None:
                raise Forbidden(scope="grant", reason="players may not ask for service actions")
            else:
                caller.require("grant")
        if request.facts and not caller.is_service:
            raise Forbidden(scope="act", reason=PLAYERS_TELL_NO_FACTS)

    async def _preview(self, intent: Intent) -> ActionReply:
        proposal = await self.orchestrator.preview(intent)
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
