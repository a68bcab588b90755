"""How a container is tidied: stacks are joined, and what lies in it is laid out in order."""

from satchel.inventory.item import Item
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.proposal import Proposal
from satchel.inventory.rules import stacks

__all__ = ["join_stacks", "lay_out"]


def join_stacks(proposal: Proposal, container: str) -> None:
    """Join the stacks of a container; locked ones and those in a quick slot stay as they are."""
    session = proposal.session
    for item in _kept_in(session, container):
        if item.id in session.items and not item.locked and item.quick_slot is None:
            _gather(proposal, session.items[item.id])


def lay_out(proposal: Proposal, container: str, by: str) -> None:
    """Lay all items of a container out in order, from position 0.

    Args:
        proposal: With the steps taken so far.
        container: The container.
        by: `rarity`, `name`, `category` or `newest`; equal ones go by quantity, then the newest first.
    """
    session = proposal.session
    kept = sorted(_kept_in(session, container), key=lambda item: _sort_key(session, item, by))
    moved = [(item, position) for position, item in enumerate(kept) if item.position != position]
    for item, _ in moved:
        proposal.lift(item)
    for item, position in moved:
        proposal.put(item.replace(position=position))


def _kept_in(session: InventorySessionDTO, container: str) -> list[Item]:
    return sorted((session.items[item_id] for item_id in session.cells[container].at.values()), key=lambda i: i.id)


def _gather(proposal: Proposal, target: Item) -> None:
    """Pour later stacks of the same kind into this one, as long as it has room."""
    session = proposal.session
    if session.definition_of(target).stack_max == 1:
        return
    same = [session.items[item_id] for item_id in sorted(session.by_definition[target.definition])]
    for source in same:
        target = session.items[target.id]
        free_to_pour = not source.locked and source.quick_slot is None and source.container == target.container
        if source.id > target.id and free_to_pour and source.stacks_with(target):
            if not stacks.room_left(session, target):
                return
            stacks.pour(proposal, source, target, None)


def _sort_key(session: InventorySessionDTO, item: Item, by: str) -> tuple[object, ...]:
    catalogue, definition = session.catalogue, session.definition_of(item)
    rarity = -catalogue.rarity_rank.get(definition.rarity, -1)
    # A category that the catalogue does not know comes behind all others.
    category = catalogue.category_rank.get(definition.category, len(catalogue.category_rank))
    name = definition.name.en.casefold()
    keys = {
        "rarity": (rarity, category, name),
        "name": (name, rarity),
        "category": (category, rarity, name),
    }
    # The id's time part counts up: reversed digit by digit, the newest comes first.
    newest = tuple(-ord(letter) for letter in item.id)
    return (*keys.get(by, ()), -item.quantity if by != "newest" else 0, newest)
