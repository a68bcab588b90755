"""Reads the bodies of requests: bounded in length and in time."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from satchel.errors import BodyTooLarge, MalformedAction

__all__ = ["BODY_BYTES_MAX", "BODY_TIMEOUT_S", "BodyReader", "ClientGone", "Receive"]

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

BODY_BYTES_MAX = 64 * 1024
BODY_TIMEOUT_S = 10.0


class ClientGone(Exception):
    """The client left before its request was complete, so there is no connection to answer on."""


class BodyReader:
    """Reads bodies, and gives up on those that do not arrive.

    One timer watches all readers: a timer for each would cost more than reading a body that has arrived.
    """

    def __init__(self) -> None:
        self._reading: dict[asyncio.Task[Any], float] = {}
        self._overdue: set[asyncio.Task[Any]] = set()
        self._watching = False

    async def read(self, receive: Receive) -> bytes:
        """Read a request's body.

        Raises:
            BodyTooLarge: It is longer than `BODY_BYTES_MAX`.
            MalformedAction: It did not arrive within `BODY_TIMEOUT_S`.
            ClientGone: The client left before all of it was there; the part that arrived must not be acted on.
        """
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine that runs is a task's
        self._begin(task)
        try:
            return await _read(receive)
        except asyncio.CancelledError:
            if task not in self._overdue:
                raise
            task.uncancel()
            raise MalformedAction(reason=f"the body did not arrive within {BODY_TIMEOUT_S:g} s") from None
        finally:
            del self._reading[task]
            self._overdue.discard(task)

    def _begin(self, task: asyncio.Task[Any]) -> None:
        loop = task.get_loop()
        self._reading[task] = loop.time()
        if not self._watching:
            self._watching = True
            loop.call_later(BODY_TIMEOUT_S / 4, self._watch, loop)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        self._watching = bool(self._reading)
        if not self._watching:
            return
        now = loop.time()
        for task, since in self._reading.items():
            if now - since > BODY_TIMEOUT_S and task not in self._overdue:
                self._overdue.add(task)
                task.cancel()
        loop.call_later(BODY_TIMEOUT_S / 4, self._watch, loop)


async def _read(receive: Receive) -> bytes:
    body = b""
    while len(body) <= BODY_BYTES_MAX:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    if len(body) > BODY_BYTES_MAX:
        raise BodyTooLarge(limit_bytes=BODY_BYTES_MAX)
    return body
