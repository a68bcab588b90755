"""docs/failures.md has every row of the failure list, and names tests that exist."""

import ast
import re

from tests.tidy.source import ROOT, modules

FAILURES = {
    "API": (
        "killed after commit before the reply",
        "killed before commit",
        "retry with the same key",
        "same key, other body",
        "two keys, one intent (double tap)",
        "50 tasks on one key",
        "key replayed after the window (410, never executed again)",
        "replay acknowledged before the original is fsynced",
        "client disconnect in mid-command (close that connection, never pool it; replies echo the character id)",
        "library auto-retry re-sends the script",
        "NOSCRIPT after restart, failover or SCRIPT FLUSH",
        "SIGSTOP between read and commit",
        "SIGTERM drain",
        "stale local copy with an equal version on another history",
        "hot character (bounded queue, 429, others unharmed)",
        "session at its caps (slots, bytes, journal)",
        "malformed action",
        "script half way",
        "long script",
    ),
    "Session life": (
        "two workers cold-load one character",
        "attach delayed past an evict and a new login",
        "attacher dies between its steps",
        "TTL while dirty",
        "TTL while clean with an action in flight",
        "eviction under memory pressure",
        "OOM on write (rejected before the first write)",
        "character deleted while live",
    ),
    "Flush": (
        "killed after PostgreSQL's commit before settle",
        "killed inside the transaction",
        "two workers, one character",
        "lease over while still running",
        "session changed during the flush",
        "old snapshot arrives last",
        "poison row in a batch",
        "unique violation",
        "poison for ever",
        "deadlock",
        "PostgreSQL down 5 min",
        "commit outcome unknown",
        "PostgreSQL killed",
        "PostgreSQL behind after its own failover (reflush, not a fork)",
        "disk full / read-only",
        "dirty index lost (a sweep rebuilds it)",
        "starvation of old dirty sessions",
        "slow PostgreSQL",
    ),
    "Redis": (
        "kill -9 with `always`",
        "with `everysec`",
        "restart empty",
        "restart from an older AOF",
        "failover to a lagging replica, with and without the counter overtaking PostgreSQL",
        "old primary still serving a minority",
        "slot migration",
        "AOF cut at every byte of the last commit",
        "fsync error",
        "AOF disk full",
        "FLUSHALL",
        "SIGSTOP 30 s",
        "latency, half-open, reset, partial frames",
    ),
    "Versions and operations": (
        "two releases side by side (unknown newer format: refuse, never strip fields)",
        "catalogue changed while sessions live (unknown definitions are kept, hidden, never dropped)",
        "schema migration under load",
        "clock steps",
        "wrong bucket count",
        "two deployments on one Redis",
        "corrupt document (quarantine and reload, no crash loop)",
        "numbers above 2^53",
    ),
}
"""The failure list of the protocol, by group; trades do not exist yet."""

PAGE = (ROOT / "docs" / "failures.md").read_text(encoding="utf-8")


def _rows() -> dict[str, dict[str, str]]:
    groups = re.split(r"^## (.+)\n", PAGE, flags=re.MULTILINE)[1:]
    return {
        group: dict(re.findall(r"^\| (?!failure \||-)(.+?) \| (.+) \|$", text, re.MULTILINE))
        for group, text in zip(groups[::2], groups[1::2], strict=True)
    }


def test_page_has_every_row_of_the_failure_list_and_no_other() -> None:
    rows = _rows()

    assert {group: tuple(found) for group, found in rows.items()} == FAILURES


def test_every_row_names_a_test_or_gives_a_reason() -> None:
    bare = [
        failure
        for found in _rows().values()
        for failure, shown in found.items()
        if "::test_" not in shown and len(shown.split()) < 8
    ]

    assert bare == []


def test_every_test_that_the_page_names_exists() -> None:
    there = {
        f"{module.path}::{node.name}"
        for module in modules("tests")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    named = set(re.findall(r"`(tests/[\w/.]+::test_\w+)`", PAGE))

    assert len(named) > 60
    assert named <= there
