"""One `satchel` process of a chaos run: started, waited for, hurt and started again."""

import asyncio
import os
import signal
from pathlib import Path

from proof.chaos.nursery import Nursery

__all__ = ["NotReady", "SatchelProcess"]

READY_S = 25.0
POLL_S = 0.01


class NotReady(Exception):
    """A process did not get ready; with the end of its log."""


class SatchelProcess:
    """An API or a worker.

    Args:
        nursery: Where it is forked.
        name: `api0`, `worker0`, ...; its log is called so.
        environment: Its SATCHEL_* variables.
        directory: Where its log goes.
    """

    def __init__(self, nursery: Nursery, name: str, environment: dict[str, str], directory: Path) -> None:
        self.name = name
        self.command = "api" if name.startswith("api") else "worker"
        self.pid = 0
        self.log = directory / f"{name}.log"
        self.paused = False
        self._environment = environment
        self._nursery = nursery
        self._end: asyncio.Future[int] | None = None
        self._read_from = 0

    @property
    def alive(self) -> bool:
        """Whether it runs, paused or not."""
        return self._end is not None and not self._end.done()

    async def start(self, failpoint: str = "", *, wait: bool = True) -> None:
        """Start it, and again if it ends before it is ready, as anybody's supervisor would.

        Args:
            failpoint: Where it is to die; then it may end at any time.
            wait: Whether to wait until it is ready.

        Raises:
            NotReady: It took too long.
        """
        give_up = asyncio.get_running_loop().time() + READY_S
        while True:
            await self._start_once(failpoint)
            try:
                if wait:
                    await self.ready()
            except NotReady:
                if self.alive or asyncio.get_running_loop().time() > give_up:
                    raise
            else:
                return

    async def _start_once(self, failpoint: str) -> None:
        self._read_from = self.log.stat().st_size if self.log.exists() else 0
        environment = {**self._environment, "SATCHEL_FAILPOINT": failpoint}
        self.pid, self._end = await self._nursery.bear(self.command, environment, self.log)
        self.paused = False

    async def ready(self) -> None:
        """Wait until it says that it is ready."""
        try:
            async with asyncio.timeout(READY_S):
                while b" is ready" not in self._written():
                    if not self.alive:
                        raise NotReady(f"{self.name} ended:\n{self._written().decode(errors='replace')[-2000:]}")
                    await asyncio.sleep(POLL_S)
        except TimeoutError as error:
            raise NotReady(f"{self.name} took too long:\n{self._written().decode(errors='replace')[-2000:]}") from error

    async def ended(self, timeout_s: float) -> int | None:
        """Wait for its end; None if it goes on."""
        if self._end is None:
            return 0
        try:
            return await asyncio.wait_for(asyncio.shield(self._end), timeout_s)
        except TimeoutError:
            return None

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self.alive:
            self.paused = number == signal.SIGSTOP or (self.paused and number != signal.SIGCONT)
            os.kill(self.pid, number)

    async def kill(self) -> None:
        """Kill it, and wait for its end."""
        self.signal(signal.SIGKILL)
        await self.ended(10)

    async def restart(self) -> None:
        """Start it again, if it does not run; let it go on, if it is paused."""
        if self.alive:
            self.signal(signal.SIGCONT)
        else:
            await self.start()

    def _written(self) -> bytes:
        if not self.log.exists():
            return b""
        with self.log.open("rb") as file:
            file.seek(self._read_from)
            return file.read()
