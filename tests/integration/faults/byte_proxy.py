"""A socket between a client and a server that cuts, holds, chops and garbles what goes through."""

import asyncio
from pathlib import Path

__all__ = ["Proxy"]


class Proxy:
    """Stands between clients and one server, both on unix sockets.

    Args:
        target: The server's socket.
        path: Where clients connect.

    Attributes:
        holding: Nothing that the server says goes through any more, but the connection stays.
        piece_bytes: Replies come in pieces of this size, each in a turn of its own.
        cut_at: As soon as a client says this, it reaches the server, and the client never gets the answer: the
            connection is cut once the server has answered. Happens once.
    """

    def __init__(self, target: Path, path: Path) -> None:
        self.path = path
        self.holding = False
        self.piece_bytes = 0
        self.cut_at = b""
        self.connections = 0
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen."""
        self._server = await asyncio.start_unix_server(self._accept, self.path)

    def reset(self) -> None:
        """Break every connection."""
        for writer in self._writers:
            writer.transport.abort()

    def say(self, noise: bytes) -> None:
        """Put bytes of our own between the replies of the server."""
        for writer in self._writers:
            writer.write(noise)

    async def close(self) -> None:
        """Stop listening and break what is open."""
        if self._server is not None:
            self._server.close()
        self.reset()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        server_reader, server_writer = await asyncio.open_unix_connection(self._target)
        self._writers |= {writer, server_writer}
        cut = asyncio.Event()
        for work in (self._ask(reader, server_writer, cut), self._answer(server_reader, writer, cut)):
            task = asyncio.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event) -> None:
        try:
            while data := await reader.read(65_536):
                if self.cut_at and self.cut_at in data:
                    self.cut_at = b""
                    cut.set()
                writer.write(data)
        except OSError:
            pass
        writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event) -> None:
        try:
            while data := await reader.read(65_536):
                if cut.is_set():
                    break
                if self.holding:
                    continue
                size = self.piece_bytes or len(data)
                for start in range(0, len(data), size):
                    writer.write(data[start : start + size])
                    await asyncio.sleep(0)
        except OSError:
            pass
        writer.transport.abort()
