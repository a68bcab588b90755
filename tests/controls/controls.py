"""Negative controls: every safety that the protocol names, how a test build goes without it, and what proves it.

A safety is switched off by an exact change of a script, a statement or a method, in the test's own process. A change
that no longer fits the source is an error: a control that switches nothing off proves nothing.
"""

from collections.abc import Awaitable, Callable
from hashlib import sha1
from types import MappingProxyType
from typing import Any

import msgspec
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
from tests.controls.scenarios import attaching, pushing, saving, serving, settling
from tests.integration.faults.conftest import Realm

__all__ = ["CONTROLS", "Control"]

Patch = pytest.MonkeyPatch
Scenario = Callable[[Realm], Awaitable[None]]


class Control(msgspec.Struct, frozen=True):
    """One safety: how it is switched off, and the scenario that then fails."""

    safety: str
    off: Callable[[Patch], None]
    scenario: Scenario


def _script(name: str, old: str, new: str) -> Callable[[Patch], None]:
    """A script with one piece of its text replaced."""

    def off(patch: Patch) -> None:
        init = Script.__init__

        def weakened(self: Script, script: str, *, bound: bool = False) -> None:
            init(self, script, bound=bound)
            if script != name:
                return
            if self.source.count(old) != 1:
                raise LookupError(f"{name}.lua does not say {old!r} once")
            self.source = self.source.replace(old, new)
            self.digest = sha1(self.source.encode(), usedforsecurity=False).hexdigest()

        patch.setattr(Script, "__init__", weakened)

    return off


def _statement(name: str, old: str, new: str) -> Callable[[Patch], None]:
    """A statement with one piece of its text replaced."""

    def off(patch: Patch) -> None:
        if QUERIES[name].count(old) != 1:
            raise LookupError(f"{name} does not say {old!r} once")
        weakened = MappingProxyType({**QUERIES, name: QUERIES[name].replace(old, new)})
        patch.setattr(postgres, "QUERIES", weakened)
        patch.setattr(push, "QUERIES", weakened)

    return off


def _greater_version_wins(patch: Patch) -> None:
    classify = push.classify

    def weakened(snapshot: Snapshot, held: Head | None) -> tuple[PushOutcome, Any]:
        outcome, records = classify(snapshot, held)
        if held is None or outcome.status != PushStatus.UNKNOWN_BASE or snapshot.head.version <= held.version:
            return outcome, records
        pushed = PushOutcome(snapshot.char_id, PushStatus.PUSHED, snapshot.head)
        return pushed, tuple(record for record in snapshot.records if record.version > held.version)

    patch.setattr(postgres, "classify", weakened)
    _any_record_links(patch)


def _any_epoch(patch: Patch) -> None:
    classify = push.classify

    def weakened(snapshot: Snapshot, held: Head | None) -> tuple[PushOutcome, Any]:
        return classify(snapshot, held and Head(min(held.epoch, snapshot.epoch), held.version, held.h))

    patch.setattr(postgres, "classify", weakened)


def _any_record_links(patch: Patch) -> None:
    def add(self: push.PushBatch, snapshot: Snapshot, held: Head, records: Any) -> None:
        for sealed in records:
            self._fold(snapshot, sealed, open_record(sealed.json))
        self.heads.append(
            (snapshot.char_id, snapshot.epoch, snapshot.head.version, snapshot.head.h, held.version, held.h)
        )

    patch.setattr(push.PushBatch, "add", add)


def _no_second_look_at_the_epoch(patch: Patch) -> None:
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


def _refuses_from_the_own_copy(patch: Patch) -> None:
    async def present(self: InventoryCoreOrchestrator, char_id: HolderId, _action_id: str) -> Any:
        return self.sessions.recall(char_id) or await self.sessions.load_session(char_id)

    patch.setattr(InventoryCoreOrchestrator, "_present", present)


def _rejects_the_whole_batch(patch: Patch) -> None:
    async def all_are_guilty(self: FlushWorker, batch: Any) -> None:
        for snapshot in batch:
            await self._reject(snapshot, PushRejected(reason="somebody in the batch"))

    patch.setattr(FlushWorker, "_bisect", all_are_guilty)


def _flush_is_called_durable(patch: Patch) -> None:
    async def trusting(self: InventoryCoreOrchestrator, char_id: HolderId, _decided: Any) -> None:
        await self.flush_session(char_id)

    patch.setattr(InventoryCoreOrchestrator, "_make_durable", trusting)


def _the_cancelled_give_up_their_place(patch: Patch) -> None:
    def data_received(self: Link, data: bytes) -> None:
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not False:
            while self._waiting and self._waiting[0][0].done():
                self._waiting.popleft()
            if self._waiting:
                self._answer(self._waiting.popleft()[0], reply)

    patch.setattr(Link, "data_received", data_received)


def _no_slow_sweep(patch: Patch) -> None:
    async def reindex(self: SessionBacklog, _place: ScanPlace, _keys_max: int) -> Reindexed:
        return Reindexed(ScanPlace(), 0, ())

    patch.setattr(SessionBacklog, "reindex", reindex)


def _any_namespace(patch: Patch) -> None:
    async def claim_namespace(*_: object) -> list[str]:
        return []

    patch.setattr(app, "claim_namespace", claim_namespace)


def _any_eviction(patch: Patch) -> None:
    patch.setattr(guard, "SAFE_EVICTION", (*guard.SAFE_EVICTION, "allkeys-lru"))


