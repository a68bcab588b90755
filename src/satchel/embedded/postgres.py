"""A PostgreSQL server of our own, on a unix socket."""

import signal
import socket
from collections.abc import Mapping
from pathlib import Path

from satchel.embedded.binaries import postgres_bin
from satchel.embedded.place import leave_socket_directory, own_directory, socket_directory
from satchel.embedded.process import Claim, ServerProcess, run_tool, wait_until

__all__ = ["PostgresServer"]

DEFAULTS = {
    "listen_addresses": "",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class PostgresServer:
    """Starts, stops and hurts one server. Its role and its database are both called `satchel`.

    Args:
        home: Private directory for its data; made if it is missing, kept between runs.
        options: Settings of postgresql.conf that replace ours.
        bin_dir: Directory of another PostgreSQL's binaries.

    Attributes:
        dsn: Where to connect, as asyncpg reads it.
        owned: Whether we started it; False when one was running on the same data already.
    """

    def __init__(self, home: Path, options: Mapping[str, str] | None = None, bin_dir: Path | None = None) -> None:
        self.home = own_directory(home)
        self.data_directory = home / "data"
        self.owned = False
        self._options = {**DEFAULTS, **(options or {})}
        self._bin = bin_dir or postgres_bin()
        self._sockets = socket_directory(home)
        self._process: ServerProcess | None = None
        self._claim = Claim(home)

    @property
    def dsn(self) -> str:
        """Where to connect, as asyncpg reads it."""
        return f"postgresql://satchel@/satchel?host={self._sockets}"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.home / "postgres.log"

    @property
    def pid(self) -> int | None:
        """The postmaster's process id, if it is ours and runs."""
        return self._process.pid if self._process is not None and self._process.alive() else None

    def start(self, timeout_s: float = 30.0) -> None:
        """Start it and wait until it takes connections; a crash before is recovered from.

        Raises:
            EngineFailed: It did not start.
        """
        self.spawn()
        self.wait(timeout_s)

    def spawn(self) -> None:
        """Start it, unless somebody runs one on this data already."""
        if not self._claim.settle(self._answers):
            return
        if not (self.data_directory / "PG_VERSION").exists():
            self._initialise()
        self._remove_stale_pid()
        settings: list[str | Path] = [
            part for name, value in self._options.items() for part in ("-c", f"{name}={value}")
        ]
        own_directory(self._sockets)
        command: list[str | Path] = [self._bin / "postgres", "-D", self.data_directory, "-k", self._sockets, *settings]
        self._process = ServerProcess(command, self.log, signal.SIGQUIT)
        self.owned = True

    def wait(self, timeout_s: float = 30.0) -> None:
        """Wait until it takes connections."""
        if self._process is not None:
            wait_until(self._ready, self._process, "PostgreSQL", timeout_s)

    def stop(self, timeout_s: float = 10.0) -> None:
        """Stop it if we started it: connections are closed, committed work is safe."""
        if self._process is not None:
            self._process.stop(signal.SIGINT, signal.SIGQUIT, timeout_s)
            self._process, self.owned = None, False
            leave_socket_directory(self._sockets)
            self._claim.release()

    def kill(self) -> None:
        """Kill it with its backends, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process, self.owned = None, False
            self._claim.release()

    def pause(self) -> None:
        """Stop it in its tracks, backends too."""
        if self._process is not None:
            self._process.signal_tree(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        if self._process is not None:
            self._process.signal_tree(signal.SIGCONT)

    def _initialise(self) -> None:
        run_tool(
            [
                self._bin / "initdb",
                *("-D", self.data_directory, "-U", "satchel", "--auth=trust", "--no-sync"),
                *("--encoding=UTF8", "--locale=C", "--no-instructions"),
            ]
        )
        run_tool(
            [self._bin / "postgres", "--single", "-D", self.data_directory, "postgres"], "CREATE DATABASE satchel\n"
        )

    def _pid_file(self) -> list[str]:
        try:
            return (self.data_directory / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _ready(self) -> bool:
        lines = self._pid_file()
        return (
            len(lines) > 7 and lines[7].strip() == "ready" and self._process is not None and lines[0] == str(self.pid)
        )

    def _answers(self) -> bool:
        if not self._pid_file():
            return False
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self._sockets / ".s.PGSQL.5432")) == 0

    def _remove_stale_pid(self) -> None:
        # After a crash the file may be cut off, or name a pid that now belongs to somebody else; PostgreSQL would
        # refuse to start.
        try:
            command = Path(f"/proc/{int(self._pid_file()[0])}/cmdline").read_bytes()
        except OSError:
            return  # Nobody has that pid: PostgreSQL sees that for itself.
        except (IndexError, ValueError):
            command = b""
        if str(self.data_directory).encode() not in command:
            (self.data_directory / "postmaster.pid").unlink(missing_ok=True)
