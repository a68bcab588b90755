"""A PostgreSQL server on a unix socket, as a child process."""

import signal
import socket
from collections.abc import Mapping
from pathlib import Path

from satchel.embedded.binaries import postgres_bin
from satchel.embedded.process import run_tool
from satchel.embedded.server import Command, EmbeddedServer

__all__ = ["PostgresServer"]

DEFAULTS = {
    "listen_addresses": "",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class PostgresServer(EmbeddedServer):
    """Starts and stops one PostgreSQL server. Its role and its database are both called `satchel`.

    Args:
        home: Private directory for its data; made if it is missing, kept between runs.
        options: Settings of postgresql.conf that replace the defaults.
        bin_dir: Directory of another PostgreSQL's binaries.

    Attributes:
        data_directory: Where its tables are.
    """

    name = "PostgreSQL"
    gentle, firm, orphaned = signal.SIGINT, signal.SIGQUIT, signal.SIGQUIT

    def __init__(self, home: Path, options: Mapping[str, str] | None = None, bin_dir: Path | None = None) -> None:
        super().__init__(home)
        self.data_directory = home / "data"
        self._options = {**DEFAULTS, **(options or {})}
        self._bin = bin_dir or postgres_bin()

    @property
    def dsn(self) -> str:
        """Where to connect, as asyncpg reads it."""
        return f"postgresql://satchel@/satchel?host={self._sockets}"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.home / "postgres.log"

    def _command(self) -> Command:
        if not (self.data_directory / "PG_VERSION").exists():
            self._initialise()
        self._remove_stale_pid()
        settings = (part for name, value in self._options.items() for part in ("-c", f"{name}={value}"))
        return [self._bin / "postgres", "-D", self.data_directory, "-k", self._sockets, *settings]

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
        # After a crash the file may be cut off, or name a pid that another process has by now. PostgreSQL would refuse
        # to start.
        try:
            command = Path(f"/proc/{int(self._pid_file()[0])}/cmdline").read_bytes()
        except OSError:
            return  # No process has that pid: PostgreSQL sees that for itself.
        except (IndexError, ValueError):
            command = b""
        if str(self.data_directory).encode() not in command:
            (self.data_directory / "postmaster.pid").unlink(missing_ok=True)
