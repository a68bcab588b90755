"""Facts that a game told ahead of actions, kept until they expire."""

import msgspec

from satchel.ids import HolderId
from satchel.inventory.facts import Fact
from satchel.session.keys import Keys
from satchel.session.redis import Redis

__all__ = ["SessionFacts"]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Fact]).decode


class SessionFacts:
    """Keeps facts beside the sessions, under a key of their own with a time to live.

    They are not part of the inventory and change no version. If Redis loses them, the actions that need them are
    refused until the game tells them again.

    Args:
        redis: Where the sessions are.
        keys: Names of keys.
    """

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys

    async def keep(self, char_id: HolderId, facts: dict[str, Fact], for_ms: int) -> None:
        """Replace the facts that are kept with these; one round trip. An empty dict forgets them.

        Raises:
            SessionUnavailable: Redis is away; whether the new facts are kept is unknown.
        """
        key = self._keys.facts(char_id)
        if facts:
            await self._redis.execute("SET", key, _encode(facts), "PX", for_ms)
        else:
            await self._redis.execute("DEL", key)

    async def read(self, char_id: HolderId) -> dict[str, Fact]:
        """Read the facts that have not expired; one round trip.

        Raises:
            SessionUnavailable: Redis is away.
        """
        kept = await self._redis.execute("GET", self._keys.facts(char_id))
        return {} if kept is None else _decode(kept)
