"""A Valkey or Redis server on a unix socket, as a child process."""

import signal
import socket
from collections.abc import Mapping
from pathlib import Path

from satchel.embedded.binaries import valkey_server
from satchel.embedded.server import Command, EmbeddedServer

__all__ = ["ValkeyServer"]

DEFAULTS = {
    "port": "0",
    "save": "",
    "appendonly": "yes",
    "appendfsync": "always",
    "maxmemory-policy": "noeviction",
    # One session's hash stays one packed list, which takes a third of the memory.
    "hash-max-listpack-entries": "512",
    "hash-max-listpack-value": "256",
}


class ValkeyServer(EmbeddedServer):
    """Starts and stops one Valkey server.

    Args:
        home: Private directory for its data; made if it is missing, kept between runs.
        options: Settings that replace the defaults.
        binary: Another server's binary, e.g. `redis-server`.

    Attributes:
        data_directory: Where its AOF is.
    """

    name = "Valkey"
    gentle, firm, orphaned = signal.SIGTERM, signal.SIGKILL, signal.SIGTERM

    def __init__(self, home: Path, options: Mapping[str, str] | None = None, binary: Path | None = None) -> None:
        super().__init__(home)
        self.data_directory = home
        self._options = {**DEFAULTS, **(options or {})}
        self._binary = binary or valkey_server()
        self._socket = self._sockets / "valkey.sock"

    @property
    def url(self) -> str:
        """Where to connect."""
        return f"unix://{self._socket}"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.home / "valkey.log"

    def _command(self) -> Command:
        settings = (part for name, value in self._options.items() for part in (f"--{name}", value))
        socket_ = ("--unixsocket", self._socket, "--unixsocketperm", "700")
        return [self._binary, *settings, "--dir", self.data_directory, *socket_]

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1.0)
            try:
                client.connect(str(self._socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
            except OSError:
                return False
