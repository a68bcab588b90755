"""What operators read: findings, saves and differences in plain lines."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from satchel.admin.audit import Report
from satchel.admin.finding import Finding
from satchel.admin.quarantine import QuarantineCase
from satchel.admin.replay import describe
from satchel.admin.restore import Restored
from satchel.inventory.changes import ItemChange, WalletChange
from satchel.inventory.record import Record

__all__ = ["case_lines", "finding_lines", "report_lines", "restored_lines", "save_lines", "when"]


def when(at_ms: int) -> str:
    """A moment, in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + "Z"


def finding_lines(finding: Finding) -> Iterator[str]:
    """A finding, and the lineage of its item below it."""
    yield str(finding)
    for trace in finding.lineage:
        who = f"character {trace.char_id} version {trace.version}"
        yield f"    {when(trace.at_ms)} {who}: {' '.join(trace.operations)} by {trace.actor}: {trace.change}"


def report_lines(report: Report) -> Iterator[str]:
    """An audit."""
    for finding in report.findings:
        yield from finding_lines(finding)
    if report.found > len(report.findings):
        yield f"... and {report.found - len(report.findings)} more"
    aside = report.aside
    yield (
        f"{report.characters} characters, {report.records} saves, {report.items} items and {report.sessions} sessions "
        f"in {report.duration_ms / 1000:.1f} s: {report.found or 'no'} finding{'s' if report.found != 1 else ''}"
    )
    if aside.quarantined or aside.dead_letters or aside.forked_actions:
        yield (
            f"aside: {aside.quarantined} characters in quarantine, {aside.dead_letters} dead letters, "
            f"{aside.forked_actions} saves of lost histories (satchel quarantine list --all)"
        )


def save_lines(record: Record, h: str, *, unsaved: bool = False) -> Iterator[str]:
    """A save: who did what, before and after."""
    mark = "  (in the session only, not in the ledger yet)" if unsaved else ""
    yield f"version {record.version}  {when(record.at_ms)}  {' '.join(record.operations)}  by {record.actor}{mark}"
    yield f"    action {record.action_id}, epoch {record.epoch}, h {h}"
    if record.reason:
        yield f"    reason: {record.reason}"
    yield from change_lines(record.changes, record.wallet_changes)
    if record.character is not None:
        yield f"    character: {record.character.before} -> {record.character.after}"
    for effect in record.effects:
        yield f"    effect {effect.effect} of {effect.definition}: {effect.values}"


def change_lines(changes: Iterable[ItemChange], wallet_changes: Iterable[WalletChange]) -> Iterator[str]:
    """What happened to items and balances."""
    for change in changes:
        was = "-" if change.before is None else describe(change.before)
        is_ = "-" if change.after is None else describe(change.after)
        yield f"    {change.op}: {was} -> {is_}"
    for balance in wallet_changes:
        yield f"    {balance.resource}: {balance.before} -> {balance.after}"


def restored_lines(restored: Restored) -> Iterator[str]:
    """What a restore did, or would do."""
    done = f"is version {restored.version} now" if restored.version is not None else "would change, nothing is written"
    yield f"character {restored.char_id}: version {restored.from_version} back to {restored.to_version}: {done}"
    yield from change_lines(restored.changes, restored.wallet_changes)
    if not restored.changes and not restored.wallet_changes:
        yield "    no difference"


def case_lines(case: QuarantineCase) -> Iterator[str]:
    """A quarantined character."""
    yield f"character {case.char_id}: version {case.version} in the vault, {case.session_version} in the session"
    yield f"  kept from acting: vault: {case.vault_reason or 'no'}; session: {case.session_reason or 'no'}"
    if case.unsaved:
        yield f"  {case.unsaved} saves are in the session only"
    yield f"  wrong now: {len(case.findings) or 'nothing'}"
    for finding in case.findings:
        yield from (f"    {line}" for line in finding_lines(finding))
    for letter in case.dead_letters:
        span = f"versions {letter.base_version + 1} to {letter.version} of epoch {letter.epoch}"
        yield f"  dead letter {letter.id} of {letter.at:%Y-%m-%d %H:%M:%S}: {span}: {letter.reason}"
    for fork in case.forked_actions:
        known = "is in the ledger all the same" if fork.in_ledger else "lost"
        yield f"  forked save {fork.id} of {fork.at:%Y-%m-%d %H:%M:%S}: version {fork.version}, h {fork.h}: {known}"
