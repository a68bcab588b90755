"""Defects that are planted to show that the simulation finds them: each switches one safety of the engine off."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from proof.simulation.network import SimulatedVault
from proof.simulation.world import World
from satchel.ids import HolderId
from satchel.inventory.head import Head
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.record import SealedRecord
from satchel.orchestrator import InventoryCoreOrchestrator
from satchel.ports import PushOutcome, PushStatus, Snapshot
from satchel.session import InventorySessionManager
from satchel.session.redis import Link, script
from satchel.testing import vault as fake_vault
from satchel.vault.push import classify

__all__ = ["DEFECTS", "planted"]

Plant = Callable[[], Callable[[], None]]
"""Switches something off, and returns what switches it on again."""


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Run with a defect; without one if the name is empty."""
    if not name:
        yield
        return
    undo = DEFECTS[name]()
    try:
        yield
    finally:
        undo()


def _set(owner: object, attribute: str, value: object) -> Callable[[], None]:
    before = getattr(owner, attribute)
    setattr(owner, attribute, value)
    return lambda: setattr(owner, attribute, before)


def _all(undo: tuple[Callable[[], None], ...]) -> None:
    for step in undo:
        step()


def _without(name: str, text: str, instead: str = "") -> Plant:
    """Leave something out of a script."""

    def plant() -> Callable[[], None]:
        read = script.source_of

        def altered(wanted: str) -> str:
            source = read(wanted)
            if wanted == name:
                assert text in source, f"{name}.lua no longer has {text!r}"
                source = source.replace(text, instead)
            return source

        return _set(script, "source_of", altered)

    return plant


def _by_version(snapshot: Snapshot, held: Head | None) -> tuple[PushOutcome, tuple[SealedRecord, ...]]:
    """WHERE version < new."""
    outcome, records = classify(snapshot, held)
    if held is not None and outcome.status in (PushStatus.UNKNOWN_BASE, PushStatus.FENCED):
        newer = tuple(record for record in snapshot.records if record.version > held.version)
        if newer:
            pushed = PushOutcome(
                snapshot.char_id, PushStatus.PUSHED, Head(held.epoch, snapshot.head.version, snapshot.head.h)
            )
            return pushed, newer
    return outcome, records


def _without_epoch(snapshot: Snapshot, held: Head | None) -> tuple[PushOutcome, tuple[SealedRecord, ...]]:
    """The chain is compared, the epoch is not."""
    if held is not None and held.epoch > snapshot.epoch:
        held = Head(snapshot.epoch, held.version, held.h)
    return classify(snapshot, held)


def _no_reread() -> Callable[[], None]:
    opened: dict[object, int] = {}
    open_epoch = SimulatedVault.open_epoch

    async def remember(self: SimulatedVault, char_id: HolderId, *rest: int, epoch_floor: int = 0) -> object:
        state = await open_epoch(self, char_id, *rest, epoch_floor=epoch_floor)
        opened[self, char_id] = state.head.epoch
        return state

    async def recall(self: SimulatedVault, char_id: HolderId) -> int:
        return opened[self, char_id]

    undo = (_set(SimulatedVault, "open_epoch", remember), _set(SimulatedVault, "read_epoch", recall))
    return lambda: _all(undo)


def _no_run_id() -> Callable[[], None]:
    return _set(World, "_run_id", lambda _self: "run")


def _durable_by_flush_alone() -> Callable[[], None]:
    async def flush_alone(self: InventoryCoreOrchestrator, char_id: HolderId, _decided: object) -> None:
        await self.flush_session(char_id)

    return _set(InventoryCoreOrchestrator, "_make_durable", flush_alone)


def _no_replication_id() -> Callable[[], None]:
    def recognise(self: Link, reply: bytes) -> None:
        self.run_id = reply.decode().partition("run_id:")[2].partition("\r\n")[0]

    return _set(Link, "recognise", recognise)


def _copy_of_an_attach_is_shown() -> Callable[[], None]:
    """The copy that an attach made is handed out although an action may have taken it meanwhile."""
    load, made = InventorySessionManager.load_session, InventorySessionManager.attach
    attached: dict[tuple[object, int], InventorySessionDTO] = {}

    async def note(
        self: InventorySessionManager, char_id: HolderId, *, give_up: bool = False
    ) -> InventorySessionDTO | None:
        session = await made(self, char_id, give_up=give_up)
        if session is not None:
            attached[self, char_id] = session
        return session

    async def show(self: InventorySessionManager, char_id: HolderId) -> InventorySessionDTO:
        attached.pop((self, char_id), None)
        session = await load(self, char_id)
        return attached.get((self, char_id), session)

    undo = (_set(InventorySessionManager, "attach", note), _set(InventorySessionManager, "load_session", show))
    return lambda: _all(undo)


DEFECTS: dict[str, Plant] = {
    "no confirm re-read": _no_reread,
    "version-only fence": lambda: _set(fake_vault, "classify", _by_version),
    "chain without epoch": lambda: _set(fake_vault, "classify", _without_epoch),
    "no run_id": _no_run_id,
    "no replication id": _no_replication_id,
    "no PERSIST": _without("commit", "redis.call('PERSIST', key)", ""),
    "marks not written": _without("commit", "redis.call('ZADD', marks, new_version, mark)"),
    "version not compared": _without(
        "commit", "held_epoch ~= epoch or held_version ~= version or held_h ~= h", "false"
    ),
    "close while dirty": _without("close", "if not version or version ~= flushed then return {2} end"),
    "settle without history": _without("settle", "if not entry or entry[2][2] ~= h then return {-9} end"),
    "unflushed records trimmed": _without("settle", "math.min(tonumber(flushed) + 1, ", "math.min(1e15, "),
    "superseded attach goes on": _without(
        "adopt", "if held and held >= tonumber(epoch) then return {-8, held_epoch} end"
    ),
    "torn sessions are trusted": _without("commit", "redis.call('EXISTS', journal, marks) < 2", "false"),
    "durable without a look": _durable_by_flush_alone,
    "copy of an attach is shown": _copy_of_an_attach_is_shown,
}
