"""Who owns an inventory, and what they lack to wear or use an item."""

from typing import Any

import msgspec

from satchel.inventory.definitions.items import Requirements

__all__ = ["Character", "CharacterEntry", "missing_requirements"]


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


def missing_requirements(character: Character, needed: Requirements) -> list[dict[str, Any]]:
    """List what is missing, as `{requirement, required, available}`; empty when all is met.

    Only the character's own attributes count, not what worn gear adds: otherwise taking one piece off could make
    another one unwearable.
    """
    missing: list[dict[str, Any]] = []
    if character.level < needed.level:
        missing.append({"requirement": "level", "required": needed.level, "available": character.level})
    for name, required in needed.attributes.items():
        available = character.attributes.get(name, 0)
        if not isinstance(available, int) or available < required:
            missing.append({"requirement": name, "required": required, "available": available})
    own_class = character.attributes.get("class")
    if needed.classes and own_class not in needed.classes:
        missing.append({"requirement": "class", "required": list(needed.classes), "available": own_class})
    return missing
