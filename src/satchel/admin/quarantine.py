"""Characters that are kept from acting: who, why, what lies aside for them, and letting them go on."""

from collections.abc import Sequence

import msgspec

from satchel.admin.audit import Audit
from satchel.admin.finding import Finding
from satchel.errors import NotQuarantined, SessionUnavailable, StillWrong
from satchel.ids import HolderId
from satchel.inventory.record import SealedRecord
from satchel.session import InventorySessionManager
from satchel.session.inspection import SessionInspection
from satchel.vault import PostgresVault
from satchel.vault.inspection import DeadLetter, ForkedAction, QuarantineRow, VaultInspection

__all__ = ["Quarantine", "QuarantineCase"]


class QuarantineCase(msgspec.Struct, frozen=True):
    """Everything about one character: why it is kept, what is wrong now, and what lies aside.

    `session_reason` is the mark in the session, `vault_reason` the one in the vault; `unsaved` is the number of saves
    that only the session has.
    """

    char_id: HolderId
    vault_reason: str | None
    session_reason: str | None
    version: int
    session_version: int | None
    unsaved: int
    findings: tuple[Finding, ...]
    dead_letters: tuple[DeadLetter, ...]
    forked_actions: tuple[ForkedAction, ...]


class Quarantine:
    """Lists, shows and releases.

    Args:
        vault: Where marks, dead letters and forked actions are.
        postgres: The same vault, to be written: where marks are lifted, and saves set aside.
        sessions: The hot copies.
        inspection: Their indexes.
        audit: A fresh audit, for one character.
    """

    def __init__(
        self,
        vault: VaultInspection,
        postgres: PostgresVault,
        sessions: InventorySessionManager,
        inspection: SessionInspection,
        audit: Audit,
    ) -> None:
        self._vault = vault
        self._postgres = postgres
        self._sessions = sessions
        self._inspection = inspection
        self._audit = audit

    async def list(self, with_aside: bool = False) -> list[QuarantineRow]:
        """List who is kept from acting; `with_aside` also those for whom something lies aside."""
        return await self._vault.quarantined(with_aside)

    async def show(self, char_id: HolderId) -> QuarantineCase:
        """Look at one character, as it is now.

        Raises:
            CharacterNotFound: The vault has no such character.
        """
        findings = await self._audit.audit_one(char_id)
        async with self._vault.view() as view:
            state = await view.state(char_id)
        found = await self._sessions.peek(char_id)
        top = found.top if found is not None else None
        return QuarantineCase(
            char_id=char_id,
            vault_reason=state.quarantine,
            session_reason=top.quarantine if top is not None else None,
            version=state.head.version,
            session_version=top.head.version if top is not None else None,
            unsaved=top.head.version - top.flushed_version if top is not None else 0,
            findings=tuple(findings),
            dead_letters=tuple(await self._vault.dead_letters(char_id)),
            forked_actions=tuple(await self._vault.forked_actions(char_id)),
        )

    async def release(self, char_id: HolderId, *, discard: bool = False, force: bool = False) -> QuarantineCase:
        """Let a character act again, after a look at it.

        Args:
            char_id: Whom.
            discard: Set what only the session has aside into `forked_action`, and go on from the vault's state.
            force: Release it though something is wrong.

        Returns:
            What was seen before it was released.

        Raises:
            NotQuarantined: It is not kept from acting.
            StillWrong: Something is wrong, and it is not forced.
        """
        case = await self.show(char_id)
        if case.vault_reason is None and case.session_reason is None:
            raise NotQuarantined(char_id=char_id)
        wrong = [str(finding) for finding in case.findings if not (discard and finding.kind.startswith("session_"))]
        if wrong and not force:
            raise StillWrong(char_id=char_id, findings=wrong)
        if discard:
            await self._discard(char_id)
        # The vault's mark goes first: an attach in between would bring it back into the session.
        await self._postgres.quarantine(char_id, None)
        await self._sessions.quarantine(char_id, None)
        return case

    async def _discard(self, char_id: HolderId) -> None:
        found = await self._sessions.peek(char_id)
        if found is None:
            return
        top = found.top
        unsaved: Sequence[SealedRecord] = [record for record in found.journal if record.version > top.flushed_version]
        await self._postgres.keep_fork(char_id, top.head.epoch, unsaved)
        if not await self._inspection.discard(char_id, top.head):
            raise SessionUnavailable(reason="it changed meanwhile; look again", char_id=char_id)
