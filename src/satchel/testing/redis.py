"""A Redis in the memory of this process, behind the same connection class as the real one."""

import asyncio
import secrets
from collections.abc import Callable

import hiredis

from satchel.clock import Clock, clock_ms
from satchel.session.redis import Address, Argument, Link, RedisNode
from satchel.testing.keyspace import Command, Keyspace, Reply
from satchel.testing.lua import digest_of, run_script

__all__ = ["FakeLink", "FakeRedis", "FakeServer"]

CONFIG = {b"maxmemory-policy": b"noeviction", b"appendonly": b"yes", b"appendfsync": b"always"}


class FakeServer:
    """What the connections talk to. Restart it, or hand it an older keyspace, to see what your game makes of it.

    Args:
        clock: Milliseconds since 1970: what keys expire by, and what scripts see as the server's time.
        make_run_id: Names each incarnation of the server.

    Attributes:
        keyspace: Everything it holds.
        run_id: Names the present process.
        replication_id: Names the history that it serves; a promotion changes it.
    """

    def __init__(self, clock: Clock = clock_ms, make_run_id: Callable[[], str] = lambda: secrets.token_hex(20)) -> None:
        self._clock = clock
        self._make_run_id = make_run_id
        self._scripts: dict[bytes, bytes] = {}
        self._links: list[FakeLink] = []
        self._listeners: dict[bytes, list[FakeLink]] = {}
        self.keyspace = Keyspace(clock())
        self.run_id = make_run_id()
        self.replication_id = make_run_id()

    def call(self, command: Command, link: "FakeLink | None" = None) -> Reply:
        """Carry out one command, as one step that nothing comes between.

        Raises:
            hiredis.ReplyError: What the server would have answered.
        """
        self.keyspace.now_ms = self._clock()
        name = command[0].upper()
        if name == b"EVALSHA":
            reply = self._run(command)
        elif name == b"SUBSCRIBE" and link is not None:
            self._listeners.setdefault(command[1], []).append(link)
            reply = [b"subscribe", command[1], 1]
        elif name in _ABOUT:
            reply = _ABOUT[name](self, command)
        else:
            reply = self.keyspace.call(command)
        self._tell()
        return reply

    def restart(self, keyspace: Keyspace | None = None) -> None:
        """Come up as a new incarnation: connections break, scripts and listeners are forgotten.

        Args:
            keyspace: What it comes up with (of a lagging replica, of an older AOF, empty); as it was if None.
        """
        self.run_id = self._make_run_id()
        self.replication_id = self._make_run_id()
        self.keyspace = keyspace if keyspace is not None else self.keyspace
        self._scripts.clear()
        self._listeners.clear()
        links, self._links = self._links, []
        for link in links:
            link.close()

    async def dial(self) -> Link:
        """Open a connection to it."""
        link = FakeLink(self)
        self.accept(link)
        return link

    def accept(self, link: "FakeLink") -> None:
        """Take a new connection."""
        self._links = [known for known in self._links if known.alive]
        self._links.append(link)

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _run(self, command: Command) -> Reply:
        source = self._scripts.get(command[1])
        if source is None:
            raise hiredis.ReplyError("NOSCRIPT No matching script. Please use EVAL.")
        first_argument = 3 + int(command[2])
        return run_script(source, command[3:first_argument], command[first_argument:], self.keyspace.call)

    def _tell(self) -> None:
        while self.keyspace.published:
            channel, message = self.keyspace.published.pop(0)
            for link in self._listeners.get(channel, ()):
                if link.alive and link.on_message is not None:
                    link.on_message([b"message", channel, message])

    def _script(self, command: Command) -> Reply:
        if command[1].upper() == b"FLUSH":
            self._scripts.clear()
            return b"OK"
        digest = digest_of(command[2]).encode()
        self._scripts[digest] = command[2]
        return digest

    def _info(self, _command: Command) -> Reply:
        return f"redis_version:7.2.0\r\nrun_id:{self.run_id}\r\nmaster_replid:{self.replication_id}\r\n".encode()

    def _config(self, command: Command) -> Reply:
        return [command[2], CONFIG[command[2]]] if command[2] in CONFIG else []

    def _flush(self, _command: Command) -> Reply:
        self.keyspace = Keyspace(self.keyspace.now_ms)
        return b"OK"

    def _ping(self, _command: Command) -> Reply:
        return b"PONG"


_ABOUT: dict[bytes, Callable[[FakeServer, Command], Reply]] = {
    b"SCRIPT": FakeServer._script,
    b"INFO": FakeServer._info,
    b"CONFIG": FakeServer._config,
    b"FLUSHALL": FakeServer._flush,
    b"PING": FakeServer._ping,
}


class FakeLink(Link):
    """A connection without a socket: commands are carried out in the loop's next turn, in the order they were sent."""

    def __init__(self, server: FakeServer) -> None:
        super().__init__(asyncio.get_running_loop(), 0)
        self._server = server
        self.alive = True

    def send(self, *command: Argument) -> "asyncio.Future[Reply]":
        """See `Link.send`."""
        if not self.alive:
            return super().send(*command)
        waiter: asyncio.Future[Reply] = self._loop.create_future()
        self._waiting.append((waiter, 0))
        self._loop.call_soon(self._carry_out, pack(command))
        return waiter

    def close(self) -> None:
        """See `Link.close`."""
        if self.alive:
            self.connection_lost(None)

    def _carry_out(self, command: Command) -> None:
        if not self.alive:
            return
        reply = self.answer_of(command)
        waiter, _ = self._waiting.popleft()
        if not waiter.done():
            self._answer(waiter, reply)

    def answer_of(self, command: Command) -> Reply:
        """Let the server carry out a command; an error is an answer too."""
        try:
            return self._server.call(command, self)
        except hiredis.ReplyError as error:
            return error


class FakeRedis(RedisNode):
    """A connection to a `FakeServer`; stands where a `Redis` is asked for.

    Args:
        server: The server; one of its own if None. Connections to the same server share what it holds.
    """

    def __init__(self, server: FakeServer | None = None) -> None:
        self.server = server or FakeServer()
        super().__init__(Address(), dial=self.server.dial)


def pack(command: tuple[Argument, ...]) -> Command:
    """Turn arguments into the bytes that a server gets."""
    return tuple(
        part if isinstance(part, bytes) else part.encode() if isinstance(part, str) else b"%d" % part
        for part in command
    )
