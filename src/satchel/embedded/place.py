"""Which user runs the servers, and which directories are theirs.

PostgreSQL refuses to run as root, so root's servers run as `nobody`. No user is made, and no directory that we did not
make changes its mode or owner: where `nobody` cannot enter, the servers live below `PUBLIC_HOME` instead.
"""

import grp
import hashlib
import os
import pwd
import shutil
import stat
from pathlib import Path

from satchel.errors import PlaceRefused

__all__ = [
    "PUBLIC_HOME",
    "engine_home",
    "enterable",
    "leave_socket_directory",
    "make_enterable",
    "own_directory",
    "reachable",
    "server_user",
    "socket_directory",
]

PUBLIC_HOME = Path("/var/lib/satchel")


def server_user() -> pwd.struct_passwd | None:
    """The user that servers run as, if it has to be another one than ours."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def reachable(path: Path, user: pwd.struct_passwd) -> bool:
    """Whether a user may enter every directory above the path."""
    groups = {user.pw_gid, *(group.gr_gid for group in grp.getgrall() if user.pw_name in group.gr_mem)}
    return all(_may_enter(parent, user.pw_uid, groups) for parent in path.absolute().parents if parent.exists())


def enterable(path: Path) -> bool:
    """Whether the user that servers run as may enter every directory above the path."""
    user = server_user()
    return user is None or reachable(path, user)


def engine_home(data_dir: Path, name: str) -> Path:
    """Make, or find again, the private directory of one server.

    Args:
        data_dir: The data directory of Satchel.
        name: `postgres` or `valkey`.
    """
    user = server_user()
    home = data_dir.absolute() / "engines" / name
    if user is not None and not reachable(home, user):
        digest = hashlib.sha256(str(data_dir.absolute()).encode()).hexdigest()[:12]
        home = PUBLIC_HOME / digest / name
    make_enterable(home.parent)
    return own_directory(home)


def make_enterable(path: Path) -> None:
    """Make a directory, and those above it, that everybody may enter, whatever the umask; what is there stays as it is.

    Raises:
        PlaceRefused: It cannot be made.
    """
    missing = [part for part in (path, *path.parents) if not part.exists()]
    for part in reversed(missing):
        try:
            part.mkdir(exist_ok=True)
            part.chmod(0o755)
        except OSError as error:
            raise PlaceRefused([f"{part} cannot be made: {error.strerror}"]) from error


def own_directory(path: Path) -> Path:
    """Make a directory that only the servers' user (and root) can enter, or check that it is one.

    Raises:
        PlaceRefused: It is a link, or belongs to somebody else.
    """
    user = server_user()
    uid, gid = (user.pw_uid, user.pw_gid) if user is not None else (os.geteuid(), os.getegid())
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or found.st_mode & 0o077:
            raise PlaceRefused([f"{path} is not a private directory of uid {uid}; remove it, or use another"]) from None
    else:
        os.chown(path, uid, gid)
    return path


def socket_directory(home: Path) -> Path:
    """The directory for a server's socket: short, because a socket's path may have 107 bytes at most."""
    digest = hashlib.sha256(str(home.absolute()).encode()).hexdigest()[:12]
    return own_directory(Path("/tmp") / f"satchel-{os.geteuid()}-{digest}")  # noqa: S108 - ownership is checked


def leave_socket_directory(path: Path) -> None:
    """Remove the directory of a socket that nobody listens on; it is made again when it is needed."""
    shutil.rmtree(path, ignore_errors=True)


def _may_enter(directory: Path, uid: int, groups: set[int]) -> bool:
    found = directory.stat()
    if found.st_uid == uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid in groups:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)
