"""The engines of a bench run, private and temporary; and the processes that are measured on them."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from bench.bench_world import make_world
from satchel.embedded import PostgresServer, ValkeyServer

__all__ = ["TOKEN", "Ground", "Server", "free_port", "open_ground"]

TOKEN = "bench-service-token"
POSTGRES_OPTIONS = {
    "shared_buffers": "512MB",
    "max_wal_size": "8GB",
    "wal_compression": "on",
}


class Ground:
    """A PostgreSQL and a Valkey with the bench's world, in a directory of their own."""

    def __init__(self, directory: Path, postgres: PostgresServer, valkey: ValkeyServer) -> None:
        self.directory = directory
        self.postgres = postgres
        self.valkey = valkey
        self.world = make_world(directory)

    @property
    def environment(self) -> dict[str, str]:
        """Settings of every Satchel process on these engines."""
        return {
            "SATCHEL_POSTGRES_DSN": self.postgres.dsn,
            "SATCHEL_REDIS_URL": self.valkey.url,
            "SATCHEL_SERVICE_TOKEN": TOKEN,
            "SATCHEL_DATA_DIR": str(self.directory),
            "SATCHEL_CATALOGUE": str(self.world),
            # The bench changes the server's setting while a process runs; the process asks for no more than the least.
            "SATCHEL_APPENDFSYNC": "everysec",
            "SATCHEL_SESSION_TTL_S": "86400",
            "SATCHEL_LOG_LEVEL": "WARNING",
        }


@contextmanager
def open_ground() -> Iterator[Ground]:
    """Start both engines; they and their data are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="satchel-bench-") as name:
        os.chmod(name, 0o755)  # Servers that run as another user have to enter it.
        directory = Path(name)
        postgres = PostgresServer(directory / "postgres", POSTGRES_OPTIONS)
        valkey = ValkeyServer(directory / "valkey", {"auto-aof-rewrite-percentage": "0"})
        try:
            postgres.start(60)
            valkey.start(60)
            yield Ground(directory, postgres, valkey)
        finally:
            valkey.stop()
            postgres.stop()


class Server:
    """One process that is measured: started, waited for, stopped by its process id.

    Args:
        name: For the report.
        command: After `python`.
        environment: On top of ours.
        port: Where it serves, if it does.
    """

    def __init__(self, name: str, command: list[str], environment: dict[str, str], port: int = 0) -> None:
        self.name = name
        self.port = port
        root = Path(__file__).parent.parent
        path = os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH", ""))))
        began = perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, "PYTHONPATH": path, **environment},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.first_line = self._first_line()
        self.ready_s = perf_counter() - began

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def _first_line(self) -> str:
        assert self.process.stdout is not None
        # `satchel up` prints more than a line, and tells where it serves.
        while line := self.process.stdout.readline():
            if "ready" in line or "serves on" in line:
                return line
        self.process.kill()
        raise RuntimeError(f"{self.name} did not start")

    def stop(self, number: int = signal.SIGTERM, timeout_s: float = 60.0) -> float:
        """End it; returns the seconds until it had ended."""
        began = perf_counter()
        if self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(timeout_s)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return perf_counter() - began


def satchel_api(ground: Ground, **settings: str) -> Server:
    """Start `satchel api` on the engines."""
    port = free_port()
    environment = {**ground.environment, "SATCHEL_API_PORT": str(port), **settings}
    return Server("satchel", ["-m", "satchel", "api"], environment, port)


def satchel_worker(ground: Ground) -> Server:
    """Start `satchel worker` on the engines."""
    return Server("worker", ["-m", "satchel", "worker"], ground.environment)


def floor_server(ground: Ground, reply_bytes: int, read_bytes: int) -> Server:
    """Start the floor on the engines."""
    port = free_port()
    command = ["-m", "bench.servers.floor", ground.valkey.url, str(port), str(reply_bytes), str(read_bytes)]
    return Server("floor", command, {}, port)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
