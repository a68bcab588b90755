"""What a character needs to wear or use an item."""

import msgspec

from satchel.errors import RequirementsNotMet
from satchel.inventory.character import missing_requirements
from satchel.inventory.item import Item
from satchel.inventory.proposal import Proposal

__all__ = ["check_requirements"]


def check_requirements(proposal: Proposal, item: Item) -> None:
    """Refuse an item whose requirements the character does not meet.

    Raises:
        RequirementsNotMet: With everything that is missing.
    """
    session = proposal.session
    missing = missing_requirements(session.character, session.definition_of(item).requires)
    if missing:
        proposal.refuse(RequirementsNotMet(item_id=item.id, missing=msgspec.to_builtins(missing)))
