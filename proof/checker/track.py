"""Checks what clients saw of one character against its ledger, by replaying the pure rules version by version."""

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b

import msgspec

from proof.checker.history import Attempt, Call, Problem, Verdict, Wrong, calls_of, is_at
from proof.checker.order import Window, Windows
from satchel.admin.finding import Finding
from satchel.admin.replay import LedgerReplay
from satchel.errors import SatchelError
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet, Consume, Drop, Grant, Operation, TakeBack, Use
from satchel.inventory.book import BUILT_IN
from satchel.inventory.changes import net_quantities
from satchel.inventory.character import Character
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.item import ItemId
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.proposal import Proposal
from satchel.inventory.reads.whole import inventory
from satchel.inventory.record import Record, open_record
from satchel.ports import LedgerEntry

__all__ = ["Track"]

_encode = msgspec.json.Encoder().encode


class Track:
    """One character's history, checked stretch by stretch; each stretch costs what happened in it.

    Args:
        catalogue: What the rules look things up in.
        char_id: The character.
        character: Who it was before its first action.
    """

    def __init__(self, catalogue: Catalogue, char_id: HolderId, character: Character) -> None:
        self.catalogue = catalogue
        self.char_id = char_id
        self.replay = LedgerReplay(char_id)
        self._session = InventorySessionDTO(catalogue, char_id, character)
        self._executed: dict[str, tuple[int, str]] = {}
        self._verdict = Verdict()

    def check(self, ledger: Sequence[LedgerEntry], attempts: Sequence[Attempt], *, may_lose: bool = False) -> Verdict:
        """Check a stretch: the rows since the last one, and what clients saw since then.

        Args:
            ledger: Rows in the order of their versions.
            attempts: Whatever was asked, in any order; nothing may be in flight any more.
            may_lose: A fault of the stretch may lose acknowledged actions of level `session`.
        """
        self._verdict = Verdict()
        calls = calls_of(attempts)
        start = self.replay.version
        chain = {entry.version: (entry.action_id, entry.h) for entry in ledger}
        windows = Windows(calls, chain, start)
        reads = [attempt for attempt in attempts if attempt.view is not None]
        refusals = [] if may_lose else [attempt for attempt in attempts if _is_judged(attempt)]
        waiting = sorted(((windows.of(a), a) for a in refusals), key=lambda pair: pair[0].first)
        views = _by_version(reads)
        latest_ask = (0, start)
        waiting = self._judge_state(waiting, views)
        for entry in ledger:
            self._findings(self.replay.add(entry))
            call = calls.get(entry.action_id)
            self._carry_out(entry, call)
            if call is not None:
                latest_ask = self._check_order(entry, call, latest_ask)
            waiting = self._judge_state(waiting, views)
        self._check_calls(calls, may_lose)
        self._check_reads(reads, windows, chain, may_lose)
        for _, attempt in waiting:
            self._wrong(Wrong.FALSE_REFUSAL, f"{attempt.code} fits no state that it can have seen", key=attempt.key)
        self._count(attempts, ledger)
        return self._verdict

    def has_executed(self, key: str) -> bool:
        """Whether the ledger has it."""
        return key in self._executed

    def same_as(self, session: InventorySessionDTO) -> list[Problem]:
        """Compare the outcome with a copy that is kept elsewhere."""
        character = self._session.character
        found = self.replay.state_findings(session.version, session.h, session.items.values(), session.wallet)
        problems = [_problem(finding) for finding in found]
        if session.character != character:
            text = f"it is {session.character}, its history says {character}"
            problems.append(Problem("character_differs", self.char_id, text))
        return problems

    # -- one version ---------------------------------------------------------------------------------------------------

    def _carry_out(self, entry: LedgerEntry, call: Call | None) -> None:
        record = open_record(entry.record_json)
        before = self._executed.setdefault(entry.action_id, (entry.version, entry.h))
        if before != (entry.version, entry.h):
            text = f"it was executed at version {before[0]} and again at {entry.version}"
            self._wrong(Wrong.DOUBLE_EXECUTION, text, key=entry.action_id)
        # The shelf does not outlive the session, so the record says what lay there; the ledger's replay checks that.
        self._session.shelf |= {place.item: place.before for place in record.dropped if place.before is not None}
        if call is None:
            self._wrong(Wrong.INVENTED, "no client asked for it", key=entry.action_id)
        else:
            self._check_request(record, call)
        if call is None or not self._decide_again(record, call.operations):
            self._believe(record)
        session = self._session
        session.version, session.epoch, session.h = entry.version, entry.epoch, entry.h
        for attempt in call.answers() if call is not None else ():
            if is_at(attempt, entry.version, entry.h):
                self._check_answer(attempt, record)

    def _decide_again(self, record: Record, operations: Sequence[Operation]) -> bool:
        """Replay the rules; whether they lead to what the record says."""
        proposal = Proposal(self._session, at_ms=record.at_ms, action_id=record.action_id)
        try:
            self._decide(proposal, operations)
        except SatchelError as error:
            proposal.undo()
            self._wrong(Wrong.WRONG_RESULT, f"the rules refuse it: {error}", key=record.action_id)
            return False
        decided = (proposal.item_changes(), proposal.wallet_changes(), proposal.character_change())
        stats = self._session.stats
        if decided != (record.changes, record.wallet_changes, record.character) or stats != record.stats:
            proposal.undo()
            text = f"the rules lead to {decided} and {stats}, the record says {record}"
            self._wrong(Wrong.WRONG_RESULT, text, key=record.action_id)
            return False
        return True

    def _decide(self, proposal: Proposal, operations: Sequence[Operation]) -> None:
        for number, operation in enumerate(operations):
            proposal.operation = number
            BUILT_IN.decide(proposal, operation)

    def _believe(self, record: Record) -> None:
        character = record.character.after if record.character is not None else self._session.character
        items, wallet = self.replay.items.values(), dict(self.replay.wallet)
        self._session = InventorySessionDTO(self.catalogue, self.char_id, character, items, wallet)

    def _check_request(self, record: Record, call: Call) -> None:
        if record.body != blake2b(_encode(call.operations), digest_size=8).hexdigest():
            self._wrong(Wrong.WRONG_RESULT, "another body was executed under the key", key=call.key)
        items, money = self._asked_for(record, call.operations)
        moved = {b.resource: b.after - b.before for b in record.wallet_changes if b.after != b.before}
        if net_quantities(record.changes) != items or moved != money:
            text = f"asked for {items} {money}, got {net_quantities(record.changes)} {moved}"
            self._wrong(Wrong.NOT_CONSERVED, text, key=call.key)

    def _asked_for(self, record: Record, operations: Sequence[Operation]) -> tuple[dict[str, int], dict[str, int]]:
        """What the request itself says that comes and goes, by definition and by resource; the rules are not asked."""
        items: Counter[str] = Counter()
        money: Counter[str] = Counter()
        for operation in operations:
            item = self._session.items.get(ItemId(getattr(operation, "item_id", None) or ""))
            match operation:
                case Grant():
                    items[operation.definition] += operation.quantity
                case TakeBack():
                    shelved = self._session.shelf.get(ItemId(operation.item_id))
                    if shelved is not None:
                        items[shelved.item.definition] += shelved.item.quantity
                case Drop() if item is not None:
                    items[item.definition] -= operation.quantity or item.quantity
                case Consume():
                    items[operation.definition or (item.definition if item is not None else "")] -= operation.quantity
                case Use() if item is not None:
                    effect = self.catalogue.definition(item.definition).use
                    items[item.definition] -= effect.consumes if effect is not None else 0
                case AdjustWallet():
                    money[operation.resource] += operation.amount
        for effect_ in record.effects:
            if effect_.effect == "overflow":
                items[effect_.definition] -= effect_.values["quantity"]
        return {k: v for k, v in items.items() if v}, {k: v for k, v in money.items() if v}

    def _check_answer(self, attempt: Attempt, record: Record) -> None:
        reply = attempt.reply
        if reply is None:
            return
        said = (reply.char_id, reply.epoch, reply.changes, reply.wallet_changes, reply.stats, reply.character)
        did = (self.char_id, record.epoch, record.changes, record.wallet_changes, record.stats, record.character)
        if said != did:
            self._wrong(Wrong.WRONG_ANSWER, f"the answer says {said}, the record {did}", key=attempt.key)

    def _check_order(self, entry: LedgerEntry, call: Call, latest_ask: tuple[int, int]) -> tuple[int, int]:
        asked_ns, version = latest_ask
        if call.answered_ns(entry.version, entry.h) < asked_ns:
            text = f"it was acknowledged before version {version} was asked for, but comes after it"
            self._wrong(Wrong.REORDERED, text, key=call.key)
        return max(latest_ask, (call.invoked_ns, entry.version))

    def _judge_state(
        self, waiting: list[tuple[Window, Attempt]], views: dict[tuple[int, str], list[Attempt]]
    ) -> list[tuple[Window, Attempt]]:
        """Look at the present state: does it justify refusals, and is it what reads have shown?"""
        session, left = self._session, []
        for window, attempt in waiting:
            if not (window.first <= session.version <= window.last and self._refuses(attempt)):
                left.append((window, attempt))
        for attempt in views.pop((session.version, session.h), ()):
            shown, is_ = attempt.view, inventory(session)
            # A read may see a later attach of the same version.
            if shown is not None and msgspec.structs.replace(shown, epoch=is_.epoch) != is_:
                names = [name for name in is_.__struct_fields__ if getattr(shown, name) != getattr(is_, name)]
                text = "; ".join(f"{name} {getattr(shown, name)}, not {getattr(is_, name)}" for name in names)
                self._wrong(Wrong.WRONG_VIEW, f"a read showed {text}")
        return left

    def _refuses(self, attempt: Attempt) -> bool:
        proposal = Proposal(self._session, at_ms=0, action_id=attempt.key)
        try:
            self._decide(proposal, attempt.operations)
        except SatchelError as refusal:
            return refusal.code == attempt.code
        finally:
            proposal.undo()
        return False

    # -- the whole stretch ---------------------------------------------------------------------------------------------

    def _check_calls(self, calls: dict[str, Call], may_lose: bool) -> None:
        for call in calls.values():
            outcomes = {attempt.outcome for attempt in call.attempts}
            if call.key in self._executed and not outcomes & {"ok", "unknown"}:
                self._wrong(Wrong.REFUSED_BUT_DONE, f"only {sorted(outcomes)} were told", key=call.key)
            first_answers = 0
            for attempt in call.answers():
                reply = attempt.reply
                if reply is None:
                    continue
                if self._executed.get(call.key) == (reply.version, reply.h):
                    first_answers += not reply.replayed
                elif may_lose and not attempt.durable:
                    self._verdict.lost.append(attempt)
                else:
                    text = f"acknowledged as version {reply.version} h {reply.h[:12]}, which the ledger does not have"
                    self._wrong(Wrong.LOST, text, key=call.key)
            if first_answers > 1:
                self._wrong(Wrong.WRONG_ANSWER, f"{first_answers} answers say that they were the first", key=call.key)

    def _check_reads(
        self, reads: Iterable[Attempt], windows: Windows, chain: dict[int, tuple[str, str]], may_lose: bool
    ) -> None:
        for attempt in reads:
            view, window = attempt.view, windows.of(attempt)
            if view is None or (may_lose and chain.get(view.version, ("", view.h))[1] != view.h):
                continue
            if view.version < window.first:
                text = f"a read showed version {view.version} after {window.first} was acknowledged"
                self._wrong(Wrong.STALE_READ, text)
            elif view.version > window.last and not may_lose:
                text = f"a read showed version {view.version}, which the ledger does not have, or nobody asked for yet"
                self._wrong(Wrong.FUTURE_READ, text)
            elif view.version in chain and chain[view.version][1] != view.h:
                self._wrong(Wrong.WRONG_VIEW, f"a read showed version {view.version} with another h")

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _count(self, attempts: Sequence[Attempt], ledger: Sequence[LedgerEntry]) -> None:
        verdict = self._verdict
        verdict.actions = len(ledger)
        for attempt in attempts:
            verdict.reads += attempt.view is not None
            verdict.answers += attempt.reply is not None
            verdict.refusals += attempt.outcome == "refused"
            verdict.unknown += attempt.outcome == "unknown"
            verdict.operations += len(attempt.operations) if attempt.reply is not None else 0

    def _findings(self, findings: Iterable[Finding]) -> None:
        self._verdict.problems += map(_problem, findings)

    def _wrong(self, kind: Wrong, text: str, *, key: str = "") -> None:
        self._verdict.problems.append(Problem(kind, self.char_id, text, self.replay.version, key))


def _problem(finding: Finding) -> Problem:
    return Problem(finding.kind, finding.char_id, finding.text, finding.version or 0)


def _is_judged(attempt: Attempt) -> bool:
    """Whether a refusal has to fit the ledger: what can be taken back lies in the session alone, and may be gone."""
    return attempt.outcome == "refused" and not any(isinstance(op, TakeBack) for op in attempt.operations)


def _by_version(reads: Iterable[Attempt]) -> dict[tuple[int, str], list[Attempt]]:
    found: dict[tuple[int, str], list[Attempt]] = {}
    for attempt in reads:
        if attempt.view is not None:
            found.setdefault((attempt.view.version, attempt.view.h), []).append(attempt)
    return found
