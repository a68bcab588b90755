"""Which characters each player has: read from the API, and remembered for a while."""

from collections.abc import Callable

from satchel.bot.events import Player
from satchel.bot.recent import Recent
from satchel.client import InventoryClient
from satchel.errors import NotOwner
from satchel.inventory.character import CharacterEntry

__all__ = ["Roster"]

FRESH_MS = 300_000

Characters = tuple[CharacterEntry, ...]


class Roster:
    """The characters of each player, and the one that the player saw last.

    Args:
        client: The API, with a service's rights.
        clock: Milliseconds since 1970.
    """

    def __init__(self, client: InventoryClient, clock: Callable[[], int]) -> None:
        self._client = client
        self._clock = clock
        self._found: Recent[int, tuple[int, Characters]] = Recent()
        self._seen: Recent[int, int] = Recent()

    async def find(self, player: Player, *, fresh: bool = False) -> Characters:
        """The player's characters; with `fresh` they are read again."""
        known = self._found.find(player.user_id)
        if known is not None and not fresh and known[1] and self._clock() - known[0] < FRESH_MS:
            return known[1]
        found = await self._client.find_characters(player.owner)
        self.keep(player, found)
        return found

    async def require(self, player: Player, char_id: int) -> None:
        """Refuse somebody else's character; the API is asked again before, because the character may be new.

        Raises:
            NotOwner: It is not the player's.
        """
        for fresh in (False, True):
            if any(entry.char_id == char_id for entry in await self.find(player, fresh=fresh)):
                return
        raise NotOwner(char_id=char_id)

    def keep(self, player: Player, characters: Characters) -> None:
        """Remember what the player has now."""
        self._found.keep(player.user_id, (self._clock(), characters))

    def remembered(self, player: Player) -> Characters:
        """The player's characters as last read, without a call."""
        known = self._found.find(player.user_id)
        return known[1] if known is not None else ()

    def saw(self, player: Player, char_id: int) -> None:
        """Remember which character the player looked at."""
        self._seen.keep(player.user_id, char_id)

    def home(self, player: Player, characters: Characters) -> int:
        """The character that the player saw last, or else the first of these."""
        last, ids = self._seen.find(player.user_id), [entry.char_id for entry in characters]
        return last if last in ids else ids[0]
