"""Brings an inventory back to what it was: rebuilt from the ledger, applied as a new version, nothing rewritten."""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

import msgspec

from satchel.admin.finding import Finding
from satchel.admin.replay import LedgerReplay, describe
from satchel.errors import ItemsElsewhere, LedgerBroken, VersionUnknown
from satchel.ids import OWN_NAME, HolderId
from satchel.inventory.actions import Restore
from satchel.inventory.changes import ItemChange, WalletChange
from satchel.inventory.decision import Intent
from satchel.inventory.item import ItemId
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.record import Record
from satchel.orchestrator import InventoryCoreOrchestrator
from satchel.vault.inspection import VaultInspection

__all__ = ["Restored", "Restorer"]


class Restored(msgspec.Struct, frozen=True):
    """What a restore does, or would do. `version` is the new one; None in a dry run."""

    char_id: HolderId
    from_version: int
    to_version: int
    changes: tuple[ItemChange, ...]
    wallet_changes: tuple[WalletChange, ...]
    version: int | None = None


class Restorer:
    """Restores characters.

    Args:
        vault: Where the ledgers are read.
        orchestrator: Decides and applies what is restored.
        clock: Milliseconds since 1970.
    """

    def __init__(
        self,
        vault: VaultInspection,
        orchestrator: InventoryCoreOrchestrator,
        clock: Callable[[], int],
    ) -> None:
        self._vault = vault
        self._orchestrator = orchestrator
        self._clock = clock

    async def restore(
        self, char_id: HolderId, target: int | datetime, *, actor: str, reason: str, dry_run: bool = False
    ) -> Restored:
        """Make items and wallet what they were; owner, name and level of the character stay.

        Args:
            char_id: Whose inventory.
            target: The version, or the moment, to go back to.
            actor: Who does it; stands in the ledger.
            reason: Why; stands in the ledger.
            dry_run: Say what would happen, and change nothing.

        Raises:
            VersionUnknown: The ledger does not reach that far.
            LedgerBroken: It cannot be rebuilt.
            ItemsElsewhere: Some items of then belong to others now.
            VersionMismatch: The player acted in the same moment; look again.
            Quarantined: Release the character first.
        """
        present = await self._orchestrator.init_session(char_id)
        await self._orchestrator.flush_session(char_id)
        version = target if isinstance(target, int) else await self._vault.version_at(char_id, target)
        then = await self._rebuild(char_id, version)
        await self._check_owners(then, present)
        action = Restore(version=version, items=tuple(then.items.values()), wallet=then.wallet)
        now_ms = self._clock()
        intent = Intent(
            char_id=char_id,
            operations=(action,),
            action_id=f"{OWN_NAME}{uuid4()}",
            body=f"restore:{version}",
            actor=f"operator {actor}",
            at_ms=now_ms,
            expected_version=present.version,
            expected_h=present.h,
            durability="durable",
            reason=f"{reason} (restored to version {version})",
        )
        if dry_run:
            return await self._preview(intent, version)
        decided = await self._orchestrator.perform(intent)
        record = decided.record
        assert isinstance(record, Record)  # noqa: S101 - a fresh action id is never replayed
        return Restored(
            char_id, record.version - 1, version, record.changes, record.wallet_changes, version=record.version
        )

    async def _rebuild(self, char_id: HolderId, version: int) -> LedgerReplay:
        replay = LedgerReplay(char_id)
        findings: list[Finding] = []
        async with self._vault.view() as view:
            async for entry in view.ledger({char_id: 0}):
                if entry.version <= version:
                    findings += replay.add(entry)
        if replay.version != version:
            raise VersionUnknown(char_id=char_id, version=version, last=replay.version)
        if findings:
            raise LedgerBroken(char_id=char_id, findings=[str(finding) for finding in findings[:5]])
        return replay

    async def _check_owners(self, then: LedgerReplay, present: InventorySessionDTO) -> None:
        gone = [item_id for item_id in then.items if item_id not in present.items]
        owners = await self._vault.owners(gone)
        elsewhere: dict[ItemId, int] = {item: owner for item, owner in owners.items() if owner != then.char_id}
        if elsewhere:
            named = [f"{describe(then.items[item])}: now with character {owner}" for item, owner in elsewhere.items()]
            raise ItemsElsewhere(char_id=then.char_id, items=named)

    async def _preview(self, intent: Intent, version: int) -> Restored:
        proposal = await self._orchestrator.preview(intent)
        try:
            return Restored(
                intent.char_id,
                proposal.session.version,
                version,
                proposal.item_changes(),
                proposal.wallet_changes(),
            )
        finally:
            proposal.undo()
