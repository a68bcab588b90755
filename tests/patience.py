"""Waiting for something that comes soon, without a guess how soon."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

__all__ = ["PATIENCE_S", "eventually", "eventually_now"]

PATIENCE_S = 20.0

Found = TypeVar("Found")


async def eventually(ask: Callable[[], Awaitable[Found]], good: Callable[[Found], bool] = bool) -> Found:
    """Ask again until the answer is good.

    Raises:
        TimeoutError: It never was.
    """
    async with asyncio.timeout(PATIENCE_S):
        while not good(found := await ask()):  # noqa: ASYNC110 - the other side has no event that we could hear
            await asyncio.sleep(0.01)
    return found


def eventually_now(ask: Callable[[], Found], good: Callable[[Found], bool] = bool) -> Found:
    """The same without a loop."""
    deadline = time.monotonic() + PATIENCE_S
    while not good(found := ask()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"still {found!r} after {PATIENCE_S:g} s")
        time.sleep(0.01)
    return found
