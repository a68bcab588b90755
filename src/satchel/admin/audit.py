"""The audit: everything in the vault is held against its own ledger, and every session against the vault.

It reads character by character, each at one moment, and never more than a few hundred ledger rows at once; players may
go on playing.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from satchel.admin.finding import Finding, Kind
from satchel.admin.lineage import trace
from satchel.admin.replay import LedgerReplay
from satchel.ids import HolderId
from satchel.inventory.book import BUILT_IN, ActionBook
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.item import ItemId
from satchel.inventory.record import SealedRecord
from satchel.ports import LedgerEntry, VaultState
from satchel.session import InventorySessionManager
from satchel.session.inspection import SessionInspection
from satchel.vault.inspection import Aside, VaultInspection, View

__all__ = ["Audit", "Flow", "Report"]

CHARACTERS_AT_ONCE = 100
FINDINGS_MAX = 1_000
TRACES_MAX = 20
"""Tracing an item reads the whole ledger, so only so many are traced; the rest is named without its lineage."""

SESSION_LOOKS_MAX = 5
"""How often a session that moves on between two looks is looked at again."""


class Flow(msgspec.Struct, frozen=True):
    """How much of one definition or resource came, went, and is present."""

    came: int
    went: int
    present: int


class Report(msgspec.Struct, frozen=True):
    """What an audit found. `findings` are the first ones; `found` is how many there are."""

    characters: int
    records: int
    items: int
    sessions: int
    found: int
    findings: tuple[Finding, ...]
    definitions: dict[str, Flow]
    resources: dict[str, Flow]
    aside: Aside
    duration_ms: int


class Audit:
    """Goes through all characters once.

    Args:
        vault: Where they are kept.
        sessions: The hot copies.
        inspection: The indexes of the hot copies.
        catalogue: What the rules look things up in.
        clock: Milliseconds since 1970.
        book: What each action may do to quantities.
        unsaved_max_ms: How long a session may be ahead of the vault.
    """

    def __init__(
        self,
        vault: VaultInspection,
        sessions: InventorySessionManager,
        inspection: SessionInspection,
        catalogue: Catalogue,
        clock: Callable[[], int],
        *,
        book: ActionBook = BUILT_IN,
        unsaved_max_ms: int = 30_000,
    ) -> None:
        self._book = book
        self._replays: dict[int, LedgerReplay] = {}
        self._vault = vault
        self._sessions = sessions
        self._inspection = inspection
        self._catalogue = catalogue
        self._clock = clock
        self._unsaved_max_ms = unsaved_max_ms
        self._findings: list[Finding] = []
        self._found = self._traced = self._seen_sessions = self._records = self._items = self._characters = 0
        self._came, self._went, self._present = Counter[str](), Counter[str](), Counter[str]()
        self._earned, self._spent, self._owned = Counter[str](), Counter[str](), Counter[str]()

    async def run(self, on_progress: Callable[[int], None] = lambda _: None) -> Report:
        """Go through everything.

        Args:
            on_progress: Called with the number of characters that were looked at since the last call.
        """
        began_ms = self._clock()
        above = 0
        while states := await self._audit_batch(above):
            above = states[-1].char_id
            on_progress(len(states))
        self._check_conservation()
        await self._check_unsaved()
        return Report(
            characters=self._characters,
            records=self._records,
            items=self._items,
            sessions=self._seen_sessions,
            found=self._found,
            findings=tuple(self._findings),
            definitions=_flows(self._came, self._went, self._present),
            resources=_flows(self._earned, self._spent, self._owned),
            aside=await self._vault.aside(),
            duration_ms=self._clock() - began_ms,
        )

    async def audit_one(self, char_id: HolderId) -> list[Finding]:
        """Look at one character only.

        Raises:
            CharacterNotFound: The vault has no such character.
        """
        async with self._vault.view() as view:
            state = await view.state(char_id)
            await self._audit_states(view, [state])
        await self._check_session(char_id, self._replays[char_id], state)
        return self._findings

    # -- the vault -----------------------------------------------------------------------------------------------------

    async def _audit_batch(self, above: int) -> Sequence[VaultState]:
        async with self._vault.view() as view:
            states = await view.states(above, CHARACTERS_AT_ONCE)
            await self._audit_states(view, states)
        for state in states:
            await self._check_session(state.char_id, self._replays[state.char_id], state)
        return states

    async def _audit_states(self, view: View, states: Sequence[VaultState]) -> None:
        self._replays = {state.char_id: LedgerReplay(state.char_id, self._book) for state in states}
        found: list[Finding] = []
        async for entry in view.ledger({state.char_id: 0 for state in states}):
            found += self._replays[entry.char_id].add(entry)
        for state in states:
            replay = self._replays[state.char_id]
            found += replay.state_findings(state.head.version, state.head.h, state.items, state.wallet, state.character)
            found += replay.invariant_findings(self._catalogue, state.character)
            self._count(replay, state)
        for finding in found:
            await self._note(finding)

    def _count(self, replay: LedgerReplay, state: VaultState) -> None:
        self._characters += 1
        self._records += replay.records
        self._items += len(state.items)
        for total, part in (
            (self._came, replay.came),
            (self._went, replay.went),
            (self._earned, replay.earned),
            (self._spent, replay.spent),
            (self._owned, Counter(state.wallet)),
        ):
            total.update(part)
        for item in state.items:
            self._present[item.definition] += item.quantity

    def _check_conservation(self) -> None:
        for what, flows in (
            ("item", _flows(self._came, self._went, self._present)),
            ("resource", _flows(self._earned, self._spent, self._owned)),
        ):
            for name, flow in flows.items():
                if flow.came - flow.went != flow.present:
                    text = f"{what} {name}: {flow.came} came, {flow.went} went, but there are {flow.present}"
                    self._add(Finding(Kind.NOT_CONSERVED, 0, text, resource=name if what == "resource" else None))

    async def _note(self, finding: Finding) -> None:
        """Note a finding about an item with its lineage, and with the other owner, if it has one."""
        about_place = finding.kind in (Kind.ITEM_MISSING, Kind.ITEM_WITHOUT_HISTORY)
        if finding.item_id is not None and self._traced < TRACES_MAX:
            self._traced += 1
            owner = (await self._vault.owners([ItemId(finding.item_id)])).get(ItemId(finding.item_id))
            lineage, holders = trace(finding.item_id, await self._vault.lineage(finding.item_id))
            holders |= {owner} if owner is not None else set()
            finding = msgspec.structs.replace(finding, lineage=lineage)
            if about_place and len(holders) > 1:
                held = f"held by characters {', '.join(str(holder) for holder in sorted(holders))}"
                text = f"item {finding.item_id} is {held}; its row lies with {owner or 'nobody'}: {finding.text}"
                finding = msgspec.structs.replace(finding, kind=Kind.DUPLICATE_ITEM, text=text)
        self._add(finding)

    def _add(self, finding: Finding) -> None:
        self._found += 1
        if len(self._findings) < FINDINGS_MAX:
            self._findings.append(finding)

    # -- the sessions --------------------------------------------------------------------------------------------------

    async def _check_session(self, char_id: HolderId, replay: LedgerReplay, state: VaultState) -> None:
        """Hold a session against the vault; one that moved on between the two looks is looked at again."""
        for _ in range(SESSION_LOOKS_MAX):
            found = await self._sessions.peek(char_id)
            if found is None or found.top.head.epoch < state.head.epoch:
                return  # No session, or one that the next attach will replace.
            top, head, session, journal = found.top, found.top.head, found.session, found.journal
            pair = (state.head.version, state.head.h)
            heads = {(head.version, head.h), (top.flushed_version, top.flushed_h)}
            if pair in heads or pair in {(record.version, record.h) for record in journal}:
                break
            async with self._vault.view() as view:
                state = await view.state(char_id)
                async for entry in view.ledger({char_id: replay.version}):
                    replay.add(entry)
        else:
            vaults = state.head
            text = f"the vault is at version {vaults.version} (h {vaults.h[:12]}), which the session's journal lacks"
            self._add(Finding(Kind.SESSION_DIFFERS, char_id, text, head.version))
            return
        self._seen_sessions += 1
        unsaved = [record for record in journal if record.version > state.head.version]
        for record in unsaved:
            replay.add(_row(char_id, record))
        for finding in replay.state_findings(session.version, session.h, session.items.values(), session.wallet):
            self._add(msgspec.structs.replace(finding, kind=Kind.SESSION_DIFFERS, text=f"session: {finding.text}"))
        if head.version != top.flushed_version and not await self._inspection.is_scheduled(char_id):
            text = f"version {head.version} is unsaved since {top.flushed_version}, and no worker will find it"
            self._add(Finding(Kind.SESSION_BEHIND, char_id, text, head.version))

    async def _check_unsaved(self) -> None:
        now_ms = self._clock()
        for unsaved in await self._inspection.unsaved(now_ms - self._unsaved_max_ms):
            text = f"unsaved for {(now_ms - unsaved.since_ms) / 1000:.0f} s"
            self._add(Finding(Kind.SESSION_BEHIND, unsaved.char_id, text))


def _row(char_id: HolderId, record: SealedRecord) -> LedgerEntry:
    opened = msgspec.json.decode(record.json)
    epoch, action_id = int(opened["epoch"]), str(opened["action_id"])
    return LedgerEntry(char_id, record.version, epoch, record.h, action_id, record.json)


def _flows(came: Counter[str], went: Counter[str], present: Counter[str]) -> dict[str, Flow]:
    return {name: Flow(came[name], went[name], present[name]) for name in sorted({*came, *went, *present})}
