"""What fits: positions of containers, carried weight, and what happens when worn gear that gave room comes off."""

from typing import NamedTuple

from satchel.errors import BagFull, ContainerIncompatible, ContainerUnknown, PositionInvalid, TooHeavy
from satchel.inventory.definitions.rules import Container
from satchel.inventory.figures import Gear
from satchel.inventory.item import Item
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.proposal import Proposal

__all__ = [
    "Load",
    "check_container",
    "check_position",
    "enforce",
    "find_container",
    "free_slots",
    "home_of",
    "load_of",
    "place",
]


class Load(NamedTuple):
    """What an inventory carries before an operation: grams above the limit (negative: room), and the worn gear."""

    overload_g: int
    gear: Gear


def home_of(session: InventorySessionDTO, item: Item) -> str:
    """The container that the item goes to when nobody names one."""
    category = session.definition_of(item).category
    return session.catalogue.home_of.get(category, session.catalogue.rules.containers[0].id)


def find_container(session: InventorySessionDTO, container: str) -> Container:
    """Look a container up.

    Raises:
        ContainerUnknown: The catalogue has no such container.
    """
    found = session.catalogue.containers.get(container)
    if found is None:
        raise ContainerUnknown(container=container, containers=list(session.catalogue.containers))
    return found


def check_container(proposal: Proposal, item: Item, container: str) -> None:
    """Refuse a container that does not exist, or does not take the item.

    Raises:
        ContainerUnknown: There is no such container.
        ContainerIncompatible: It does not take the item's category.
    """
    session = proposal.session
    found = find_container(session, container)
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
    proposal.put(item.put_into(container, position, item.quick_slot if carried else None))


def load_of(session: InventorySessionDTO) -> Load:
    """Note what is carried, for `enforce` to compare."""
    gear = session.gear
    return Load(session.weight_g - gear.weight_limit_g, gear)


def enforce(proposal: Proposal, before: Load) -> None:
    """Carry through what the steps taken so far bring with them, and refuse what they overload.

    Quick slots that the belt no longer gives are cleared. What lies on positions that a bag no longer gives moves to
    free ones; it comes off only if all of it fits. Nothing may make an overload, or make one worse; getting lighter is
    always allowed.

    Args:
        proposal: With the steps already taken.
        before: The load before them.

    Raises:
        BagFull: What the bag held does not fit.
        TooHeavy: With the weight and the limit in grams.
    """
    session = proposal.session
    # Gear is made anew whenever a worn item changes, and only then.
    gear = session.gear
    if gear is not before.gear:
        _clear_quick_slots(proposal)
        _move_inside(proposal, before.gear)
    if session.weight_g - gear.weight_limit_g > max(0, before.overload_g):
        proposal.refuse(TooHeavy(required=session.weight_g, available=gear.weight_limit_g))


def _clear_quick_slots(proposal: Proposal) -> None:
    session = proposal.session
    # In order: equal inventories must give equal records.
    for number in sorted(number for number in session.quick_slots if number > session.gear.quick_slots):
        proposal.put(session.items[session.quick_slots[number]].replace(quick_slot=None))


def _move_inside(proposal: Proposal, before: Gear) -> None:
    session = proposal.session
    for container, limit in session.gear.slot_limits.items():
        cells = session.cells[container]
        # A catalogue that made the container smaller must not stop the player from acting.
        if limit >= before.slot_limits[container] or cells.taken.bit_length() <= limit:
            continue
        if len(cells.at) > limit:
            proposal.refuse(BagFull(container=container, required=len(cells.at), available=limit))
            continue
        for position in sorted(position for position in cells.at if position >= limit):
            item = session.items[cells.at[position]]
            proposal.put(item.replace(position=cells.first_free()))
