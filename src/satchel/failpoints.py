"""Named places in our own code where a test may kill, pause or fail the process.

`SATCHEL_FAILPOINT=name:kill|pause|raise@n` arms one, several are separated by commas; `@n` means the n-th time that the
place is reached, once (default: the first). Unset, each place costs one comparison. This is a tool for tests: nobody
should set it on a server that people play on.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import MappingProxyType

__all__ = ["FAILPOINTS", "VARIABLE", "FailpointReached", "FailpointWrong", "arm", "intercept", "reach"]

VARIABLE = "SATCHEL_FAILPOINT"

FAILPOINTS = MappingProxyType(
    {
        # An action, from the request to its answer.
        "api.before_dispatch": "api/action.py",
        "api.before_reply": "api/action.py",
        "api.after_reply": "api/action.py",
        "action.before_decide": "orchestrator.py",
        "action.after_decide": "orchestrator.py",
        "action.before_durable_flush": "orchestrator.py",
        "action.after_durable_flush": "orchestrator.py",
        "action.before_overflow_flush": "orchestrator.py",
        "read.before_send": "session/manager.py",
        "read.after_reply": "session/manager.py",
        "commit.before_send": "session/manager.py",
        "commit.after_reply": "session/manager.py",
        "commit.before_hint": "session/manager.py",
        # Attach: lock, open the epoch, adopt, read the epoch again, confirm.
        "attach.after_lock": "session/manager.py",
        "attach.after_floor": "session/manager.py",
        "attach.after_open_epoch": "session/manager.py",
        "attach.after_adopt": "session/manager.py",
        "attach.after_reread": "session/manager.py",
        "attach.after_confirm": "session/manager.py",
        "attach.before_unlock": "session/manager.py",
        "epoch.after_raise": "vault/postgres.py",
        "epoch.before_commit": "vault/postgres.py",
        "fork.before_keep": "session/manager.py",
        "fork.after_keep": "session/manager.py",
        "fork.after_forget": "session/manager.py",
        # Flush: claim, push, settle.
        "claim.before_send": "session/backlog.py",
        "claim.after_reply": "session/backlog.py",
        "flush.before_push": "orchestrator.py",
        "flush.after_push": "orchestrator.py",
        "flush.before_reattach": "orchestrator.py",
        "flush.after_settle": "orchestrator.py",
        "push.after_begin": "vault/postgres.py",
        "push.after_fence": "vault/postgres.py",
        "push.after_items": "vault/push.py",
        "push.after_balances": "vault/push.py",
        "push.after_advance": "vault/push.py",
        "push.before_commit": "vault/postgres.py",
        "push.after_commit": "vault/postgres.py",
        "settle.before_send": "session/backlog.py",
        "settle.after_reply": "session/backlog.py",
        "defer.before_send": "session/backlog.py",
        "defer.after_reply": "session/backlog.py",
        "worker.after_claim": "worker.py",
        "worker.before_bisect": "worker.py",
        # What cannot be saved.
        "bury.before_insert": "worker.py",
        "bury.after_insert": "worker.py",
        "quarantine.before_vault": "orchestrator.py",
        "quarantine.before_session": "orchestrator.py",
        "quarantine.after_session": "orchestrator.py",
        # The end of a session.
        "close.before_flush": "orchestrator.py",
        "close.before_send": "session/manager.py",
        "close.after_reply": "session/manager.py",
        # Connections.
        "connect.before_dial": "session/redis/connection.py",
        "connect.after_dial": "session/redis/connection.py",
        "connect.after_greet": "session/redis/connection.py",
        "connect.after_subscribe": "session/redis/connection.py",
        "script.before_load": "session/redis/script.py",
        "script.after_load": "session/redis/script.py",
        "pool.before_open": "vault/postgres.py",
        # Start and stop of a process; the schema.
        "migrate.after_lock": "vault/schema.py",
        "migrate.before_commit": "vault/schema.py",
        "migrate.after_commit": "vault/schema.py",
        "start.before_checks": "runtime/app.py",
        "start.after_checks": "runtime/app.py",
        "start.after_claim": "runtime/app.py",
        "start.before_ready": "runtime/serve.py",
        "stop.after_signal": "runtime/serve.py",
        "stop.after_server": "runtime/serve.py",
        "stop.before_drain": "runtime/background.py",
        "stop.after_drain": "runtime/background.py",
        "stop.before_close": "runtime/app.py",
        "drain.before_round": "worker.py",
        "drain.after_round": "worker.py",
    }
)
"""Every failpoint, and the one file of the package that reaches it, in one place."""

Handler = Callable[[str], None]

_handler: Handler | None = None


class FailpointReached(Exception):
    """What `raise` raises: an error that nobody foresaw."""


class FailpointWrong(Exception):
    """The variable does not say what to do; the message names it."""


def reach(name: str) -> None:
    """Say that the place of this name is reached."""
    if _handler is not None:
        _handler(name)


@contextmanager
def intercept(handler: Handler) -> Iterator[None]:
    """Let a handler decide what happens at every failpoint, instead of the variable.

    Args:
        handler: Called with the name of each place that is reached; it may raise, note or end something.
    """
    global _handler
    before, _handler = _handler, handler
    try:
        yield
    finally:
        _handler = before


def arm(specification: str) -> None:
    """Arm failpoints for the rest of the process's life.

    Args:
        specification: What the variable holds; nothing is armed if it is empty.

    Raises:
        FailpointWrong: It cannot be read, or names no failpoint of this release.
    """
    global _handler
    if specification:
        _handler = _Armed(specification)


class _Armed:
    """Counts, and strikes at the named times."""

    def __init__(self, specification: str) -> None:
        self._strikes: dict[tuple[str, int], Handler] = {}
        self._reached: dict[str, int] = {}
        for part in specification.split(","):
            name, deed, count = _parse(part.strip())
            self._strikes[name, count] = deed
            self._reached[name] = 0

    def __call__(self, name: str) -> None:
        if name not in self._reached:
            return
        self._reached[name] += 1
        if (strike := self._strikes.get((name, self._reached[name]))) is not None:
            strike(name)


def _parse(part: str) -> tuple[str, Handler, int]:
    name, colon, rest = part.partition(":")
    deed, at, count = rest.partition("@")
    if not colon or deed not in _DEEDS or (at and not (count.isascii() and count.isdigit() and int(count) > 0)):
        raise FailpointWrong(f"{VARIABLE}: expected name:{'|'.join(_DEEDS)}@n with n from 1, got {part!r}")
    if name not in FAILPOINTS:
        raise FailpointWrong(f"{VARIABLE}: no such failpoint: {name!r}; known: {', '.join(sorted(FAILPOINTS))}")
    return name, _DEEDS[deed], int(count) if at else 1


def _kill(_name: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _pause(_name: str) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _raise(name: str) -> None:
    raise FailpointReached(name)


_DEEDS = MappingProxyType({"kill": _kill, "pause": _pause, "raise": _raise})
