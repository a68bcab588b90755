"""One socket to a Redis or Valkey server.

Commands of one turn of the event loop go out in one write; replies come back in order and are handed to their waiters.
A waiter that was cancelled has its reply read and thrown away, so a cancellation can never hand a reply to somebody
else. When the socket breaks, everybody who waits learns that the outcome is unknown.
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
"""What the server answers: int, bytes, None, or a list of them."""

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
"""First words of errors that say "not now": the command was not carried out."""


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
            ValueError: The URL has another form; the message never repeats it, as it may hold a password.
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
"""What a server is asked to learn which incarnation it is."""


class Link(asyncio.Protocol):
    """One live socket.

    Attributes:
        run_id: Names the incarnation of the server behind it: the process, and the history that it serves. A process
            that was demoted and promoted again serves another history than before, under another replication id.
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
        """Queue a command for this turn's write.

        Returns:
            Its reply, to be awaited. It fails with `SessionUnavailable` when the connection breaks or the server says
            "not now", and with `hiredis.ReplyError` on any other error.
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
        """Learn from the answer to `WHO` which incarnation of the server this is."""
        self.info = dict(line.split(":", 1) for line in reply.decode().splitlines() if ":" in line)
        self.run_id = f"{self.info['run_id']}:{self.info.get('master_replid', '')}"

    def close(self) -> None:
        """Break the connection; all who wait get `SessionUnavailable`."""
        if self._transport is not None:
            self._transport.abort()

    # -- asyncio.Protocol ----------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the watch over overdue replies."""
        # uvloop's transports are no subclasses, but have the same methods.
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
        """Tell everybody who waits that the outcome is unknown."""
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
        # One timer per connection instead of one per command: a server that stops answering breaks the connection.
        if self._waiting and self._loop.time() - self._waiting[0][1] > self._reply_timeout_s:
            self.close()
            return
        self._watch = self._loop.call_later(self._reply_timeout_s / 4, self._watch_replies)


async def reply_of(waiter: "asyncio.Future[Reply]") -> Reply:
    """Await a reply, with the server's errors translated.

    Raises:
        SessionUnavailable: The server is away; whether the command was carried out is unknown.
    """
    try:
        return await waiter
    except hiredis.ReplyError as error:
        raise InvariantBroken(reason=f"redis: {error}") from error


async def dial(address: Address, reply_timeout_s: float) -> Link:
    """Open a socket to a server.

    Args:
        address: Where it is.
        reply_timeout_s: Longest wait for a reply; then the socket is broken.
    """
    loop = asyncio.get_running_loop()

    def make_link() -> Link:
        return Link(loop, reply_timeout_s)

    if address.path:
        return (await loop.create_unix_connection(make_link, address.path))[1]
    context = ssl.create_default_context() if address.tls else None
    return (await loop.create_connection(make_link, address.host, address.port, ssl=context))[1]
