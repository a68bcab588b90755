"""A server as a child process: what supervising PostgreSQL and Valkey has in common."""

import signal
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from satchel.embedded.place import leave_socket_directory, own_directory, socket_directory
from satchel.embedded.process import Claim, ServerProcess, wait_until

__all__ = ["Command", "EmbeddedServer"]

Command = list[str | Path]


class EmbeddedServer(ABC):
    """Starts and stops one server; tests also kill and pause it.

    Args:
        home: Private directory for its data; made if it is missing, kept between runs.

    Attributes:
        home: The same directory.
        owned: Whether this object started it; False when one was running on the same data already.
    """

    name: ClassVar[str]
    gentle: ClassVar[signal.Signals]
    """Asks the server to stop; it finishes what it has promised."""

    firm: ClassVar[signal.Signals]
    """Makes it stop when it did not in time."""

    orphaned: ClassVar[signal.Signals]
    """What the kernel sends it when the process that started it dies."""

    def __init__(self, home: Path) -> None:
        self.home = own_directory(home)
        self.owned = False
        self._sockets = socket_directory(home)
        self._process: ServerProcess | None = None
        self._claim = Claim(home)

    @property
    @abstractmethod
    def log(self) -> Path:
        """The server's log."""

    @property
    def pid(self) -> int | None:
        """Its process id, if this object started it and it runs."""
        return self._process.pid if self._process is not None and self._process.alive() else None

    def start(self, timeout_s: float = 30.0) -> None:
        """Start it and wait until it answers; after a crash it recovers its data first.

        Raises:
            EngineFailed: It did not start.
        """
        self.spawn()
        self.wait(timeout_s)

    def spawn(self) -> None:
        """Start it, unless a server runs on this data already."""
        if not self._claim.settle(self._answers):
            return
        command = self._command()
        own_directory(self._sockets)
        self._process = ServerProcess(command, self.log, self.orphaned)
        self.owned = True

    def wait(self, timeout_s: float = 30.0) -> None:
        """Wait until it answers."""
        if self._process is not None:
            wait_until(self._ready, self._process, self.name, timeout_s)

    def stop(self, timeout_s: float = 10.0) -> None:
        """Stop it if this object started it; what it has acknowledged is safe."""
        if self._process is not None:
            self._process.stop(self.gentle, self.firm, timeout_s)
            leave_socket_directory(self._sockets)
            self._let_go()

    def kill(self) -> None:
        """Kill it and its children, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._let_go()

    def pause(self) -> None:
        """Freeze it and its children."""
        if self._process is not None:
            self._process.signal_tree(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        if self._process is not None:
            self._process.signal_tree(signal.SIGCONT)

    def _let_go(self) -> None:
        self._process, self.owned = None, False
        self._claim.release()

    @abstractmethod
    def _command(self) -> Command:
        """Make the data directory fit for a start; returns the command that starts the server."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether any server answers on the socket."""

    def _ready(self) -> bool:
        """Whether the server that was started takes connections."""
        return self._answers()
