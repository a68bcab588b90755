"""How stacks fill, join, part and run out."""

from satchel.errors import BagFull, InsufficientItems, ItemLocked, NotStackable, TooHeavy
from satchel.inventory.item import Item
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.proposal import Proposal
from satchel.inventory.rules.capacity import free_slots

__all__ = ["check_unlocked", "fill", "pour", "room_for", "room_left", "take"]


def check_unlocked(proposal: Proposal, item: Item) -> None:
    """Refuse to take a locked item away.

    Raises:
        ItemLocked: Its owner has locked it.
    """
    if item.locked:
        proposal.refuse(ItemLocked(item_id=item.id))


def room_left(session: InventorySessionDTO, item: Item) -> int:
    """How many more the stack can hold."""
    return max(0, session.definition_of(item).stack_max - item.quantity)


def pour(proposal: Proposal, source: Item, target: Item, quantity: int | None) -> None:
    """Pour a stack into another one; without a quantity as much as fits.

    Raises:
        NotStackable: The two differ, or there is no room for the quantity.
        InsufficientItems: The source has fewer.
    """
    session = proposal.session
    room = room_left(session, target)
    wanted = min(source.quantity, room) if quantity is None else quantity
    if source.id == target.id or not source.stacks_with(target) or room < max(1, wanted):
        raise NotStackable(item_id=source.id, target_id=target.id, required=max(1, wanted), available=room)
    take(proposal, source, wanted)
    proposal.put(target.replace(quantity=target.quantity + wanted))


def take(proposal: Proposal, item: Item, quantity: int) -> None:
    """Take some of a stack away; the last one takes the item with it.

    Raises:
        InsufficientItems: The stack has fewer.
    """
    if quantity > item.quantity:
        raise InsufficientItems(item_id=item.id, required=quantity, available=item.quantity)
    if quantity == item.quantity:
        proposal.lift(item)
    else:
        proposal.put(item.replace(quantity=item.quantity - quantity))


def room_for(proposal: Proposal, template: Item, container: str) -> int:
    """Count how many more of an item the container can hold, and the character can carry.

    Only as many as `template.quantity` are looked for.
    """
    session = proposal.session
    definition = session.definition_of(template)
    room = sum(room_left(session, stack) for stack in _stacks_like(session, template, container))
    room += free_slots(session, container) * definition.stack_max
    if definition.weight_g and container in session.catalogue.carried:
        room = min(room, max(0, session.gear.weight_limit_g - session.weight_g) // definition.weight_g)
    return min(room, template.quantity)


def fill(proposal: Proposal, template: Item, container: str) -> None:
    """Give `template.quantity` items: existing stacks first, by age, then new ones on free positions.

    Raises:
        BagFull: With the positions needed and free.
        TooHeavy: With the weight it would come to and the limit, in grams.
    """
    session = proposal.session
    definition = session.definition_of(template)
    carried = container in session.catalogue.carried
    weight_g = session.weight_g + definition.weight_g * template.quantity
    if carried and definition.weight_g and weight_g > session.gear.weight_limit_g:
        proposal.refuse(TooHeavy(required=weight_g, available=session.gear.weight_limit_g))
    stacks = _stacks_like(session, template, container)
    rest = max(0, template.quantity - sum(room_left(session, stack) for stack in stacks))
    required, available = -(-rest // definition.stack_max), free_slots(session, container)
    if required > available:
        proposal.refuse(BagFull(container=container, required=required, available=available))
        return
    rest = template.quantity
    for stack in stacks:
        poured = min(rest, room_left(session, stack))
        if poured:
            proposal.put(stack.replace(quantity=stack.quantity + poured))
            rest -= poured
    while rest:
        stack = proposal.new_item(template.definition, min(rest, definition.stack_max))
        position = session.cells[container].first_free()
        stack = stack.replace(
            container=container, position=position, properties=template.properties, durability=template.durability
        )
        proposal.put(stack)
        rest -= stack.quantity


def _stacks_like(session: InventorySessionDTO, template: Item, container: str) -> list[Item]:
    if session.definition_of(template).stack_max == 1:
        return []
    same = (session.items[item_id] for item_id in session.by_definition.get(template.definition, ()))
    # Ids sort by age, so two processes fill the same stacks in the same order.
    return sorted((i for i in same if i.container == container and i.stacks_with(template)), key=lambda item: item.id)
