"""A mistake in a data file, and where it stands."""

from collections.abc import Iterable
from difflib import get_close_matches

import msgspec

__all__ = ["Problem", "unknown"]


class Problem(msgspec.Struct, frozen=True):
    """One mistake: `file` relative to the world, `line` from 1 (0: the file as a whole), `entry` id, dotted `field`."""

    file: str
    line: int
    entry: str
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.entry, self.field, self.message) if part)


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Say that a name is unknown, and which one may be meant."""
    names = list(known)
    close = get_close_matches(name, names, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names[:12])}{', ...' if names[12:] else ''}"
    return f"no such {kind}: {name!r} ({hint})"
