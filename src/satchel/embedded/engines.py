"""Both engines together."""

import fcntl
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from satchel.embedded.place import engine_home
from satchel.embedded.postgres import PostgresServer
from satchel.embedded.valkey import ValkeyServer

__all__ = ["Engines", "start_engines"]


class Engines:
    """What was started; stops it at the end of a `with` block."""

    def __init__(self, postgres: PostgresServer | None, valkey: ValkeyServer | None) -> None:
        self.postgres = postgres
        self.valkey = valkey

    def stop(self) -> None:
        """Stop what we started."""
        for server in (self.valkey, self.postgres):
            if server is not None:
                server.stop()

    def __enter__(self) -> "Engines":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_engines(
    data_dir: Path,
    *,
    postgres: bool = True,
    valkey: bool = True,
    postgres_options: Mapping[str, str] | None = None,
    timeout_s: float = 30.0,
) -> Engines:
    """Start the engines of a data directory, side by side; those that run already are used as they are.

    Must be called from the main thread: the servers end with the thread that started them.

    Args:
        data_dir: The data directory of Satchel; engines keep their data in it, or below /var/lib/satchel when they have
            to run as another user who cannot enter it.
        postgres: Whether PostgreSQL is wanted.
        valkey: Whether Valkey is wanted.
        postgres_options: Settings of postgresql.conf that replace ours.
        timeout_s: Longest wait for each.

    Raises:
        EmbeddedUnavailable: The wheels are not installed.
        EngineFailed: One did not start; the other one is stopped again.
        PlaceRefused: A directory that should be ours is not.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = os.open(data_dir / "engines.lock", os.O_CREAT | os.O_RDWR, 0o600)
    engines = Engines(
        PostgresServer(engine_home(data_dir, "postgres"), postgres_options) if postgres else None,
        ValkeyServer(engine_home(data_dir, "valkey")) if valkey else None,
    )
    try:
        # Two starts at the same moment would both prepare the same directory.
        fcntl.flock(lock, fcntl.LOCK_EX)
        for server in (engines.valkey, engines.postgres):
            if server is not None:
                server.spawn()
        for server in (engines.valkey, engines.postgres):
            if server is not None:
                server.wait(timeout_s)
    except BaseException:
        engines.stop()
        raise
    finally:
        os.close(lock)
    return engines
