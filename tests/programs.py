"""Our own program as a subprocess: what a person at a terminal, or an init system, sees of it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Program", "run", "running"]

TIMEOUT_S = 60.0
COMMAND = (sys.executable, "-W", "error", "-m", "satchel")


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SATCHEL_")}
    return {**kept, **settings}


def run(*arguments: str, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; `SATCHEL_...` variables come from `settings` only."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=_environment(settings),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


class Program:
    """A command that goes on until it is told to stop."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[str] = []
        self.complaints: list[str] = []
        self._ready = threading.Event()
        streams = ((process.stdout, self.lines), (process.stderr, self.complaints))
        self._readers = [threading.Thread(target=self._read, args=stream, daemon=True) for stream in streams]
        for reader in self._readers:
            reader.start()

    @property
    def url(self) -> str:
        """Where its API is."""
        return next(word for line in self.lines for word in line.split() if word.startswith("http://"))

    def wait_ready(self) -> "Program":
        """Wait until it says that it takes requests."""
        assert self._ready.wait(TIMEOUT_S), self.complaints
        assert self.process.poll() is None, self.complaints
        return self

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it and wait for its end."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for its end."""
        code = self.process.wait(TIMEOUT_S)
        for reader in self._readers:
            reader.join(TIMEOUT_S)
        return code

    def _read(self, stream: object, lines: list[str]) -> None:
        for line in stream:  # type: ignore[attr-defined]
            lines.append(line)
            if "ready" in line or "Ctrl-C" in line:
                self._ready.set()
        self._ready.set()


@contextmanager
def running(*arguments: str, cwd: Path, **settings: str) -> Iterator[Program]:
    """Run a command in the background; it is gone afterwards."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=_environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    program = Program(process)
    try:
        yield program
    finally:
        if process.poll() is None:
            process.kill()
        program.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
