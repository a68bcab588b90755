"""How the Bot API refuses: with a status and Telegram's own words, and sometimes with a time to wait."""

from collections import deque
from collections.abc import Callable
from math import ceil

__all__ = ["NOT_MODIFIED", "QUERY_TOO_OLD", "ApiRefusal", "FloodGate", "bad_request"]

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


class ApiRefusal(Exception):
    """An answer with `ok: false`."""

    def __init__(self, status: int, description: str, retry_after_s: int = 0) -> None:
        self.status = status
        self.description = description
        self.retry_after_s = retry_after_s
        super().__init__(description)

    def body(self) -> dict[str, object]:
        """The answer's JSON."""
        told: dict[str, object] = {"ok": False, "error_code": self.status, "description": self.description}
        if self.retry_after_s:
            told["parameters"] = {"retry_after": self.retry_after_s}
        return told


def bad_request(reason: str) -> ApiRefusal:
    """A refusal with status 400, the usual one."""
    return ApiRefusal(400, f"Bad Request: {reason}")


class FloodGate:
    """Refuses requests that come too fast for one chat, and all requests before the wait is over.

    Args:
        clock: Seconds; anything that only goes forward.

    Attributes:
        too_early: How many requests came before the time that the bot was told.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._count = 0
        self._period_s = 0.0
        self._passed: dict[int, deque[float]] = {}
        self._closed_until: dict[int, float] = {}
        self._told: set[int] = set()
        self.too_early = 0

    def limit(self, count: int, period_s: float) -> None:
        """Let `count` requests pass per chat and period; 0 lifts the limit."""
        self._count, self._period_s = count, period_s

    def close(self, chat_id: int, for_s: float) -> None:
        """Refuse every request to a chat for a time."""
        self._closed_until[chat_id] = self._clock() + for_s

    def enter(self, chat_id: int) -> None:
        """Count one request to a chat.

        Raises:
            ApiRefusal: Too many requests.
        """
        now = self._clock()
        if now < self._closed_until.get(chat_id, 0.0):
            self.too_early += chat_id in self._told
            raise self._refuse(chat_id, now)
        if self._closed_until.pop(chat_id, None) is not None:
            self._told.discard(chat_id)
            self._passed.pop(chat_id, None)
        if self._count:
            self._enter_limited(chat_id, now)

    def _enter_limited(self, chat_id: int, now: float) -> None:
        passed = self._passed.setdefault(chat_id, deque())
        while passed and passed[0] <= now - self._period_s:
            passed.popleft()
        if len(passed) >= self._count:
            self._closed_until[chat_id] = now + ceil(passed[0] + self._period_s - now)
            raise self._refuse(chat_id, now)
        passed.append(now)

    def _refuse(self, chat_id: int, now: float) -> ApiRefusal:
        self._told.add(chat_id)
        seconds = max(1, ceil(self._closed_until[chat_id] - now))
        return ApiRefusal(429, f"Too Many Requests: retry after {seconds}", seconds)
