"""Forks real `satchel` processes from one that has imported everything already, so that a restart costs no second.

The nursery is a process of its own: it reads one JSON object per line, forks, and says who was born and who died.
Whoever dies takes its children along: nothing outlives a chaos run, however it ends.
"""

import asyncio
import ctypes
import importlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

__all__ = ["Nursery"]

PR_SET_PDEATHSIG = 1


class Nursery:
    """The parent's side.

    Args:
        planted: Name of a defect that all children are to have; see `proof.chaos.planted`.
    """

    def __init__(self, planted: str = "") -> None:
        self._planted = planted
        self._process: asyncio.subprocess.Process | None = None
        self._births: asyncio.Queue[tuple[int, asyncio.Future[int]]] = asyncio.Queue()
        self._deaths: dict[int, asyncio.Future[int]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def open(self) -> None:
        """Start it."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "proof.chaos.nursery", self._planted),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            preexec_fn=tie_to_parent(),
        )
        self._reading = asyncio.create_task(self._read())
        await self._births.get()

    async def bear(self, command: str, environment: dict[str, str], log: Path) -> tuple[int, "asyncio.Future[int]"]:
        """Fork one `satchel` process.

        Returns:
            Its pid, and its end: the exit code, negative for a signal.
        """
        process = self._process
        if process is None or process.stdin is None:
            raise RuntimeError("the nursery is closed")
        order = {"argv": ["satchel", *command.split()], "environment": environment, "log": str(log)}
        async with self._one_at_a_time:
            process.stdin.write(json.dumps(order).encode() + b"\n")
            return await self._births.get()

    async def close(self) -> None:
        """End it, and all that it bore."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await self._process.wait()
        if self._reading is not None:
            await self._reading

    async def _read(self) -> None:
        process = self._process
        if process is None or process.stdout is None:
            return
        while line := await process.stdout.readline():
            event = json.loads(line)
            if "born" in event:
                end = self._deaths[event["born"]] = asyncio.get_running_loop().create_future()
                self._births.put_nowait((event["born"], end))
            elif event["dead"] in self._deaths:
                self._deaths.pop(event["dead"]).set_result(event["code"])
        for end in self._deaths.values():
            if not end.done():
                end.set_result(-signal.SIGKILL)


def tie_to_parent() -> Callable[[], None]:
    """What a child calls before it starts, so that the kernel kills it when its parent dies."""
    libc, parent = ctypes.CDLL(None), os.getpid()

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return tie


# -- the nursery's side ------------------------------------------------------------------------------------------------


def _say(**event: int) -> None:
    os.write(1, json.dumps(event).encode() + b"\n")


def _bury(_number: int, _frame: FrameType | None) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _living.discard(pid)
        _say(dead=pid, code=os.waitstatus_to_exitcode(status))


_living: set[int] = set()


def _child(order: dict[str, Any], tie: Callable[[], None]) -> None:
    os.setsid()
    tie()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for number in (1, 2):
        os.dup2(log, number)
    os.environ.update(order["environment"])
    sys.argv = order["argv"]
    from satchel.cli.main import main

    code: object = 1
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def _serve(planted: str) -> None:
    for name in (
        "satchel.cli.main",
        "satchel.runtime.serve",
        "satchel.demos.engine",
        "uvloop",
        "httptools",
        "asyncpg",
        "click",
    ):
        importlib.import_module(name)
    if planted:
        from proof.chaos.planted import plant

        plant(planted)
    signal.signal(signal.SIGCHLD, _bury)
    tie = tie_to_parent()
    _say(born=0)
    for line in sys.stdin:
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGCHLD,))
        pid = os.fork()
        if pid == 0:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGCHLD,))
            _child(json.loads(line), tie)
        _living.add(pid)
        _say(born=pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGCHLD,))
    for pid in tuple(_living):
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    _serve(sys.argv[1] if len(sys.argv) > 1 else "")
