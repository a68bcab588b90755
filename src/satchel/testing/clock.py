"""A clock that a test can turn forward."""

from datetime import timedelta

from satchel.clock import clock_ms

__all__ = ["FakeClock"]


class FakeClock:
    """Goes on like the real clock, and can be turned forward: nothing has to be waited for.

    It does not stand still, because items made in one millisecond have no order.
    """

    def __init__(self) -> None:
        self._ahead_ms = 0

    def __call__(self) -> int:
        """Milliseconds since 1970."""
        return clock_ms() + self._ahead_ms

    def forward(self, by: timedelta) -> None:
        """Turn the clock forward.

        Args:
            by: How far; never back, because no server's clock goes back either.
        """
        if by < timedelta(0):
            raise ValueError("a clock is turned forward only")
        self._ahead_ms += by // timedelta(milliseconds=1)
