"""How a test build goes without one safety: an exact change of a script, a statement or a method."""

from collections.abc import Callable
from hashlib import sha1
from types import MappingProxyType
from typing import Any

import pytest

from satchel import dispatcher
from satchel.errors import PushRejected
from satchel.ids import HolderId
from satchel.inventory.head import Head
from satchel.inventory.record import open_record
from satchel.orchestrator import InventoryCoreOrchestrator
from satchel.ports import PushOutcome, PushStatus, Reindexed, ScanPlace, Snapshot
from satchel.runtime import app
from satchel.session import guard
from satchel.session.backlog import SessionBacklog
from satchel.session.redis import Link
from satchel.session.redis.script import Script
from satchel.vault import PostgresVault, postgres, push
from satchel.vault.queries import QUERIES
from satchel.worker import FlushWorker

__all__ = [
    "any_body",
    "any_epoch",
    "any_eviction",
    "any_namespace",
    "any_record_links",
    "flush_is_called_durable",
    "greater_version_wins",
    "no_second_look_at_the_epoch",
    "no_slow_sweep",
    "refuses_from_the_own_copy",
    "rejects_the_whole_batch",
    "script",
    "statement",
    "the_cancelled_give_up_their_place",
]


Patch = pytest.MonkeyPatch


def script(name: str, old: str, new: str) -> Callable[[Patch], None]:
    """A script with one piece of its text replaced."""

    def off(patch: Patch) -> None:
        init = Script.__init__

        def weakened(self: Script, loaded: str, *, bound: bool = False) -> None:
            init(self, loaded, bound=bound)
            if loaded != name:
                return
            if self.source.count(old) != 1:
                raise LookupError(f"{name}.lua does not say {old!r} once")
            self.source = self.source.replace(old, new)
            self.digest = sha1(self.source.encode(), usedforsecurity=False).hexdigest()

        patch.setattr(Script, "__init__", weakened)

    return off


def statement(name: str, old: str, new: str) -> Callable[[Patch], None]:
    """A statement with one piece of its text replaced."""

    def off(patch: Patch) -> None:
        if QUERIES[name].count(old) != 1:
            raise LookupError(f"{name} does not say {old!r} once")
        weakened = MappingProxyType({**QUERIES, name: QUERIES[name].replace(old, new)})
        patch.setattr(postgres, "QUERIES", weakened)
        patch.setattr(push, "QUERIES", weakened)

    return off


def greater_version_wins(patch: Patch) -> None:
    classify = push.classify

    def weakened(snapshot: Snapshot, held: Head | None) -> tuple[PushOutcome, Any]:
        outcome, records = classify(snapshot, held)
        if held is None or outcome.status != PushStatus.UNKNOWN_BASE or snapshot.head.version <= held.version:
            return outcome, records
        pushed = PushOutcome(snapshot.char_id, PushStatus.PUSHED, snapshot.head)
        return pushed, tuple(record for record in snapshot.records if record.version > held.version)

    patch.setattr(postgres, "classify", weakened)
    any_record_links(patch)


def any_epoch(patch: Patch) -> None:
    classify = push.classify

    def weakened(snapshot: Snapshot, held: Head | None) -> tuple[PushOutcome, Any]:
        return classify(snapshot, held and Head(min(held.epoch, snapshot.epoch), held.version, held.h))

    patch.setattr(postgres, "classify", weakened)


def any_record_links(patch: Patch) -> None:
    def add(self: push.PushBatch, snapshot: Snapshot, held: Head, records: Any) -> None:
        for sealed in records:
            self._fold(snapshot, sealed, open_record(sealed.json))
        self.heads.append(
            (snapshot.char_id, snapshot.epoch, snapshot.head.version, snapshot.head.h, held.version, held.h)
        )

    patch.setattr(push.PushBatch, "add", add)


def no_second_look_at_the_epoch(patch: Patch) -> None:
    opened: dict[int, int] = {}
    open_epoch = PostgresVault.open_epoch

    async def opening(self: PostgresVault, char_id: HolderId, *arguments: int, **options: int) -> Any:
        state = await open_epoch(self, char_id, *arguments, **options)
        opened.setdefault(id(self), state.head.epoch)
        return state

    async def reading(self: PostgresVault, char_id: HolderId) -> int:
        return opened.pop(id(self), 0)

    patch.setattr(PostgresVault, "open_epoch", opening)
    patch.setattr(PostgresVault, "read_epoch", reading)


def refuses_from_the_own_copy(patch: Patch) -> None:
    async def present(self: InventoryCoreOrchestrator, char_id: HolderId, _action_id: str) -> Any:
        return self.sessions.recall(char_id) or await self.sessions.load_session(char_id)

    patch.setattr(InventoryCoreOrchestrator, "_present", present)


def rejects_the_whole_batch(patch: Patch) -> None:
    async def all_are_guilty(self: FlushWorker, batch: Any) -> None:
        for snapshot in batch:
            await self._reject(snapshot, PushRejected(reason="somebody in the batch"))

    patch.setattr(FlushWorker, "_bisect", all_are_guilty)


def flush_is_called_durable(patch: Patch) -> None:
    async def trusting(self: InventoryCoreOrchestrator, char_id: HolderId, _decided: Any) -> None:
        await self.flush_session(char_id)

    patch.setattr(InventoryCoreOrchestrator, "_make_durable", trusting)


def the_cancelled_give_up_their_place(patch: Patch) -> None:
    def data_received(self: Link, data: bytes) -> None:
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not False:
            while self._waiting and self._waiting[0][0].done():
                self._waiting.popleft()
            if self._waiting:
                self._answer(self._waiting.popleft()[0], reply)

    patch.setattr(Link, "data_received", data_received)


def no_slow_sweep(patch: Patch) -> None:
    async def reindex(self: SessionBacklog, _place: ScanPlace, _keys_max: int) -> Reindexed:
        return Reindexed(ScanPlace(), 0, ())

    patch.setattr(SessionBacklog, "reindex", reindex)


def any_namespace(patch: Patch) -> None:
    async def claim_namespace(*_: object) -> list[str]:
        return []

    patch.setattr(app, "claim_namespace", claim_namespace)


def any_eviction(patch: Patch) -> None:
    patch.setattr(guard, "SAFE_EVICTION", (*guard.SAFE_EVICTION, "allkeys-lru"))


def any_body(patch: Patch) -> None:
    patch.setattr(dispatcher, "_replayed", lambda record_json, _intent: open_record(record_json))
