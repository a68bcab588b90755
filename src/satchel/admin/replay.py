"""Replays a ledger row by row: what a character must have, and where its rows contradict each other.

Pure: rows in, findings out. The audit and the history checker of the tests both stand on it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from satchel.admin.finding import Finding, Kind
from satchel.errors import InvariantBroken
from satchel.ids import HolderId
from satchel.inventory.actions import Restore
from satchel.inventory.book import BUILT_IN, ActionBook, Entry, allows
from satchel.inventory.changes import ItemChange, net_quantities
from satchel.inventory.character import Character
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.invariants import broken_invariants
from satchel.inventory.item import Item, ItemId
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.record import GENESIS, Record, link, open_record
from satchel.ports import LedgerEntry

__all__ = ["LedgerReplay", "describe"]

_ANYTHING = Entry(Restore, lambda _proposal, _action: None, items="any", balances="any")
"""What an action may do that this process does not know."""


class LedgerReplay:
    """The state that a character's ledger leads to.

    Args:
        char_id: The character.
        book: What each action may do to quantities.
        version: Where the replay starts, with `h`, `items` and `wallet` as they were then.
        h: Head of the chain at that version.
        items: The items at that version.
        wallet: The balances at that version.

    Attributes:
        records: Number of rows replayed.
        came: Quantity by definition that rows brought in.
        went: Quantity by definition that rows took away.
        earned: Amount by resource that rows added.
        spent: Amount by resource that rows took.
        shelf: Dropped items that may still be taken back.
    """

    def __init__(
        self,
        char_id: HolderId,
        book: ActionBook = BUILT_IN,
        *,
        version: int = 0,
        h: str = GENESIS,
        items: Iterable[Item] = (),
        wallet: dict[str, int] | None = None,
    ) -> None:
        self.char_id = char_id
        self.book = book
        self.version = version
        self.h = h
        self.epoch = 0
        self.items: dict[ItemId, Item] = {item.id: item for item in items}
        self.wallet = dict(wallet or {})
        self.character: Character | None = None
        self.records = 0
        self.came: Counter[str] = Counter()
        self.went: Counter[str] = Counter()
        self.earned: Counter[str] = Counter()
        self.spent: Counter[str] = Counter()
        self.shelf: dict[ItemId, int] = {}

    def add(self, entry: LedgerEntry) -> list[Finding]:
        """Replay one row; after a contradiction the row is believed, so that one fault is told once."""
        findings = list(self._check_place(entry))
        self.version, self.h, self.epoch = entry.version, entry.h, max(self.epoch, entry.epoch)
        self.records += 1
        try:
            record = open_record(entry.record_json)
        except msgspec.MsgspecError as error:
            return [*findings, self._found(Kind.UNREADABLE, f"the record cannot be read: {error}")]
        findings += self._check_columns(entry, record)
        findings += self._check_conserved(record)
        findings += self._check_shelf(record)
        findings += self._carry_out(record)
        return findings

    def state_findings(
        self,
        version: int,
        h: str,
        items: Iterable[Item],
        wallet: dict[str, int],
        character: Character | None = None,
    ) -> list[Finding]:
        """Compare the outcome with a state that is kept elsewhere: the vault's rows, or a session."""
        findings: list[Finding] = []
        if (version, h) != (self.version, self.h):
            text = f"it is at version {version} (h {h[:12]}), its ledger ends at {self.version} (h {self.h[:12]})"
            findings.append(self._found(Kind.HEAD_DIFFERS, text))
        findings += self._compare_items({item.id: item for item in items})
        for resource in sorted({*wallet, *self.wallet}):
            is_, should = wallet.get(resource, 0), self.wallet.get(resource, 0)
            if is_ != should:
                text = f"{resource} is {is_}, the ledger says {should}"
                findings.append(self._found(Kind.WRONG_BALANCE, text, resource=resource))
        if character is not None and self.character is not None and character != self.character:
            text = f"it is {character}, the ledger says {self.character}"
            findings.append(self._found(Kind.CHARACTER_DIFFERS, text))
        return findings

    def invariant_findings(self, catalogue: Catalogue, owner: Character) -> list[Finding]:
        """Check that the outcome is a state that can be."""
        try:
            session = InventorySessionDTO(catalogue, self.char_id, owner, self.items.values(), dict(self.wallet))
        except InvariantBroken as error:
            named = error.data.get("item_id")
            item_id = named if isinstance(named, str) else None
            return [self._found(Kind.BROKEN_INVARIANT, str(error), item_id=item_id)]
        return [
            self._found(
                Kind.BROKEN_INVARIANT,
                f"{broken.code}: {', '.join(f'{name} {value}' for name, value in broken.data.items())}",
                item_id=broken.data.get("item_id"),
                resource=broken.data.get("resource"),
            )
            for broken in broken_invariants(session)
        ]

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _found(
        self, kind: Kind, text: str, *, item_id: str | None = None, resource: str | None = None, version: int = 0
    ) -> Finding:
        return Finding(kind, self.char_id, text, version or self.version, item_id, resource)

    def _check_place(self, entry: LedgerEntry) -> Iterator[Finding]:
        if entry.version != self.version + 1:
            text = f"version {self.version} is followed by {entry.version}"
            yield self._found(Kind.GAP, text, version=entry.version)
        elif link(self.h, entry.record_json) != entry.h:
            text = f"h is {entry.h}, but {link(self.h, entry.record_json)} follows from the row before"
            yield self._found(Kind.BROKEN_LINK, text, version=entry.version)
        if entry.epoch < self.epoch:
            text = f"epoch {entry.epoch} comes after epoch {self.epoch}"
            yield self._found(Kind.EPOCH_BACKWARDS, text, version=entry.version)

    def _check_columns(self, entry: LedgerEntry, record: Record) -> Iterator[Finding]:
        for name in ("char_id", "version", "epoch", "action_id"):
            column, said = getattr(entry, name), getattr(record, name)
            if column != said:
                yield self._found(Kind.ROW_DIFFERS, f"the row's {name} is {column!r}, its record says {said!r}")

    def _check_conserved(self, record: Record) -> Iterator[Finding]:
        entries = [self.book.find(name) or _ANYTHING for name in record.operations]
        for definition, net in net_quantities(record.changes).items():
            (self.came if net > 0 else self.went)[definition] += abs(net)
            if not any(allows(entry.items, net) for entry in entries):
                text = f"{net:+d} {definition} by {' '.join(record.operations)} ({record.action_id}, {record.actor})"
                touched = [change for change in record.changes if _definition(change) == definition]
                yield self._found(Kind.NOT_CONSERVED, text, item_id=touched[-1].item)
        for balance in record.wallet_changes:
            moved = balance.after - balance.before
            if not any(allows(entry.balances, moved) for entry in entries):
                text = f"{moved:+d} {balance.resource} by {' '.join(record.operations)}"
                yield self._found(Kind.NOT_CONSERVED, text, resource=balance.resource)

    def _check_shelf(self, record: Record) -> Iterator[Finding]:
        """What is taken back must have been dropped, and not taken back since."""
        for place in record.dropped:
            if place.after is not None:
                self.shelf[place.item] = place.after.item.quantity
                continue
            quantity = self.shelf.pop(place.item, 0)
            taken = place.before.item.quantity if place.before is not None else 0
            if quantity != taken and "take_back" in record.operations:
                text = f"{taken} of item {place.item} were taken back, but {quantity} of it lay there"
                yield self._found(Kind.NOT_CONSERVED, text, item_id=place.item)

    def _carry_out(self, record: Record) -> Iterator[Finding]:
        for change in record.changes:
            present = self.items.get(change.item)
            if present != change.before:
                text = f"{change.op} of item {change.item} starts from {change.before}, but it was {present}"
                yield self._found(Kind.STARTS_ELSEWHERE, text, item_id=change.item)
            if change.after is None:
                self.items.pop(change.item, None)
            else:
                self.items[change.item] = change.after
        for balance in record.wallet_changes:
            was = self.wallet.get(balance.resource, 0)
            if was != balance.before:
                text = f"{balance.resource} starts from {balance.before}, but it was {was}"
                yield self._found(Kind.STARTS_ELSEWHERE, text, resource=balance.resource)
            moved = balance.after - balance.before
            (self.earned if moved > 0 else self.spent)[balance.resource] += abs(moved)
            self.wallet[balance.resource] = balance.after
            if not balance.after:
                del self.wallet[balance.resource]
        if record.character is not None:
            self.character = record.character.after

    def _compare_items(self, kept: dict[ItemId, Item]) -> Iterator[Finding]:
        for item_id in sorted({*kept, *self.items}):
            is_, should = kept.get(item_id), self.items.get(item_id)
            if is_ == should:
                continue
            if is_ is None and should is not None:
                text = f"{describe(should)} is not there, though the ledger has it"
                yield self._found(Kind.ITEM_MISSING, text, item_id=item_id)
            elif is_ is not None and should is None:
                text = f"{describe(is_)} is there, but the ledger never gave it, or took it away"
                yield self._found(Kind.ITEM_WITHOUT_HISTORY, text, item_id=item_id)
            elif is_ is not None and should is not None:
                yield self._found(Kind.ITEM_DIFFERS, f"it is {is_}, the ledger says {should}", item_id=item_id)


def describe(item: Item) -> str:
    """Name an item in a line."""
    place = f"worn in {item.slot}" if item.slot is not None else f"in {item.container}[{item.position}]"
    return f"item {item.id} ({item.quantity} {item.definition} {place})"


def _definition(change: ItemChange) -> str:
    item = change.after or change.before
    return "" if item is None else item.definition