def _any_body(patch: Patch) -> None:
    patch.setattr(dispatcher, "_replayed", lambda record_json, _intent: open_record(record_json))


MATCH = "held_epoch ~= epoch or held_version ~= version or held_h ~= h"

CONTROLS = (
    # push
    Control(
        "the vault compares the chain, not only versions",
        _greater_version_wins,
        pushing.a_regressed_history_that_climbs_past_the_vault_is_a_fork,
    ),
    Control("the vault compares epochs", _any_epoch, pushing.a_push_of_an_older_epoch_is_fenced),
    Control("every record links to the one before", _any_record_links, pushing.a_forged_record_is_not_saved),
    Control(
        "an item has one owner",
        _statement("upsert_items", "WHERE i.char_id = excluded.char_id", ""),
        pushing.an_item_of_another_character_is_a_detected_dupe,
    ),
    Control(
        "a poison row is found by halving",
        _rejects_the_whole_batch,
        pushing.a_poison_row_leaves_the_rest_of_its_batch_saved,
    ),
    Control(
        "durable is seen in the ledger",
        _flush_is_called_durable,
        pushing.durable_is_not_told_of_a_save_that_lost,
    ),
    # attach
    Control(
        "commit compares the server's run_id",
        _script("commit", "held_run ~= run or state", "state"),
        attaching.a_session_of_another_incarnation_is_attached_first,
    ),
    Control(
        "the epoch is read again before a session is confirmed",
        _no_second_look_at_the_epoch,
        attaching.an_attacher_delayed_past_a_new_login_acknowledges_nothing,
    ),
    Control(
        "a state is installed only under a newer epoch",
        _script("adopt", "if held and held >= tonumber(epoch) then", "if false then"),
        attaching.an_overtaken_attacher_does_not_touch_the_session,
    ),
    Control(
        "an unconfirmed session acknowledges nothing",
        _script(
            "adopt",
            "'state', 'unconfirmed', 'fver', version, 'fh', h)\n  if",
            "'state', 'live', 'fver', version, 'fh', h)\n  if",
        ),
        attaching.an_unconfirmed_session_acknowledges_nothing,
    ),
    Control(
        "a quarantine raises the epoch",
        _statement("set_quarantine", ", epoch = epoch + 1", ""),
        attaching.an_attach_under_way_does_not_miss_a_quarantine,
    ),
    # commit
    Control(
        "the script notes action ids",
        _script("commit", "redis.call('ZADD', marks, new_version, mark)\n", ""),
        saving.a_key_acts_once,
    ),
    Control(
        "a forgotten action id is not taken for a new one",
        _script("commit", "<= tonumber(forgot) then return {-10} end", "< 0 then return {-10} end"),
        saving.a_key_that_was_forgotten_acts_never_again,
    ),
    Control("the body's digest is compared", _any_body, saving.a_key_with_another_body_is_refused),
    Control(
        "a save takes the time to live away",
        _script("commit", "redis.call('PERSIST', key)", "redis.call('EXISTS', key)"),
        saving.a_dirty_session_never_expires,
    ),
    Control(
        "commit compares what was decided on",
        _script("commit", MATCH, "false"),
        saving.a_stale_copy_overwrites_nothing,
    ),
    Control(
        "commit compares the version",
        _script("commit", MATCH, "held_epoch ~= epoch"),
        saving.a_stale_copy_overwrites_nothing,
    ),
    Control(
        "commit compares the epoch",
        _script("commit", MATCH, "held_version ~= version or held_h ~= h"),
        saving.an_equal_version_of_another_epoch_is_no_match,
    ),
    Control(
        "commit compares the chain",
        _script("commit", MATCH, "held_epoch ~= epoch or held_version ~= version"),
        saving.an_equal_version_of_another_history_is_no_match,
    ),
    Control(
        "a refusal is decided again on the present state",
        _refuses_from_the_own_copy,
        saving.a_refusal_is_decided_on_the_present_state,
    ),
    Control(
        "commit asks for quarantine",
        _script("commit", "if quarantine then return {-5} end", ""),
        saving.a_quarantined_character_does_not_act,
    ),
    # claim and settle
    Control(
        "the journal is kept until the vault has it",
        _script(
            "settle",
            "math.min(tonumber(flushed) + 1, tonumber(held_version)",
            "math.max(tonumber(flushed) + 1, tonumber(held_version)",
        ),
        settling.what_was_saved_during_a_flush_is_kept_until_it_is_flushed_itself,
    ),
    Control(
        "a session that changed meanwhile stays in the index",
        _script("settle", "if flushed ~= held_version then", "if false then"),
        settling.a_session_that_changed_during_its_flush_stays_in_the_index,
    ),
    Control(
        "a lease runs out",
        _script("claim", "now_ms + lease_ms * (quarantine and 60 or 1)", "'+inf'"),
        settling.what_a_dead_worker_had_claimed_is_claimed_by_another,
    ),
    Control(
        "a slow sweep makes up for a lost index",
        _no_slow_sweep,
        settling.a_dirty_session_that_no_index_names_is_found,
    ),
    # connections and servers
    Control(
        "the reply to a cancelled command is thrown away",
        _the_cancelled_give_up_their_place,
        serving.who_is_cancelled_takes_no_reply_from_the_next,
    ),
    Control("an evicting Redis is refused", _any_eviction, serving.a_redis_that_evicts_anything_is_refused),
    Control("another vault's namespace is refused", _any_namespace, serving.the_namespace_of_another_vault_is_refused),
)
