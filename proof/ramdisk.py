"""Where the servers of tests keep their data: in memory, where nothing waits for a disk.

They run with the settings of production all the same, and a killed process loses no more there than on a disk: only a
machine that loses its power does.
"""

import os
from pathlib import Path

__all__ = ["in_memory"]

MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 * 2**30
"""What a run may need; containers often have 64 MB."""


def in_memory() -> Path | None:
    """A directory in memory, if the machine has one with enough room, from which programs may be started."""
    if not os.access(MEMORY, os.W_OK):
        return None
    system = os.statvfs(MEMORY)
    roomy = system.f_bavail * system.f_frsize >= ROOM_BYTES
    return MEMORY if roomy and not system.f_flag & os.ST_NOEXEC else None
