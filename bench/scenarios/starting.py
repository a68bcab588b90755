"""How long a start takes, cold and warm."""

import os
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.engines import TOKEN, Server, free_port, satchel_api
from bench.measure import median
from bench.stage import Stage

__all__ = ["measure"]


async def measure(stage: Stage) -> dict[str, Any]:
    """`satchel --help`, `satchel api` to ready, `satchel up` to ready on a new and on a used directory."""
    repeats = stage.plan.start_repeats
    result: dict[str, Any] = {"help_cold_s": _help(cold=True)}
    result["help_warm_s"] = median([_help() for _ in range(repeats)])
    _evict()
    result["api_cold_s"] = _api(stage)
    result["api_warm_s"] = median([_api(stage) for _ in range(repeats)])
    with tempfile.TemporaryDirectory(prefix="satchel-bench-") as directory:
        os.chmod(directory, 0o755)
        _evict()
        result["up_new_cold_s"] = _up(directory)
        result["up_used_warm_s"] = median([_up(directory) for _ in range(repeats)])
    return result


def _help(*, cold: bool = False) -> float:
    if cold:
        _evict()
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "satchel", "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def _api(stage: Stage) -> float:
    server = satchel_api(stage.ground)
    server.stop()
    return server.ready_s


def _up(directory: str) -> float:
    port = free_port()
    environment = {"SATCHEL_DATA_DIR": directory, "SATCHEL_API_PORT": str(port), "SATCHEL_SERVICE_TOKEN": TOKEN}
    server = Server("up", ["-m", "satchel", "up"], environment, port)
    server.stop()
    return server.ready_s


def _evict() -> None:
    """Drop the files of Python's packages from the page cache, as after a boot; clean pages only, no rights needed."""
    found = find_spec("msgspec")
    packages = [Path(found.origin).parent.parent] if found is not None and found.origin else []
    for root in (*packages, Path(__file__).parent.parent.parent / "src"):
        for path in root.rglob("*"):
            if path.is_file():
                descriptor = os.open(path, os.O_RDONLY)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(descriptor)
