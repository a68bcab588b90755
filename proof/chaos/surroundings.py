"""What a run of chaos asks of the operating system: directories, links, ports, and patience."""

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from satchel.embedded.place import server_user

__all__ = ["free_port", "give_to_servers", "new_directory", "relink", "same_path", "until"]


PREFIX = "satchel-chaos-"
PID_FILE = "pid"


def new_directory(below: Path | None) -> Path:
    """Make the directory of a run, and remove those of runs that were killed.

    Args:
        below: Where it is made; None: where temporary files go.
    """
    directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=below))
    directory.chmod(0o755)
    _sweep(directory.parent)
    (directory / PID_FILE).write_text(str(os.getpid()))
    return directory


def give_to_servers(path: Path) -> None:
    """Let the servers' user own what we put into their directories."""
    user = server_user()
    for place in (path, *path.rglob("*")):
        if user is not None:
            os.chown(place, user.pw_uid, user.pw_gid)


async def until(condition: Callable[[], Awaitable[bool]], timeout_s: float, poll_s: float = 0.02) -> None:
    """Wait until something outside of this process is so; there is nothing to wait on but to look.

    Raises:
        TimeoutError: It is not so in time.
    """
    async with asyncio.timeout(timeout_s):
        while not await condition():  # noqa: ASYNC110 - other processes set no events of ours
            await asyncio.sleep(poll_s)


def same_path(one: str, other: Path) -> bool:
    """Tell whether two paths lead to one place."""
    return Path(one).resolve() == other.resolve()


def relink(link: Path, target: Path) -> None:
    """Replace a link in one step, so that nobody finds none."""
    staged = link.with_name(f"{link.name}.new")
    staged.unlink(missing_ok=True)
    os.symlink(target, staged)
    staged.replace(link)


def free_port() -> int:
    """Find a port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _sweep(parent: Path) -> None:
    """Remove what runs left behind that were killed; their processes went with them."""
    for directory in parent.glob(f"{PREFIX}*"):
        owner = directory / PID_FILE
        if owner.exists() and not Path(f"/proc/{owner.read_text()}").exists():
            shutil.rmtree(directory, ignore_errors=True)
