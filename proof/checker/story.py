"""Writes sound histories without a server, so that tests can plant one fault in each."""

from collections.abc import Callable
from hashlib import blake2b

import msgspec
from tests.builders import HERO, HERO_ID

from proof.checker.history import Attempt, Verdict
from proof.checker.track import Track
from satchel.errors import Refusal
from satchel.ids import HolderId
from satchel.inventory.actions import Operation
from satchel.inventory.book import BUILT_IN, name_of
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.proposal import Proposal
from satchel.inventory.reads.reply import ActionReply
from satchel.inventory.reads.whole import inventory
from satchel.inventory.record import GENESIS, Record, open_record, seal
from satchel.ports import LedgerEntry

__all__ = ["Story"]


class Story:
    """One character whose actions happen one after the other, an instant apart.

    Attributes:
        ledger: What the vault would hold.
        attempts: What the client would have seen.
        session: The state now.
    """

    def __init__(self, catalogue: Catalogue, char_id: HolderId = HERO_ID) -> None:
        self.catalogue = catalogue
        self.session = InventorySessionDTO(catalogue, char_id, HERO, epoch=1, h=GENESIS)
        self.ledger: list[LedgerEntry] = []
        self.attempts: list[Attempt] = []
        self._now = 0

    def act(self, *operations: Operation, key: str = "") -> Attempt:
        """Do something; a refusal is an answer too."""
        session, key = self.session, key or f"k{len(self.attempts)}"
        proposal = Proposal(session, at_ms=1_790_000_000_000, action_id=key)
        try:
            for number, operation in enumerate(operations):
                proposal.operation = number
                BUILT_IN.decide(proposal, operation)
        except Refusal as refusal:
            proposal.undo()
            return self._add(key, operations, outcome="refused", code=refusal.code)
        record = Record(
            char_id=session.char_id,
            version=session.version + 1,
            epoch=session.epoch,
            action_id=key,
            body=blake2b(msgspec.json.encode(operations), digest_size=8).hexdigest(),
            actor="test",
            at_ms=1_790_000_000_000,
            operations=tuple(name_of(type(operation)) for operation in operations),
            changes=proposal.item_changes(),
            wallet_changes=proposal.wallet_changes(),
            stats=session.stats,
        )
        self._append(record)
        return self._add(key, operations, outcome="ok", reply=_reply(record, session.h))

    def read(self) -> Attempt:
        """Look at all of it."""
        return self._add("", (), outcome="ok", view=inventory(self.session))

    def retell(self, version: int, change: Callable[[Record], Record]) -> None:
        """Change a record afterwards, with a chain and answers that fit."""
        records = [open_record(entry.record_json) for entry in self.ledger]
        records[version - 1] = change(records[version - 1])
        self.ledger, self.session.h, self.session.version = [], GENESIS, 0
        for record in records:
            self._append(record)
            self.attempts = [
                msgspec.structs.replace(attempt, reply=_reply(record, self.session.h))
                if attempt.key == record.action_id
                else attempt
                for attempt in self.attempts
            ]

    def check(self, *, may_lose: bool = False) -> Verdict:
        """Check it."""
        self.track = Track(self.catalogue, self.session.char_id, HERO)
        verdict = self.track.check(self.ledger, self.attempts, may_lose=may_lose)
        verdict.problems += self.track.same_as(self.session)
        return verdict

    def _append(self, record: Record) -> None:
        session = self.session
        record = msgspec.structs.replace(record, version=session.version + 1)
        sealed = seal(session.h, record)
        session.version, session.h = sealed.version, sealed.h
        entry = LedgerEntry(session.char_id, sealed.version, record.epoch, sealed.h, record.action_id, sealed.json)
        self.ledger.append(entry)

    def _add(self, key: str, operations: tuple[Operation, ...], **fields: object) -> Attempt:
        self._now += 10
        attempt = Attempt(self.session.char_id, key, operations, self._now, self._now + 5, **fields)  # type: ignore[arg-type]
        self.attempts.append(attempt)
        return attempt


def _reply(record: Record, h: str) -> ActionReply:
    return ActionReply(
        char_id=record.char_id,
        version=record.version,
        epoch=record.epoch,
        h=h,
        replayed=False,
        durability="session",
        changes=record.changes,
        wallet_changes=record.wallet_changes,
        stats=record.stats,
    )
