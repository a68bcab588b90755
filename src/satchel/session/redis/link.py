"""One socket to a Redis or Valkey server.

Commands of one turn of the event loop go out in one write. Replies come back in order and are handed to their waiters.
If a waiter was cancelled, its reply is still read and thrown away. So a cancellation never hands a reply to the next
waiter. When the socket breaks, all waiters learn that the outcome is unknown.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

import hiredis
import msgspec

from satchel.errors import InvariantBroken, SessionUnavailable

__all__ = ["WHO", "Address", "Argument", "Link", "Reply", "dial", "reply_of"]

Argument = bytes | str | int
Reply = Any
"""What the server replies: int, bytes, None or a list of replies."""

PASSING_ERRORS = (
    "BUSY",
    "CLUSTERDOWN",
    "LOADING",
    "MASTERDOWN",
    "MISCONF",
    "NOREPLICAS",
    "OOM",
    "READONLY",
    "TRYAGAIN",
)
"""First words of errors that mean "not now": the command was not carried out."""


class Address(msgspec.Struct, frozen=True):
    """Where the server is: `redis://[user:password@]host[:port][/db]`, `rediss://...` or `unix:///path[?db=n]`."""

    host: str = ""
    port: int = 6379
    path: str = ""
    tls: bool = False
    user: str = ""
    password: str = ""
    db: int = 0

    @classmethod
    def parse(cls, url: str) -> "Address":
        """Read a URL.

        Raises:
            ValueError: The URL has another form. The message does not repeat it, because it may hold a password.
        """
        parts = urlsplit(url)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if parts.scheme == "unix" and parts.path:
            db = int(parse_qs(parts.query).get("db", ["0"])[0])
            return cls(path=unquote(parts.path), user=user, password=password, db=db)
        if parts.scheme in ("redis", "rediss") and parts.hostname:
            db = int(parts.path.strip("/") or 0)
            return cls(parts.hostname, parts.port or 6379, "", parts.scheme == "rediss", user, password, db)
        raise ValueError("expected redis://host:port/db, rediss://host:port/db or unix:///path/to.sock")


WHO = ("INFO", "server", "replication")
"""The command whose reply tells which incarnation a server is."""


class Link(asyncio.Protocol):
    """One live socket.

    Attributes:
        run_id: Names the incarnation of the server: its process, and the replication id of the history that it serves.
            A process that was demoted and promoted again serves another history than before.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, reply_timeout_s: float) -> None:
        self.run_id = ""
        self.info: dict[str, str] = {}
        self.alive = False
        self.lost = asyncio.Event()
        self.on_message: Callable[[Reply], None] | None = None
        self._loop = loop
        self._reply_timeout_s = reply_timeout_s
        self._reader = hiredis.Reader()
        self._waiting: deque[tuple[asyncio.Future[Reply], float]] = deque()
        self._outgoing: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._watch: asyncio.TimerHandle | None = None

    # -- what callers use ----------------------------------------------------------------------------------------------

    def send(self, *command: Argument) -> "asyncio.Future[Reply]":
        """Queue a command for the write of this turn of the loop.

        Returns:
            The reply to await. It fails with `SessionUnavailable` if the connection breaks or the server says "not
            now", and with `hiredis.ReplyError` on any other error.
        """
        waiter: asyncio.Future[Reply] = self._loop.create_future()
        if not self.alive:
            waiter.set_exception(SessionUnavailable(reason="connection lost"))
            return waiter
        if not self._outgoing:
            self._loop.call_soon(self._write)
        self._outgoing.append(hiredis.pack_command(command))  # type: ignore[arg-type]  # the stub knows no unions
        self._waiting.append((waiter, self._loop.time()))
        return waiter

    def recognise(self, reply: bytes) -> None:
        """Note from the reply to `WHO` which incarnation the server is."""
        self.info = dict(line.split(":", 1) for line in reply.decode().splitlines() if ":" in line)
        self.run_id = f"{self.info['run_id']}:{self.info.get('master_replid', '')}"

    def close(self) -> None:
        """Break the connection; all waiters get `SessionUnavailable`."""
        if self._transport is not None:
            self._transport.abort()

    # -- asyncio.Protocol ----------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the watch over overdue replies."""
        # uvloop's transports are not subclasses of asyncio's, but they have the same methods.
        self._transport = cast(asyncio.Transport, transport)
        self.alive = True
        self._watch_replies()

    def data_received(self, data: bytes) -> None:
        """Hand replies to their waiters, in order."""
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not False:
            if self._waiting:
                waiter, _ = self._waiting.popleft()
                if not waiter.done():
                    self._answer(waiter, reply)
            elif self.on_message is not None:
                self.on_message(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell all waiters that the outcome is unknown."""
        self.alive = False
        self.lost.set()
        if self._watch is not None:
            self._watch.cancel()
        for waiter, _ in self._waiting:
            if not waiter.done():
                waiter.set_exception(SessionUnavailable(reason="connection lost"))
        self._waiting.clear()

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _write(self) -> None:
        if self._transport is not None and self.alive:
            self._transport.write(b"".join(self._outgoing))
        self._outgoing.clear()

    def _answer(self, waiter: "asyncio.Future[Reply]", reply: Reply) -> None:
        if not isinstance(reply, hiredis.ReplyError):
            waiter.set_result(reply)
        elif str(reply).split(" ", 1)[0] in PASSING_ERRORS:
            waiter.set_exception(SessionUnavailable(reason=str(reply)))
        else:
            waiter.set_exception(reply)

    def _watch_replies(self) -> None:
        # One timer per connection is cheaper than one per command. The oldest reply is enough to look at, because
        # replies come in order.
        if self._waiting and self._loop.time() - self._waiting[0][1] > self._reply_timeout_s:
            self.close()
            return
        self._watch = self._loop.call_later(self._reply_timeout_s / 4, self._watch_replies)


async def reply_of(waiter: "asyncio.Future[Reply]") -> Reply:
    """Await a reply, and translate the server's errors.

    Raises:
        InvariantBroken: The server refuses the command itself.
        SessionUnavailable: The server is away; whether it carried the command out is unknown.
    """
    try:
        return await waiter
    except hiredis.ReplyError as error:
        raise InvariantBroken(reason=f"redis: {error}") from error


async def dial(address: Address, reply_timeout_s: float) -> Link:
    """Open a socket to a server.

    Args:
        address: Where it is.
        reply_timeout_s: Longest wait for a reply. After that the link breaks the socket.
    """
    loop = asyncio.get_running_loop()

    def make_link() -> Link:
        return Link(loop, reply_timeout_s)

    if address.path:
        return (await loop.create_unix_connection(make_link, address.path))[1]
    context = ssl.create_default_context() if address.tls else None
    return (await loop.create_connection(make_link, address.host, address.port, ssl=context))[1]
