"""One action at a time per character and process: a second one would only conflict."""

import asyncio
from collections import deque

from satchel.errors import RateLimited
from satchel.ids import HolderId

__all__ = ["WAITING_MAX", "Turns"]

WAITING_MAX = 32
"""Most actions of one character that wait for their turn in one process."""


class Turns:
    """Who may act on which character now, and who waits for it, in order."""

    def __init__(self) -> None:
        self._waiting: dict[HolderId, deque[asyncio.Future[None]]] = {}

    def taken(self, char_id: HolderId) -> bool:
        """Whether an action is on the character, or waits for it."""
        return char_id in self._waiting

    async def take(self, char_id: HolderId) -> None:
        """Wait until no other action of this process is on the character.

        Raises:
            RateLimited: Too many wait already.
        """
        waiting = self._waiting.get(char_id)
        if waiting is None:
            self._waiting[char_id] = deque()
            return
        if len(waiting) >= WAITING_MAX:
            raise RateLimited(char_id=char_id, limit=WAITING_MAX)
        turn = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # The turn may have come in the same moment: it must not be lost with the one who left.
            if turn.done() and not turn.cancelled():
                self.end(char_id)
            raise

    def end(self, char_id: HolderId) -> None:
        """Let the next one act."""
        waiting = self._waiting[char_id]
        while waiting:
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._waiting[char_id]
