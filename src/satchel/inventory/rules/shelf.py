"""The shelf of dropped items: for a while, a drop can be undone.

It is a part of the session, not of the inventory: in the ledger a drop removes the item and a take-back adds it again,
with the same id, and a session that is loaded from the vault has an empty shelf.
"""

from satchel.errors import ItemNotFound
from satchel.inventory.item import Item, ItemId, Shelved
from satchel.inventory.proposal import Proposal

__all__ = ["SHELF_MAX", "lay", "take"]

SHELF_MAX = 8
"""Most drops that can be undone; older ones are given up."""


def lay(proposal: Proposal, item: Item, quantity: int) -> None:
    """Lay what was dropped on the shelf; a part of a stack gets an id of its own. What is too old is given up.

    Args:
        proposal: With the item taken away already.
        item: As it was before.
        quantity: How much of it was dropped.
    """
    session, undo_ms = proposal.session, proposal.session.catalogue.rules.drop_undo_s * 1000
    if not undo_ms:
        return
    dropped = item if quantity == item.quantity else proposal.new_item(item.definition, quantity)
    bare = Item(dropped.id, item.definition, quantity, durability=item.durability, properties=item.properties)
    proposal.set_shelf(bare.id, Shelved(bare, proposal.at_ms + undo_ms))
    oldest_first = sorted(session.shelf.values(), key=lambda shelved: (shelved.until_ms, shelved.item.id))
    for place, shelved in enumerate(oldest_first):
        if shelved.until_ms < proposal.at_ms or place < len(oldest_first) - SHELF_MAX:
            proposal.set_shelf(shelved.item.id, None)


def take(proposal: Proposal, item_id: ItemId) -> Item:
    """Take an item from the shelf; it lies nowhere then, and can be placed.

    Raises:
        ItemNotFound: It was never there or was taken back already, or its time has run out.
    """
    shelved = proposal.session.shelf.get(item_id)
    if shelved is None or shelved.until_ms < proposal.at_ms:
        raise ItemNotFound(item_id=item_id)
    proposal.set_shelf(item_id, None)
    return shelved.item
