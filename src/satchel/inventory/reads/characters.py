"""The characters of a player."""

import msgspec

from satchel.inventory.character import CharacterEntry

__all__ = ["CharacterList"]


class CharacterList(msgspec.Struct, frozen=True, gc=False):
    """The characters of a player, by id."""

    owner: str
    characters: tuple[CharacterEntry, ...]
