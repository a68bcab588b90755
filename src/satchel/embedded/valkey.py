"""A Valkey (or Redis) server of our own, on a unix socket."""

import signal
import socket
from collections.abc import Mapping
from pathlib import Path

from satchel.embedded.binaries import valkey_server
from satchel.embedded.place import leave_socket_directory, own_directory, socket_directory
from satchel.embedded.process import Claim, ServerProcess, wait_until

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


class ValkeyServer:
    """Starts, stops and hurts one server.

    Args:
        home: Private directory for its data; made if it is missing, kept between runs.
        options: Settings that replace ours.
        binary: Another server's binary, e.g. `redis-server`.

    Attributes:
        data_directory: Where its AOF is.
        owned: Whether we started it; False when one was running on the same data already.
    """

    def __init__(self, home: Path, options: Mapping[str, str] | None = None, binary: Path | None = None) -> None:
        self.home = own_directory(home)
        self.data_directory = home
        self.owned = False
        self._options = {**DEFAULTS, **(options or {})}
        self._binary = binary or valkey_server()
        self._socket = socket_directory(home) / "valkey.sock"
        self._process: ServerProcess | None = None
        self._claim = Claim(home)

    @property
    def url(self) -> str:
        """Where to connect."""
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int | None:
        """Its process id, if it is ours and runs."""
        return self._process.pid if self._process is not None and self._process.alive() else None

    def start(self, timeout_s: float = 30.0) -> None:
        """Start it and wait until it has read its AOF and answers.

        Raises:
            EngineFailed: It did not start.
        """
        self.spawn()
        self.wait(timeout_s)

    def spawn(self) -> None:
        """Start it, unless somebody runs one on this data already."""
        if not self._claim.settle(self._answers):
            return
        settings: list[str | Path] = [part for name, value in self._options.items() for part in (f"--{name}", value)]
        own_directory(self._socket.parent)
        command: list[str | Path] = [
            self._binary,
            *settings,
            "--dir",
            self.data_directory,
            "--unixsocket",
            self._socket,
        ]
        self._process = ServerProcess([*command, "--unixsocketperm", "700"], self.home / "valkey.log", signal.SIGTERM)
        self.owned = True

    def wait(self, timeout_s: float = 30.0) -> None:
        """Wait until it answers."""
        if self._process is not None:
            wait_until(self._answers, self._process, "Valkey", timeout_s)

    def stop(self, timeout_s: float = 10.0) -> None:
        """Stop it if we started it; what it acknowledged is on disk."""
        if self._process is not None:
            self._process.stop(signal.SIGTERM, signal.SIGKILL, timeout_s)
            self._process, self.owned = None, False
            leave_socket_directory(self._socket.parent)
            self._claim.release()

    def kill(self) -> None:
        """Kill it, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process, self.owned = None, False
            self._claim.release()

    def pause(self) -> None:
        """Stop it in its tracks."""
        if self._process is not None:
            self._process.signal_tree(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        if self._process is not None:
            self._process.signal_tree(signal.SIGCONT)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1.0)
            try:
                client.connect(str(self._socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
            except OSError:
                return False
