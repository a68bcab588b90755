"""What fits: positions of containers, carried weight, and what happens when worn gear that gave room comes off."""

from satchel.errors import BagFull, ContainerIncompatible, ContainerUnknown, PositionInvalid, TooHeavy
from satchel.inventory.model import InventorySessionDTO, Item
from satchel.inventory.proposal import Proposal

__all__ = ["check_container", "check_position", "check_weight", "free_slots", "home_of", "place", "settle_gear"]


def home_of(session: InventorySessionDTO, item: Item) -> str:
    """The container that the item goes to when nobody names one."""
    category = session.definition_of(item).category
    return session.catalogue.home_of.get(category, session.catalogue.rules.containers[0].id)


def check_container(proposal: Proposal, item: Item, container: str) -> None:
    """Refuse a container that does not exist, or does not take the item.

    Raises:
        ContainerUnknown: There is no such container.
        ContainerIncompatible: It does not take the item's category.
    """
    session = proposal.session
    found = session.catalogue.containers.get(container)
    if found is None:
        raise ContainerUnknown(container=container, containers=list(session.catalogue.containers))
    category = session.definition_of(item).category
    if found.accepts and category not in found.accepts:
        proposal.refuse(ContainerIncompatible(container=container, category=category, accepts=list(found.accepts)))


def check_position(proposal: Proposal, container: str, position: int) -> None:
    """Refuse a position that the container does not have now.

    Raises:
        PositionInvalid: With the number of positions there are.
    """
    limit = proposal.session.gear.slot_limits[container]
    if position >= limit:
        raise PositionInvalid(container=container, position=position, limit=limit)


def free_slots(session: InventorySessionDTO, container: str) -> int:
    """Number of free positions; never negative."""
    return max(0, session.gear.slot_limits[container] - len(session.cells[container].at))


def place(proposal: Proposal, item: Item, container: str | None, position: int | None) -> None:
    """Put a lifted item down: on the position, or the first free one of the container, or of its home.

    Raises:
        PositionInvalid: The position does not exist, or something lies there.
        BagFull: There is no free position.
    """
    session = proposal.session
    container = container or home_of(session, item)
    check_container(proposal, item, container)
    if position is None:
        position = session.cells[container].first_free()
        if position >= session.gear.slot_limits[container]:
            proposal.refuse(BagFull(container=container, required=1, available=0))
    else:
        check_position(proposal, container, position)
        if position in session.cells[container].at:
            raise PositionInvalid(container=container, position=position, reason="occupied")
    carried = container in session.catalogue.carried
    proposal.put(item.kept(container, position, quick_slot=item.quick_slot if carried else None))


def check_weight(proposal: Proposal, before_g: int) -> None:
    """Refuse what makes an overload, or makes one worse; getting lighter is always allowed.

    Args:
        proposal: With the steps already taken.
        before_g: Grams above the limit before them (`overload`).

    Raises:
        TooHeavy: With the weight and the limit in grams.
    """
    session = proposal.session
    if overload(session) > max(0, before_g):
        proposal.refuse(TooHeavy(required=session.weight_g, available=session.gear.weight_limit_g))


def overload(session: InventorySessionDTO) -> int:
    """Grams above the weight limit; negative while there is room."""
    return session.weight_g - session.gear.weight_limit_g


def settle_gear(proposal: Proposal) -> None:
    """Carry through what worn items coming off brings with them.

    Quick slots that the belt no longer gives are cleared. What lies on positions that a bag no longer gives moves to
    free ones; it comes off only if all of it fits.

    Raises:
        BagFull: What the bag held does not fit.
    """
    session = proposal.session
    for number in [number for number in session.quick_slots if number > session.gear.quick_slots]:
        proposal.put(session.items[session.quick_slots[number]].but(quick_slot=None))
    for container, limit in session.gear.slot_limits.items():
        cells = session.cells[container]
        if cells.taken.bit_length() <= limit:
            continue
        if len(cells.at) > limit:
            proposal.refuse(BagFull(container=container, required=len(cells.at), available=limit))
            continue
        for position in sorted(position for position in cells.at if position >= limit):
            item = session.items[cells.at[position]]
            proposal.put(item.but(position=cells.first_free()))
