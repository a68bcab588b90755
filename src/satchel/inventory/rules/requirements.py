"""What a character needs to wear or use an item."""

from typing import Any

from satchel.errors import RequirementsNotMet
from satchel.inventory.definitions import Requirements
from satchel.inventory.model import Character, Item
from satchel.inventory.proposal import Proposal

__all__ = ["check_requirements", "missing_requirements"]


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


def check_requirements(proposal: Proposal, item: Item) -> None:
    """Refuse an item whose requirements the character does not meet.

    Raises:
        RequirementsNotMet: With everything that is missing.
    """
    session = proposal.session
    missing = missing_requirements(session.character, session.definition_of(item).requires)
    if missing:
        proposal.refuse(RequirementsNotMet(item_id=item.id, missing=missing))
