"""A proxy between Satchel and a server, that cuts, delays and swallows."""

import asyncio
import random
from pathlib import Path
from typing import Literal

__all__ = ["Mischief", "Proxy"]

Mischief = Literal["none", "delay", "half_open", "cut_after_request", "cut_in_reply", "swallow_commit"]
"""delay: every reply comes late; half_open: nothing passes, nothing is closed; cut_after_request: the request passes,
its reply does not; cut_in_reply: a part of the reply passes; swallow_commit: COMMIT passes, its reply does not."""

CHUNK_BYTES = 256 * 1024


class Proxy:
    """Listens on one unix socket and forwards to another.

    Args:
        path: Where it listens.
        target: Where it forwards to.
        dice: Decides which exchange is hit.
    """

    def __init__(self, path: Path, target: Path, dice: random.Random) -> None:
        self.path = path
        self.target = target
        self.mischief: Mischief = "none"
        self.chance = 0.02
        self.delay_s = 0.1
        self.hits = 0
        self._dice = dice
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()

    async def open(self) -> None:
        """Listen."""
        self.path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._accept, str(self.path))
        self.path.chmod(0o777)  # the servers run as another user at times

    def start(self, mischief: Mischief) -> None:
        """Begin to misbehave."""
        self.mischief = mischief
        if mischief == "half_open":
            self._flowing.clear()

    def stop(self) -> None:
        """Behave again."""
        self.mischief = "none"
        self._flowing.set()

    def cut(self) -> None:
        """Break every connection."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def close(self) -> None:
        """Stop listening, and break what there is."""
        self.stop()
        if self._server is not None:
            self._server.close()
        self.cut()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.path.unlink(missing_ok=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_unix_connection(str(self.target))
        except OSError:
            writer.transport.abort()
            return
        pair = (writer, back)
        self._writers.update(pair)
        swallow = asyncio.Event()
        tasks = [
            asyncio.create_task(self._requests(reader, back, pair, swallow)),
            asyncio.create_task(self._replies(there, writer, pair, swallow)),
        ]
        self._tasks.update(tasks)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._tasks.difference_update(tasks)
            self._writers.difference_update(pair)
            for end in pair:
                end.transport.abort()

    async def _requests(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        pair: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
        swallow: asyncio.Event,
    ) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            await self._flowing.wait()
            hit = self._dice.random() < self.chance
            if (self.mischief == "cut_after_request" and hit) or (
                self.mischief == "swallow_commit" and b"COMMIT" in chunk and self._dice.random() < 0.5
            ):
                swallow.set()
            writer.write(chunk)
            await writer.drain()

    async def _replies(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        pair: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
        swallow: asyncio.Event,
    ) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            await self._flowing.wait()
            if swallow.is_set():
                self.hits += 1
                return
            if self.mischief == "cut_in_reply" and len(chunk) > 1 and self._dice.random() < self.chance:
                self.hits += 1
                writer.write(chunk[: self._dice.randrange(1, len(chunk))])
                await writer.drain()
                return
            if self.mischief == "delay":
                self.hits += 1
                await asyncio.sleep(self._dice.uniform(0, self.delay_s))
            writer.write(chunk)
            await writer.drain()
