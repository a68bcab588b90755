"""The life cycle of an inventory: vault to session, actions on the session, session to vault."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec

from satchel.errors import (
    IdempotencyKeyExpired,
    NotOwner,
    PushRejected,
    Quarantined,
    SatchelError,
    SessionUnavailable,
    UnreadableSession,
)
from satchel.failpoints import reach
from satchel.ids import HolderId
from satchel.inventory.book import BUILT_IN, ActionBook
from satchel.inventory.decision import Intent, check_access, explain, propose, record_of
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.proposal import Proposal
from satchel.inventory.record import Record, open_record
from satchel.ports import (
    Backlog,
    Conflict,
    Detached,
    JournalFull,
    Ledger,
    Pushing,
    PushOutcome,
    PushStatus,
    Replayed,
    Saved,
    Sessions,
    Settlement,
    Snapshot,
    Unsure,
)
from satchel.sharing import SharedJob
from satchel.telemetry import Metrics, log
from satchel.turns import Turns

__all__ = ["Decided", "InventoryCoreOrchestrator"]

ATTEMPTS = 64
"""How often an action is decided again before the caller is told to come back."""


class Durable(Pushing, Ledger, Protocol):
    """What the orchestrator needs of the vault."""


class Decided(msgspec.Struct, frozen=True, gc=False):
    """What happened: the record of this action; or, without a `record`, the JSON of an earlier one with the same id."""

    record_json: bytes
    h: str
    record: Record | None = None


class InventoryCoreOrchestrator:
    """Opens sessions, performs actions on them, and brings them back to the vault.

    Args:
        sessions: The hot copies.
        backlog: Which of them are dirty.
        vault: The durable copies.
        metrics: What is counted.
        book: The actions there are.
    """

    def __init__(
        self, sessions: Sessions, backlog: Backlog, vault: Durable, metrics: Metrics, book: ActionBook = BUILT_IN
    ) -> None:
        self.book = book
        self.sessions = sessions
        self.backlog = backlog
        self._vault = vault
        self.metrics = metrics
        self.turns = Turns()
        self._flushes = SharedJob(self._flush_one)

    # -- vault to session ----------------------------------------------------------------------------------------------

    async def init_session(self, char_id: HolderId) -> InventorySessionDTO:
        """Get the character's session, loading it from the vault if there is none.

        Raises:
            CharacterNotFound: There is no such character.
            SessionUnavailable: Redis is away.
            VaultUnavailable: The vault had to be asked and is away.
        """
        try:
            return await self.sessions.load_session(char_id)
        except UnreadableSession as error:
            await self._reload(char_id, error)
            return await self.sessions.load_session(char_id)

    # -- actions -------------------------------------------------------------------------------------------------------

    async def perform(self, intent: Intent) -> Decided:
        """Decide an action on the session and save it: one script call if this process has the present copy.

        The first save wins; the other action decides again on the state that the script returned.

        Raises:
            Refusal: The rules forbid it on the present state; nothing changed.
            VersionMismatch: The session is not at the expected version.
            NotOwner: The character is somebody else's.
            RateLimited: Too many actions of this character wait.
            Operational: Redis or the vault is away. The outcome may be unknown: try again with the same action id.
        """
        await self.turns.take(intent.char_id)
        try:
            decided = await self._perform(intent)
        finally:
            self.turns.end(intent.char_id)
        (self.metrics.replayed if decided.record is None else self.metrics.saved).inc()
        if intent.durability == "durable":
            reach("action.before_durable_flush")
            await self._make_durable(intent.char_id, decided)
            reach("action.after_durable_flush")
        return decided

    async def preview(self, intent: Intent) -> Proposal:
        """Decide an action on the present state with every reason against it, and save nothing.

        The caller reads the proposal and undoes it before it awaits anything.
        """
        session = await self.init_session(intent.char_id)
        check_access(session, intent)
        return explain(session, intent, self.book)

    async def _perform(self, intent: Intent) -> Decided:
        char_id, surely_new = intent.char_id, intent.surely_new
        session = self.sessions.recall(char_id)
        if session is None:
            session = await self.init_session(char_id)
        for _ in range(ATTEMPTS):
            try:
                reach("action.before_decide")
                check_access(session, intent)
                proposal = propose(session, intent, self.book)
            except SatchelError as error:
                # A stale copy may have refused it, or an earlier try of the same action may have succeeded; but what
                # it led to is told to nobody who may not act on this character.
                found = await self._present(char_id, "" if isinstance(error, NotOwner) else intent.action_id)
                if isinstance(found, Replayed):
                    return Decided(found.record_json, found.h)
                if found is session:
                    self.metrics.refused.inc()
                    raise
                session = found
                continue
            try:
                reach("action.after_decide")
                record = record_of(session, proposal, intent)
                outcome = await self.sessions.save_session(session, record, surely_new=surely_new)
            except BaseException:
                # The copy shows steps of which nobody knows whether they are saved.
                self.sessions.forget(char_id)
                raise
            match outcome:
                case Saved():
                    return Decided(outcome.record_json, outcome.h, outcome.record)
                case Replayed():
                    return Decided(outcome.record_json, outcome.h)
                case Conflict():
                    self.metrics.conflicts.inc()
                    session = outcome.session
                case Unsure():
                    if await self._vault.knows_action(char_id, intent.action_id):
                        raise IdempotencyKeyExpired(idempotency_key=intent.action_id)
                    surely_new = True
                    session = await self.init_session(char_id)
                case JournalFull():
                    # The worker cannot keep up: this action pays for the flush itself, and is slow by nature.
                    reach("action.before_overflow_flush")
                    await self.flush_session(char_id)
                    session = await self.init_session(char_id)
                case Detached():
                    session = await self.init_session(char_id)
        raise SessionUnavailable(reason="others kept changing it", char_id=char_id)

    async def _present(self, char_id: HolderId, action_id: str) -> InventorySessionDTO | Replayed:
        found = await self.sessions.get_session(char_id, action_id)
        if found is not None:
            return found
        await self.init_session(char_id)
        return await self._present(char_id, action_id)

    # -- session to vault ----------------------------------------------------------------------------------------------

    async def flush_session(self, char_id: HolderId) -> None:
        """Bring the vault up to the session's present version; returns when it is there.

        All who ask while a flush of the character is under way share the next one: two at once would only show the
        vault the same records twice.

        Raises:
            VaultUnavailable: The vault is away; the session stays dirty.
            Quarantined, PushRejected: The vault refuses it.
            SessionUnavailable: Others kept attaching it.
        """
        await self._flushes.run(char_id)

    async def _flush_one(self, char_id: HolderId) -> None:
        for _ in range(ATTEMPTS):
            snapshot = await self.backlog.claim_one(char_id)
            if snapshot is None or not snapshot.records:
                return
            outcome = (await self.flush([snapshot]))[0]
            if outcome.status in (PushStatus.PUSHED, PushStatus.DONE, PushStatus.NEWER):
                return
            if outcome.status == PushStatus.MISSING:
                raise Quarantined(char_id=char_id)
        raise SessionUnavailable(reason="others kept attaching", char_id=char_id)

    async def flush(self, snapshots: Sequence[Snapshot]) -> list[PushOutcome]:
        """Push a batch in one transaction, and settle what the vault took.

        A session that the vault does not recognise is attached anew: that decides whose history goes on.

        Raises:
            VaultUnavailable: Nothing is known about the batch; it stays dirty.
            PushRejected: Some row was refused; nothing was saved.
        """
        reach("flush.before_push")
        outcomes = await self._vault.push(snapshots)
        reach("flush.after_push")
        await asyncio.gather(*(self._settle(outcome) for outcome in outcomes))
        reach("flush.after_settle")
        self.metrics.flushed_sessions.inc(len(snapshots))
        self.metrics.flushed_records.inc(sum(len(snapshot.records) for snapshot in snapshots))
        return outcomes

    async def close_session(self, char_id: HolderId) -> None:
        """Flush a session and remove it from Redis.

        Raises:
            SessionUnavailable: It kept changing.
            Operational: It cannot be flushed now; it stays open.
        """
        for _ in range(ATTEMPTS):
            if await self.sessions.close_session(char_id):
                return
            reach("close.before_flush")
            await self.flush_session(char_id)
        raise SessionUnavailable(reason="the session keeps changing", char_id=char_id)

    async def quarantine(self, char_id: HolderId, reason: str) -> None:
        """Keep actions away from a character until an operator has looked; reads go on."""
        log.error("quarantined", extra={"fields": {"char_id": char_id, "reason": reason}})
        self.metrics.quarantines.inc()
        # The vault first: its new epoch makes every session that does not hear of it attach again.
        reach("quarantine.before_vault")
        await self._vault.quarantine(char_id, reason)
        reach("quarantine.before_session")
        await self.sessions.quarantine(char_id, reason)
        reach("quarantine.after_session")

    async def _settle(self, outcome: PushOutcome) -> None:
        char_id, status = outcome.char_id, outcome.status
        if status in (PushStatus.PUSHED, PushStatus.DONE, PushStatus.NEWER):
            settled = await self.backlog.settle(char_id, outcome.head)
            if status == PushStatus.NEWER and settled == Settlement.OTHER_HISTORY:
                # The session lags behind what others pushed out of it: its server went back.
                await self._attach_anew(outcome)
        elif status == PushStatus.MISSING:
            await self.quarantine(char_id, "the vault has no such character")
        else:
            await self._attach_anew(outcome)

    async def _attach_anew(self, outcome: PushOutcome) -> None:
        log.warning("reattach", extra={"fields": {"char_id": outcome.char_id, "status": outcome.status}})
        reach("flush.before_reattach")
        try:
            await self.sessions.attach(outcome.char_id)
        except UnreadableSession as error:
            # Whoever wants it next replaces it; see `init_session`.
            log.error("unreadable_session", extra={"fields": error.data})

    async def _make_durable(self, char_id: HolderId, decided: Decided) -> None:
        """Flush, and see in the ledger that this very save is there: another history may have won meanwhile."""
        await self.flush_session(char_id)
        record = decided.record or open_record(decided.record_json)
        found = await self._vault.read_ledger(char_id, record.version + 1, 1)
        if not found or found[0].h != decided.h:
            raise SessionUnavailable(reason="another history won", char_id=char_id)

    async def _reload(self, char_id: HolderId, error: UnreadableSession) -> None:
        """Replace a session that cannot be read: its journal is saved if it is whole, else kept for the operator."""
        log.error("unreadable_session", extra={"fields": error.data})
        try:
            await self.flush_session(char_id)
            if await self.sessions.close_session(char_id):
                return
        except (PushRejected, Quarantined) as refusal:
            log.error("unsaved_session", extra={"fields": {"char_id": char_id, "code": refusal.code}})
        await self.quarantine(char_id, str(error))
        await self.sessions.attach(char_id, give_up=True)
