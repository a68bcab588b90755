"""Who owns an inventory, and what they lack to wear or use an item."""

import msgspec

from satchel.inventory.definitions.items import Requirements

__all__ = ["Character", "CharacterEntry", "Missing", "missing_requirements"]


class Character(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """Who owns the inventory. `owner` is the player's account, e.g. `tg:4711`."""

    owner: str
    name: str
    level: int = 1
    attributes: dict[str, int | str] = {}


class CharacterEntry(msgspec.Struct, frozen=True, gc=False):
    """A character of a player, as the vault knows it."""

    char_id: int
    name: str
    level: int


class Missing(msgspec.Struct, frozen=True):
    """A requirement that a character does not meet: what it asks for, and what the character has."""

    requirement: str
    required: int | list[str]
    available: int | str | None


def missing_requirements(character: Character, needed: Requirements) -> list[Missing]:
    """List what is missing; empty when all is met.

    Only the character's own attributes count, not what worn gear adds: otherwise taking one piece off could make
    another one unwearable.
    """
    missing: list[Missing] = []
    if character.level < needed.level:
        missing.append(Missing("level", needed.level, character.level))
    for name, required in needed.attributes.items():
        available = character.attributes.get(name, 0)
        if not isinstance(available, int) or available < required:
            missing.append(Missing(name, required, available))
    own_class = character.attributes.get("class")
    if needed.classes and own_class not in needed.classes:
        missing.append(Missing("class", list(needed.classes), own_class))
    return missing
