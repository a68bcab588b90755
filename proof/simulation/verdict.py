"""Whether a run kept the promise: what clients were told, against what Redis and the vault hold in the end."""

from collections.abc import Iterator

import msgspec

from proof.simulation.fault_plan import CHARACTERS
from proof.simulation.players import Attempt, Read
from proof.simulation.processes import CATALOGUE
from proof.simulation.world import HERO, World
from satchel.errors import SatchelError
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet, Operation
from satchel.inventory.item import Item, ItemId
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.record import GENESIS, Record, link, open_record
from satchel.ports import LedgerEntry

__all__ = ["Verdict", "judge"]


class Verdict(msgspec.Struct):
    """What a run showed. `lost` counts acknowledged actions that a failover took, which level `session` allows.

    `operations` are those of the acknowledged actions: each was looked for in the ledger.
    """

    wrong: list[str]
    acknowledged: int = 0
    operations: int = 0
    durable: int = 0
    lost: int = 0
    events: int = 0


State = tuple[dict[str, int], dict[ItemId, Item]]


class _History:
    """The ledger of one character, replayed."""

    def __init__(self, char_id: HolderId, ledger: list[LedgerEntry]) -> None:
        self.wrong: list[str] = []
        self.by_version = {entry.version: entry for entry in ledger}
        self.by_key = {entry.action_id: entry for entry in ledger}
        self.records: dict[str, Record] = {}
        self.states: dict[tuple[int, str], State] = {}
        self.session = InventorySessionDTO(CATALOGUE, char_id, HERO, h=GENESIS)
        self._replay(ledger)

    def _replay(self, ledger: list[LedgerEntry]) -> None:
        session, h = self.session, GENESIS
        self._note(0, h)
        for number, entry in enumerate(ledger, 1):
            record = open_record(entry.record_json)
            h = link(h, entry.record_json)
            if (entry.version, entry.h) != (number, h):
                self.wrong.append(f"row {number} of the ledger is version {entry.version}, or does not link")
            if record.epoch > entry.epoch:
                self.wrong.append(f"version {number} has a later epoch than its row")
            if entry.action_id in self.records:
                self.wrong.append(f"{entry.action_id} was executed twice")
            self.records[entry.action_id] = record
            try:
                session.apply(*record.changes, *record.wallet_changes)
            except SatchelError as error:
                self.wrong.append(f"version {number} does not start from the version before: {error}")
                return
            if session.stats != record.stats:
                self.wrong.append(f"version {number} has other stats than its state")
            self._note(number, h)

    def _note(self, version: int, h: str) -> None:
        self.states[version, h] = (dict(self.session.wallet), dict(self.session.items))


def judge(world: World) -> Verdict:
    """Check a run that came to rest."""
    world.watch.look_at_vault()
    verdict = Verdict(list(dict.fromkeys(world.watch.wrong)), events=world.event)
    histories = {char_id: _History(char_id, world.vault.ledger[char_id]) for char_id in CHARACTERS}
    for char_id, history in histories.items():
        verdict.wrong += [f"{char_id}: {text}" for text in (*history.wrong, *_final(world, char_id, history))]
    attempts = [attempt for player in world.players for attempt in player.attempts]
    known = {(attempt.char_id, attempt.key): attempt for attempt in attempts}
    for char_id, history in histories.items():
        for key, record in history.records.items():
            asked = known.get((char_id, key))
            if asked is None:
                verdict.wrong.append(f"{char_id}: nobody asked for {key}")
            elif not _is_effect(record, asked.operations):
                verdict.wrong.append(f"{char_id}: {key} had another effect than was asked for")
    for attempt in attempts:
        _judge_attempt(world, verdict, histories[HolderId(attempt.char_id)], attempt)
    for player in world.players:
        for read in player.reads:
            verdict.wrong += _judge_read(world, histories[HolderId(read.char_id)], read, attempts)
    return verdict


def _final(world: World, char_id: HolderId, history: _History) -> Iterator[str]:
    """Session, items, balances and ledger are one and the same state."""
    row, session = world.vault.characters[char_id], world.sessions[char_id]
    yield from (text for text in world.watch.dirty(world.server.keyspace) if text.startswith(str(char_id)))
    if row.quarantine is not None:
        yield f"it is quarantined: {row.quarantine}"
    if any(letter[0] == char_id for letter in world.vault.dead_letters):
        yield "something of it was buried"
    if not world.faults.losses and any(fork[0] == char_id for fork in world.vault.forked):
        yield "its history was forked, and Redis lost nothing"
    items = {uid: item for uid, (owner, item) in world.vault.items.items() if owner == char_id}
    wallet = {name: amount for (owner, name), amount in world.vault.balances.items() if owner == char_id}
    if (wallet, items) != (history.session.wallet, history.session.items):
        yield "items or balances are not what the ledger adds up to"
    if not isinstance(session, InventorySessionDTO):
        yield "it cannot be opened"
    elif (session.version, session.h) != (row.version, row.h) or (session.wallet, session.items) != (wallet, items):
        yield f"the session (version {session.version}) is not what the vault holds (version {row.version})"


def _judge_attempt(world: World, verdict: Verdict, history: _History, attempt: Attempt) -> None:
    here = f"{attempt.char_id}: {attempt.key} (client {attempt.client}, asked at {attempt.asked})"
    if attempt.reply is None:
        if attempt.code in ("invariant_broken", "internal_error", "quarantined", "idempotency_key_reused"):
            verdict.wrong.append(f"{here}: {attempt.code}")
        tries = world.transport.tries[attempt.key]
        if attempt.refused and tries == 1 and attempt.key in history.records:
            verdict.wrong.append(f"{here}: refused with {attempt.code}, and done all the same")
        return
    reply = attempt.reply
    verdict.acknowledged += 1
    verdict.operations += len(attempt.operations)
    verdict.durable += attempt.durable
    entry = history.by_version.get(reply.version)
    if entry is not None and (entry.h, entry.action_id) == (reply.h, attempt.key):
        if history.records[attempt.key].changes != reply.changes:
            verdict.wrong.append(f"{here}: the answer tells of other changes than the ledger")
    elif attempt.durable:
        verdict.wrong.append(f"{here}: acknowledged as durable at version {reply.version}, and lost")
    elif _may_be_lost(world, attempt.asked):
        verdict.lost += 1
    else:
        verdict.wrong.append(f"{here}: acknowledged at version {reply.version}, and lost")


def _judge_read(world: World, history: _History, read: Read, attempts: list[Attempt]) -> Iterator[str]:
    here = f"{read.char_id}: the read asked for at {read.asked}"
    if _may_be_lost(world, read.asked):
        return
    state = history.states.get((read.version, read.h))
    if state is None:
        yield f"{here} shows version {read.version} of no history"
    elif state != (read.wallet, read.items):
        yield f"{here} shows something else than version {read.version} was"
    for attempt in attempts:
        if attempt.char_id == read.char_id and attempt.reply is not None and attempt.answered < read.asked:
            entry = history.by_version.get(attempt.reply.version)
            if entry is not None and entry.h == attempt.reply.h and read.version < attempt.reply.version:
                yield f"{here} shows version {read.version}, older than the answer to {attempt.key}"


def _may_be_lost(world: World, asked: int) -> bool:
    return any(loss >= asked for loss in world.faults.losses)


def _is_effect(record: Record, operations: tuple[Operation, ...]) -> bool:
    gold = sum(change.after - change.before for change in record.wallet_changes)
    return gold == sum(operation.amount for operation in operations if isinstance(operation, AdjustWallet))
