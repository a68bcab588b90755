"""One command after another: each has a time limit, and is stopped by its process id when we are stopped."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from bench.measure import tree

__all__ = ["RunFailed", "run"]

STOP_S = 30.0
"""How long a command may take to stop its own servers before it is killed with them."""
LAST_LINES = 15


class RunFailed(Exception):
    """A command did not do what it should; the message ends with its last words."""


def run(
    name: str,
    command: Sequence[str],
    *,
    cwd: Path,
    timeout_s: float,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a command to its end.

    It is in a process group of its own, so that Ctrl-C reaches it once, from us, and we wait until it has stopped what
    it started. Its output goes to files: a server that it leaves behind would keep a pipe open.

    Args:
        name: For the message of an error.
        command: The program and its arguments.
        cwd: Where it runs.
        timeout_s: Its time limit.
        environment: All of its environment (default: ours).

    Returns:
        What it wrote to stdout.

    Raises:
        RunFailed: It cannot be started, ended with an error, or took too long.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        try:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        except OSError as error:
            raise RunFailed(f"{name}: {error}") from error
        try:
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            raise RunFailed(f"{name}: took longer than {timeout_s:.0f} s, and was stopped") from error
        finally:
            _stop(process)
        if code:
            raise RunFailed(f"{name}: ended with {code}\n{_last_words(errors)}".rstrip())
        output.seek(0)
        return output.read()


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Interrupt it as Ctrl-C in a terminal would; kill it, and all below it, if that does not help."""
    if process.poll() is not None:
        return
    print(f"stopping process {process.pid}", file=sys.stderr, flush=True)
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(STOP_S)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        for pid in tree(process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def _last_words(errors: IO[str]) -> str:
    errors.seek(0)
    return "\n".join(errors.read().splitlines()[-LAST_LINES:])
