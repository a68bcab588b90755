"""Named places in the code where a test may kill, pause or fail the process.

`SATCHEL_FAILPOINT=name:kill|pause|raise@n` arms one; commas separate several. It strikes once, when the place is
reached for the n-th time (default: the first). If the variable is unset, each place costs one comparison. This is for
tests only: do not set it on a server that people play on.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import MappingProxyType

from satchel.errors import FailpointWrong

__all__ = ["FAILPOINTS", "VARIABLE", "FailpointReached", "arm", "armed", "intercept", "reach"]

VARIABLE = "SATCHEL_FAILPOINT"

FAILPOINTS = (
    # An action, from the request to its answer.
    "api.before_dispatch",
    "api.before_reply",
    "api.after_reply",
    "action.before_decide",
    "action.after_decide",
    "action.before_durable_flush",
    "action.after_durable_flush",
    "action.before_overflow_flush",
    "read.before_send",
    "read.after_reply",
    "commit.before_send",
    "commit.after_reply",
    "commit.before_hint",
    # Attach: lock, open the epoch, adopt, read the epoch again, confirm.
    "attach.after_lock",
    "attach.after_floor",
    "attach.after_open_epoch",
    "attach.after_adopt",
    "attach.after_reread",
    "attach.after_confirm",
    "attach.before_unlock",
    "epoch.after_raise",
    "epoch.before_commit",
    "fork.before_keep",
    "fork.after_keep",
    "fork.after_forget",
    # Flush: claim, push, settle.
    "claim.before_send",
    "claim.after_reply",
    "flush.before_push",
    "flush.after_push",
    "flush.before_reattach",
    "flush.after_settle",
    "push.after_begin",
    "push.after_fence",
    "push.after_items",
    "push.after_balances",
    "push.after_advance",
    "push.before_commit",
    "push.after_commit",
    "settle.before_send",
    "settle.after_reply",
    "defer.before_send",
    "defer.after_reply",
    "worker.after_claim",
    "worker.before_bisect",
    # What cannot be saved.
    "bury.before_insert",
    "bury.after_insert",
    "quarantine.before_vault",
    "quarantine.before_session",
    "quarantine.after_session",
    # The end of a session.
    "close.before_flush",
    "close.before_send",
    "close.after_reply",
    # Connections.
    "connect.before_dial",
    "connect.after_dial",
    "connect.after_greet",
    "connect.after_subscribe",
    "script.before_load",
    "script.after_load",
    "pool.before_open",
    # Start and stop of a process; the schema.
    "migrate.after_lock",
    "migrate.before_commit",
    "migrate.after_commit",
    "start.before_checks",
    "start.after_checks",
    "start.after_claim",
    "start.before_ready",
    "stop.after_signal",
    "stop.after_server",
    "stop.before_drain",
    "stop.after_drain",
    "stop.before_close",
    "drain.before_round",
    "drain.after_round",
)
"""Every failpoint; the code reaches each in one place. Seeds of simulated runs depend on this order."""

Handler = Callable[[str], None]

_handler: Handler | None = None


class FailpointReached(Exception):
    """What `raise` raises: an error that no code expects."""


def reach(name: str) -> None:
    """Mark a place; strike if a failpoint is armed for it."""
    if _handler is not None:
        _handler(name)


def armed() -> bool:
    """Whether anything happens at a failpoint."""
    return _handler is not None


@contextmanager
def intercept(handler: Handler | None) -> Iterator[None]:
    """Call a handler at every failpoint, instead of what the variable says.

    Args:
        handler: It gets the name of each place that is reached, and may raise.
            None: nothing is armed until the block ends.
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
        specification: The value of the variable; if it is empty, nothing is armed.

    Raises:
        FailpointWrong: It cannot be read, or names a failpoint that does not exist.
    """
    global _handler
    if specification:
        _handler = _Armed(specification)


class _Armed:
    """Counts how often each place is reached, and strikes at the armed times."""

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
        raise FailpointWrong([f"{VARIABLE}: expected name:{'|'.join(_DEEDS)}@n with n from 1, got {part!r}"])
    if name not in FAILPOINTS:
        raise FailpointWrong([f"{VARIABLE}: no such failpoint: {name!r}; known: {', '.join(sorted(FAILPOINTS))}"])
    return name, _DEEDS[deed], int(count) if at else 1


def _kill(_name: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _pause(_name: str) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _raise(name: str) -> None:
    raise FailpointReached(name)


_DEEDS = MappingProxyType({"kill": _kill, "pause": _pause, "raise": _raise})
