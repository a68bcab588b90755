"""One server process: started so that it cannot outlive us, stopped by its pid."""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from satchel.embedded.place import server_user
from satchel.errors import EngineFailed

__all__ = ["Claim", "ServerProcess", "run_tool", "tie_to_parent", "wait_until"]

PR_SET_PDEATHSIG = 1
LOG_BYTES_MAX = 4 * 1024 * 1024
CLAIM_TIMEOUT_S = 10.0


class Claim:
    """Says whose the server of a directory is: a lock that the kernel lets go when its holder dies.

    A server whose holder was killed is dying too, but may still answer for a moment; only a held claim tells it from
    one that somebody else runs and that may be used.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / "claim.lock"
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Hold it, if nobody else does."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let it go."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def settle(self, answers: Callable[[], bool], timeout_s: float = CLAIM_TIMEOUT_S) -> bool:
        """Wait until it is clear who runs the server.

        Returns:
            True if it is ours to start; False if somebody runs it and it answers.

        Raises:
            EngineFailed: Somebody holds it, but the server does not answer.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            held, answered = self.take(), answers()
            if held != answered:
                return held
            if time.monotonic() > deadline:
                break
            time.sleep(0.01)
        if not held:
            raise EngineFailed([f"another process holds {self._path}, but its server does not answer"])
        # It outlived its holder, where the kernel does not end it: it is as good as one that somebody runs.
        self.release()
        return False


class ServerProcess:
    """A child in a session of its own, so that Ctrl-C in the terminal does not reach it before we have flushed.

    On Linux the kernel sends it `death_signal` when the thread that started it dies, even by kill -9: start servers
    from the main thread.
    """

    def __init__(self, command: Sequence[str | Path], log: Path, death_signal: signal.Signals) -> None:
        if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
            log.unlink()
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                start_new_session=True,
                preexec_fn=tie_to_parent(death_signal),
                **_as_server_user(),
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def signal_tree(self, number: signal.Signals) -> None:
        """Signal the process and its children, each of which may be in a session of its own."""
        for pid in (self.pid, *_children(self.pid)):
            _kill(pid, number)

    def kill(self) -> None:
        """Kill the process and its children, and wait for its end."""
        self.signal_tree(signal.SIGKILL)
        self._process.wait()

    def stop(self, gentle: signal.Signals, firm: signal.Signals, timeout_s: float) -> None:
        """Ask it to stop; firmly after the timeout, and by force after the same time again."""
        self.signal_tree(signal.SIGCONT)
        for number in (gentle, firm):
            _kill(self.pid, number)
            try:
                self._process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                continue
            return
        self.kill()

    def last_words(self) -> str:
        """The end of its log."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-12:])


def run_tool(command: Sequence[str | Path], text: str | None = None) -> None:
    """Run a program of a server to its end, as the servers' user.

    Raises:
        EngineFailed: It failed; with what it printed.
    """
    done = subprocess.run(  # noqa: S603 - our own command
        [str(part) for part in command],
        input=text,
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
        **_as_server_user(),
    )
    if done.returncode:
        raise EngineFailed([f"{Path(command[0]).name} failed: {done.stderr.strip() or done.stdout.strip()}"])


def wait_until(ready: Callable[[], bool], process: ServerProcess, name: str, timeout_s: float) -> None:
    """Wait until a server is ready.

    Raises:
        EngineFailed: It ended, or was not ready in time.
    """
    deadline = time.monotonic() + timeout_s
    while not ready():
        if not process.alive():
            raise EngineFailed([f"{name} ended while starting:\n{process.last_words()}"])
        if time.monotonic() > deadline:
            process.kill()
            raise EngineFailed([f"{name} was not ready within {timeout_s:g} s:\n{process.last_words()}"])
        time.sleep(0.005)


def _as_server_user() -> dict[str, Any]:
    user = server_user()
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def tie_to_parent(number: signal.Signals) -> Callable[[], None] | None:
    """What a child has to run before its program, so that the kernel signals it when we die; None off Linux."""
    if sys.platform != "linux":
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def tie() -> None:
        # Runs after the change of user, which would clear the death signal.
        libc.prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # The parent died before the kernel knew of the tie.
            os._exit(1)

    return tie


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [int(child) for child in found.read_text().split()]
    except OSError:
        return []


def _kill(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
