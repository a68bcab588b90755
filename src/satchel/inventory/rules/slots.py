"""Which slot an item goes into, and what has to come off for it."""

from satchel.errors import AlreadyEquipped, QuickSlotUnavailable, SlotIncompatible
from satchel.inventory.item import Item
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.proposal import Proposal

__all__ = ["check_quick_slot", "choose_slot", "displaced_by", "fits_slot"]


def choose_slot(session: InventorySessionDTO, item: Item, wanted: str | None) -> str:
    """Decide where an item is worn: the wanted slot if it fits, else the first free of those it fits, else the first.

    Raises:
        SlotIncompatible: It does not fit the wanted slot, or cannot be worn at all.
        AlreadyEquipped: It is worn there.
    """
    fits = session.catalogue.slots_of.get(item.definition, ())
    if not fits or (wanted is not None and wanted not in fits):
        raise SlotIncompatible(item_id=item.id, slot=wanted, fits=list(fits))
    if item.slot is not None and wanted in (None, item.slot):
        raise AlreadyEquipped(item_id=item.id, slot=item.slot)
    if wanted is not None:
        return wanted
    also = session.definition_of(item).also_occupies
    free = (slot for slot in fits if not any(place in session.worn for place in (slot, *also)))
    return next(free, fits[0])


def displaced_by(session: InventorySessionDTO, item: Item, slot: str) -> list[Item]:
    """List the worn items that have to come off when the item is worn in the slot."""
    places = (slot, *session.definition_of(item).also_occupies)
    ids = dict.fromkeys(session.worn[place] for place in places if place in session.worn)
    return [session.items[item_id] for item_id in ids if item_id != item.id]


def fits_slot(session: InventorySessionDTO, item: Item, slot: str) -> bool:
    """Whether the item could be worn in the slot and fills no other slot by it."""
    return slot in session.catalogue.slots_of.get(item.definition, ()) and not session.definition_of(item).also_occupies


def check_quick_slot(proposal: Proposal, item: Item, quick_slot: int) -> None:
    """Refuse a quick slot that the worn belt does not give, or an item that cannot be bound.

    Raises:
        QuickSlotUnavailable: With the number of quick slots there are.
    """
    session = proposal.session
    given = session.gear.quick_slots
    bindable = session.definition_of(item).quick and item.container in session.catalogue.carried
    if quick_slot > given or not bindable:
        proposal.refuse(QuickSlotUnavailable(quick_slot=quick_slot, available=given, item_id=item.id, quick=bindable))
