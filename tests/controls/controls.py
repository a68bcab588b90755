"""Negative controls: every safety that the protocol names, how a test build goes without it, and what proves it.

A safety is switched off by an exact change of a script, a statement or a method, in the test's own process. A change
that no longer fits the source is an error: a control that switches nothing off proves nothing.
"""

from collections.abc import Awaitable, Callable

import msgspec
import pytest

from tests.controls import weakened
from tests.controls.scenarios import attaching, pushing, saving, serving, settling
from tests.integration.faults.conftest import Realm

__all__ = ["CONTROLS", "Control"]

Scenario = Callable[[Realm], Awaitable[None]]


class Control(msgspec.Struct, frozen=True):
    """One safety: how it is switched off, and the scenario that then fails."""

    safety: str
    off: Callable[[pytest.MonkeyPatch], None]
    scenario: Scenario


MATCH = "held_epoch ~= epoch or held_version ~= version or held_h ~= h"
CONTROLS = (
    # push
    Control(
        "the vault compares the chain, not only versions",
        weakened.greater_version_wins,
        pushing.a_regressed_history_that_climbs_past_the_vault_is_a_fork,
    ),
    Control("the vault compares epochs", weakened.any_epoch, pushing.a_push_of_an_older_epoch_is_fenced),
    Control("every record links to the one before", weakened.any_record_links, pushing.a_forged_record_is_not_saved),
    Control(
        "an item has one owner",
        weakened.statement("upsert_items", "WHERE i.char_id = excluded.char_id", ""),
        pushing.an_item_of_another_character_is_a_detected_dupe,
    ),
    Control(
        "a poison row is found by halving",
        weakened.rejects_the_whole_batch,
        pushing.a_poison_row_leaves_the_rest_of_its_batch_saved,
    ),
    Control(
        "durable is seen in the ledger",
        weakened.flush_is_called_durable,
        pushing.durable_is_not_told_of_a_save_that_lost,
    ),
    # attach
    Control(
        "commit compares the server's run_id",
        weakened.script("commit", "held_run ~= run or state", "state"),
        attaching.a_session_of_another_incarnation_is_attached_first,
    ),
    Control(
        "the epoch is read again before a session is confirmed",
        weakened.no_second_look_at_the_epoch,
        attaching.an_attacher_delayed_past_a_new_login_acknowledges_nothing,
    ),
    Control(
        "a state is installed only under a newer epoch",
        weakened.script("adopt", "if held and held >= tonumber(epoch) then", "if false then"),
        attaching.an_overtaken_attacher_does_not_touch_the_session,
    ),
    Control(
        "an unconfirmed session acknowledges nothing",
        weakened.script(
            "adopt",
            "'state', 'unconfirmed', 'fver', version, 'fh', h)\n  if",
            "'state', 'live', 'fver', version, 'fh', h)\n  if",
        ),
        attaching.an_unconfirmed_session_acknowledges_nothing,
    ),
    Control(
        "a quarantine raises the epoch",
        weakened.statement("set_quarantine", ", epoch = epoch + 1", ""),
        attaching.an_attach_under_way_does_not_miss_a_quarantine,
    ),
    # commit
    Control(
        "the script notes action ids",
        weakened.script("commit", "redis.call('ZADD', marks, new_version, mark)\n", ""),
        saving.a_key_acts_once,
    ),
    Control(
        "a forgotten action id is not taken for a new one",
        weakened.script("commit", "<= tonumber(forgot) then return {-10} end", "< 0 then return {-10} end"),
        saving.a_key_that_was_forgotten_acts_never_again,
    ),
    Control("the body's digest is compared", weakened.any_body, saving.a_key_with_another_body_is_refused),
    Control(
        "a save takes the time to live away",
        weakened.script("commit", "redis.call('PERSIST', key)", "redis.call('EXISTS', key)"),
        saving.a_dirty_session_never_expires,
    ),
    Control(
        "commit compares what was decided on",
        weakened.script("commit", MATCH, "false"),
        saving.a_stale_copy_overwrites_nothing,
    ),
    Control(
        "commit compares the version",
        weakened.script("commit", MATCH, "held_epoch ~= epoch"),
        saving.a_stale_copy_overwrites_nothing,
    ),
    Control(
        "commit compares the epoch",
        weakened.script("commit", MATCH, "held_version ~= version or held_h ~= h"),
        saving.an_equal_version_of_another_epoch_is_no_match,
    ),
    Control(
        "commit compares the chain",
        weakened.script("commit", MATCH, "held_epoch ~= epoch or held_version ~= version"),
        saving.an_equal_version_of_another_history_is_no_match,
    ),
    Control(
        "a refusal is decided again on the present state",
        weakened.refuses_from_the_own_copy,
        saving.a_refusal_is_decided_on_the_present_state,
    ),
    Control(
        "commit asks for quarantine",
        weakened.script("commit", "if quarantine then return {-5} end", ""),
        saving.a_quarantined_character_does_not_act,
    ),
    # claim and settle
    Control(
        "the journal is kept until the vault has it",
        weakened.script(
            "settle",
            "math.min(tonumber(flushed) + 1, tonumber(held_version)",
            "math.max(tonumber(flushed) + 1, tonumber(held_version)",
        ),
        settling.what_was_saved_during_a_flush_is_kept_until_it_is_flushed_itself,
    ),
    Control(
        "a session that changed meanwhile stays in the index",
        weakened.script("settle", "if flushed ~= held_version then", "if false then"),
        settling.a_session_that_changed_during_its_flush_stays_in_the_index,
    ),
    Control(
        "a lease runs out",
        weakened.script("claim", "now_ms + lease_ms * (quarantine and 60 or 1)", "'+inf'"),
        settling.what_a_dead_worker_had_claimed_is_claimed_by_another,
    ),
    Control(
        "a slow sweep makes up for a lost index",
        weakened.no_slow_sweep,
        settling.a_dirty_session_that_no_index_names_is_found,
    ),
    # connections and servers
    Control(
        "the reply to a cancelled command is thrown away",
        weakened.the_cancelled_give_up_their_place,
        serving.who_is_cancelled_takes_no_reply_from_the_next,
    ),
    Control("an evicting Redis is refused", weakened.any_eviction, serving.a_redis_that_evicts_anything_is_refused),
    Control(
        "another vault's namespace is refused",
        weakened.any_namespace,
        serving.the_namespace_of_another_vault_is_refused,
    ),
)
