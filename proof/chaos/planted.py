"""Defects to plant, so that chaos can show that it finds them. They live here, and in no build that users get."""

from collections.abc import Callable
from hashlib import sha1
from types import MappingProxyType
from typing import Any

from satchel.ids import HolderId
from satchel.orchestrator import InventoryCoreOrchestrator
from satchel.session.backlog import SessionBacklog
from satchel.session.redis import script

__all__ = ["DEFECTS", "plant"]


def plant(name: str) -> None:
    """Plant a defect into this process and those that it forks."""
    DEFECTS[name]()


def _forgets_action_ids() -> None:
    """A retry is executed again: the script never notes the action id."""
    _rewrite("commit", "redis.call('ZADD', marks, new_version, mark)", "")


def _keeps_time_to_live() -> None:
    """A dirty session may expire: the script does not make it last."""
    _rewrite("commit", "redis.call('PERSIST', key)", "redis.call('EXISTS', key)")


def _refuses_from_stale_copies() -> None:
    """A refusal is told from the process's own copy, without a look at the session."""

    async def present(self: InventoryCoreOrchestrator, char_id: HolderId, _action_id: str) -> Any:
        return self.sessions.recall(char_id) or await self.sessions.load_session(char_id)

    setattr(InventoryCoreOrchestrator, "_present", present)  # noqa: B010 - the defect


def _settles_too_early() -> None:
    """A claimed session is called clean before the vault has it."""
    claim = SessionBacklog.claim_some

    async def claim_and_settle(self: SessionBacklog, *arguments: Any) -> Any:
        snapshots = await claim(self, *arguments)
        for snapshot in snapshots:
            await self.settle(snapshot.char_id, snapshot.head)
        return snapshots[: len(snapshots) // 2]

    setattr(SessionBacklog, "claim_some", claim_and_settle)  # noqa: B010 - the defect


def _rewrite(name: str, old: str, new: str) -> None:
    init = script.Script.__init__

    def rewritten(self: script.Script, script_name: str, *, bound: bool = False) -> None:
        init(self, script_name, bound=bound)
        if script_name == name:
            if old not in self.source:
                raise LookupError(f"{name}.lua has no {old!r}: the defect cannot be planted")
            self.source = self.source.replace(old, new)
            self.digest = sha1(self.source.encode(), usedforsecurity=False).hexdigest()

    setattr(script.Script, "__init__", rewritten)  # noqa: B010 - the defect


DEFECTS: MappingProxyType[str, Callable[[], None]] = MappingProxyType(
    {
        "forgets-action-ids": _forgets_action_ids,
        "keeps-time-to-live": _keeps_time_to_live,
        "refuses-from-stale-copies": _refuses_from_stale_copies,
        "settles-too-early": _settles_too_early,
    }
)
"""By name; each has a docstring that says what is wrong."""
