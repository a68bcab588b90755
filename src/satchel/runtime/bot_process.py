"""The bot beside `satchel up`: a process of its own that ends with it."""

import os
import subprocess
import sys
from signal import SIGTERM
from types import TracebackType

from satchel.embedded.process import tie_to_parent
from satchel.runtime.config import Settings, service_token

__all__ = ["BotProcess"]

STOP_WITHIN_S = 10.0


class BotProcess:
    """Starts `satchel bot` once the API serves. Without a token, or with a webhook, it starts nothing.

    As a context manager it stops the bot at its end. If this process is killed, the kernel stops the bot.

    Args:
        settings: All settings.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "BotProcess":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def start(self, url: str) -> None:
        """Start it. Call this from the main thread: the bot dies with the thread that started it.

        Args:
            url: Where the API serves.
        """
        if self._settings.bot_token is None or self._settings.bot_webhook_url is not None:
            return
        host, _, port = url.removeprefix("http://").rpartition(":")
        environment = {
            "SATCHEL_API_HOST": host.strip("[]"),
            "SATCHEL_API_PORT": port,
            "SATCHEL_SERVICE_TOKEN": service_token(self._settings),
        }
        # It has a session of its own, so Ctrl-C in the terminal does not reach it: it stops after the API.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "satchel", "bot"],
            env={**os.environ, **environment},
            start_new_session=True,
            preexec_fn=tie_to_parent(SIGTERM),
        )
