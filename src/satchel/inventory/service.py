"""The rules, one method per action: each takes steps on a proposal, or refuses."""

import msgspec

from satchel.errors import (
    DefinitionUnknown,
    InsufficientItems,
    ItemNotFound,
    MalformedAction,
    NotDroppable,
    NotEquipped,
    NotStackable,
    NotUsable,
)
from satchel.inventory.actions import (
    AdjustWallet,
    BindQuickSlot,
    Consume,
    Drop,
    Equip,
    Grant,
    Lock,
    Merge,
    Move,
    Restore,
    Sort,
    Split,
    TakeBack,
    UnbindQuickSlot,
    Unequip,
    Unlock,
    UpdateCharacter,
    Use,
)
from satchel.inventory.changes import EffectOutcome
from satchel.inventory.definitions.items import ItemDefinition
from satchel.inventory.item import Item, ItemId
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.proposal import Proposal
from satchel.inventory.rules import capacity, order, requirements, shelf, slots, stacks, wallet

__all__ = ["InventoryService"]


class InventoryService:
    """Decides actions on an `InventorySessionDTO`; no database, no Redis, no clock.

    Every method takes a `Proposal` and one action, and raises a `Refusal` with figures when the rules forbid it. It may
    have taken steps by then: the caller undoes the proposal, as the dispatcher does.
    """

    # -- worn items ----------------------------------------------------------------------------------------------------

    def equip(self, proposal: Proposal, action: Equip) -> None:
        """Wear an item. What is in the way comes off: into the place that the item leaves, if it may lie there."""
        session = proposal.session
        item = session.item(action.item_id)
        slot = slots.choose_slot(session, item, action.slot)
        requirements.check_requirements(proposal, item)
        displaced = slots.displaced_by(session, item, slot)
        for worn in (item, *displaced):
            proposal.lift(worn)
        proposal.put(item.wear_in(slot))
        for worn in displaced:
            self._put_aside(proposal, worn, item)

    def unequip(self, proposal: Proposal, action: Unequip) -> None:
        """Take an item off. It stays on if it, or what it made room for, finds no place."""
        session = proposal.session
        item = session.item(action.item_id)
        if item.slot is None:
            raise NotEquipped(item_id=item.id)
        proposal.lift(item)
        capacity.place(proposal, item, action.container, action.position)

    # -- places --------------------------------------------------------------------------------------------------------

    def move(self, proposal: Proposal, action: Move) -> None:
        """Put an item into a container; on another item the stacks join if they can, else the two swap."""
        session = proposal.session
        item = session.item(action.item_id)
        capacity.check_container(proposal, item, action.container)
        other = self._item_at(session, action.container, action.position)
        if other is not None and other.id != item.id and stacks.room_left(session, other) and item.stacks_with(other):
            stacks.check_unlocked(proposal, item)
            stacks.pour(proposal, item, other, None)
        elif other is not None and other.id != item.id and item.slot is None:
            self._swap(proposal, item, other)
        else:
            proposal.lift(item)
            capacity.place(proposal, item, action.container, action.position)

    def drop(self, proposal: Proposal, action: Drop) -> None:
        """Throw an item away, or some of its stack; it lies on the shelf for a while, to be taken back."""
        session = proposal.session
        item = session.item(action.item_id)
        stacks.check_unlocked(proposal, item)
        if not session.definition_of(item).droppable:
            proposal.refuse(NotDroppable(item_id=item.id, definition=item.definition))
        stacks.take(proposal, item, action.quantity or item.quantity)
        shelf.lay(proposal, item, action.quantity or item.quantity)

    def take_back(self, proposal: Proposal, action: TakeBack) -> None:
        """Undo a drop: the item comes back, with the same id, to the first free place of its home."""
        capacity.place(proposal, shelf.take(proposal, ItemId(action.item_id)), None, None)

    def sort(self, proposal: Proposal, action: Sort) -> None:
        """Join the stacks of a container and lay its items out in order, from position 0."""
        session = proposal.session
        capacity.find_container(session, action.container)
        order.join_stacks(proposal, action.container)
        order.lay_out(proposal, action.container, action.by)

    # -- stacks --------------------------------------------------------------------------------------------------------

    def split(self, proposal: Proposal, action: Split) -> None:
        """Take some of a stack and make it a stack of its own."""
        session = proposal.session
        item = session.item(action.item_id)
        if action.quantity >= item.quantity:
            raise InsufficientItems(item_id=item.id, required=action.quantity + 1, available=item.quantity)
        stacks.take(proposal, item, action.quantity)
        part = proposal.new_item(item.definition, action.quantity)
        # A part of a locked stack is locked too: otherwise splitting would be a way around the lock.
        part = part.replace(properties=item.properties, durability=item.durability, locked=item.locked)
        capacity.place(proposal, part, action.container or item.container, action.position)

    def merge(self, proposal: Proposal, action: Merge) -> None:
        """Pour one stack into another."""
        session = proposal.session
        source, target = session.item(action.item_id), session.item(action.target_id)
        stacks.check_unlocked(proposal, source)
        if source.slot is not None or target.slot is not None:
            raise NotStackable(item_id=source.id, target_id=target.id, required=1, available=0)
        stacks.pour(proposal, source, target, action.quantity)

    def use(self, proposal: Proposal, action: Use) -> None:
        """Use an item: take what it consumes, and hand the effect to the game."""
        session = proposal.session
        item = session.item(action.item_id)
        effect = session.definition_of(item).use
        if effect is None:
            raise NotUsable(item_id=item.id, definition=item.definition)
        requirements.check_requirements(proposal, item)
        if effect.consumes:
            stacks.check_unlocked(proposal, item)
            stacks.take(proposal, item, effect.consumes)
        outcome = EffectOutcome(proposal.operation, effect.effect, item.definition, effect.values)
        proposal.effects.append(outcome)

    # -- marks ---------------------------------------------------------------------------------------------------------

    def bind_quick_slot(self, proposal: Proposal, action: BindQuickSlot) -> None:
        """Put an item into a quick slot of the belt; the one that was there is unbound."""
        session = proposal.session
        item = session.item(action.item_id)
        slots.check_quick_slot(proposal, item, action.quick_slot)
        present = session.quick_slots.get(action.quick_slot)
        if present is not None and present != item.id:
            proposal.put(session.items[present].replace(quick_slot=None))
        if item.quick_slot != action.quick_slot:
            proposal.put(item.replace(quick_slot=action.quick_slot))

    def unbind_quick_slot(self, proposal: Proposal, action: UnbindQuickSlot) -> None:
        """Empty a quick slot."""
        session = proposal.session
        present = session.quick_slots.get(action.quick_slot)
        if present is None:
            raise ItemNotFound(quick_slot=action.quick_slot)
        proposal.put(session.items[present].replace(quick_slot=None))

    def lock(self, proposal: Proposal, action: Lock) -> None:
        """Protect an item from being dropped, poured away or used up; locking twice changes nothing."""
        item = proposal.session.item(action.item_id)
        if not item.locked:
            proposal.put(item.replace(locked=True))

    def unlock(self, proposal: Proposal, action: Unlock) -> None:
        """Take the protection off; unlocking twice changes nothing."""
        item = proposal.session.item(action.item_id)
        if item.locked:
            proposal.put(item.replace(locked=False))

    # -- services only -------------------------------------------------------------------------------------------------

    def grant(self, proposal: Proposal, action: Grant) -> None:
        """Give items; with `partial`, what finds no room is reported as the effect `overflow`."""
        session = proposal.session
        definition = session.catalogue.definitions.get(action.definition)
        if definition is None:
            raise DefinitionUnknown(definition=action.definition)
        template = _template(definition, action)
        container = action.container or capacity.home_of(session, template)
        capacity.check_container(proposal, template, container)
        if action.partial:
            room = stacks.room_for(proposal, template, container)
            overflow = template.quantity - room
            if overflow:
                values = {"quantity": overflow}
                proposal.effects.append(EffectOutcome(proposal.operation, "overflow", template.definition, values))
            template = template.replace(quantity=room)
        if template.quantity:
            stacks.fill(proposal, template, container)

    def consume(self, proposal: Proposal, action: Consume) -> None:
        """Take from one item, or of a definition from the smallest stack on; locked and worn items are spared."""
        session = proposal.session
        if (action.item_id is None) == (action.definition is None):
            raise MalformedAction(reason="give either item_id or definition - at `$`")
        if action.item_id is not None:
            item = session.item(action.item_id)
            stacks.check_unlocked(proposal, item)
            stacks.take(proposal, item, action.quantity)
        else:
            self._consume_any(proposal, action.definition or "", action.quantity)

    def adjust_wallet(self, proposal: Proposal, action: AdjustWallet) -> None:
        """Add to a balance, or take from it."""
        wallet.adjust(proposal, action.resource, action.amount)

    def update_character(self, proposal: Proposal, action: UpdateCharacter) -> None:
        """Change the character; what is worn stays worn, whatever it requires."""
        given = {
            name: value
            for name in ("owner", "name", "level", "attributes")
            if (value := getattr(action, name)) is not None
        }
        proposal.set_character(msgspec.structs.replace(proposal.session.character, **given))

    # -- operators only ------------------------------------------------------------------------------------------------

    def restore(self, proposal: Proposal, action: Restore) -> None:
        """Make items and wallet what they were; no room is asked for, because it all had room then.

        The shelf of dropped items is cleared: what was dropped since then is there again already.
        """
        session, wanted = proposal.session, {item.id: item for item in action.items}
        for item_id in sorted(session.shelf):
            proposal.set_shelf(item_id, None)
        for item in tuple(session.items.values()):
            if wanted.get(item.id) != item:
                proposal.lift(item)
        for item in action.items:
            if item.id not in session.items:
                proposal.put(item)
        for resource in sorted({*session.wallet, *action.wallet}):
            amount = action.wallet.get(resource, 0)
            if session.wallet.get(resource, 0) != amount:
                proposal.set_balance(resource, amount)

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _put_aside(self, proposal: Proposal, worn: Item, item: Item) -> None:
        """Lay down what came off: into the slot or the position that the item left, else anywhere in its home."""
        session = proposal.session
        if item.slot is not None and item.slot not in session.worn and slots.fits_slot(session, worn, item.slot):
            proposal.put(worn.wear_in(item.slot))
            return
        container = session.catalogue.containers.get(item.container or "")
        takes = container is not None and (
            not container.accepts or session.definition_of(worn).category in container.accepts
        )
        if container is None or not takes or item.position is None:
            capacity.place(proposal, worn, None, None)
            return
        cells, limit = session.cells[container.id], session.gear.slot_limits[container.id]
        free = item.position < limit and item.position not in cells.at
        capacity.place(proposal, worn, container.id, item.position if free else None)

    def _swap(self, proposal: Proposal, item: Item, other: Item) -> None:
        capacity.check_container(proposal, other, item.container or "")
        proposal.lift(item)
        proposal.lift(other)
        capacity.place(proposal, item, other.container, other.position)
        capacity.place(proposal, other, item.container, item.position)

    def _consume_any(self, proposal: Proposal, definition: str, quantity: int) -> None:
        session = proposal.session
        found = (session.items[item_id] for item_id in session.by_definition.get(definition, ()))
        usable = sorted((i for i in found if i.slot is None and not i.locked), key=lambda i: (i.quantity, i.id))
        available = sum(item.quantity for item in usable)
        if quantity > available:
            raise InsufficientItems(definition=definition, required=quantity, available=available)
        for item in usable:
            taken = min(quantity, item.quantity)
            if taken:
                stacks.take(proposal, item, taken)
                quantity -= taken

    def _item_at(self, session: InventorySessionDTO, container: str, position: int | None) -> Item | None:
        if position is None:
            return None
        item_id = session.cells[container].at.get(position)
        return None if item_id is None else session.items[item_id]


def _template(definition: ItemDefinition, action: Grant) -> Item:
    most, durability = definition.durability_max, action.durability_left
    if durability is None:
        durability = most
    elif most is None or durability > most:
        raise MalformedAction(reason=f"durability_left is above that of a new one ({most}) - at `$.durability_left`")
    return Item(ItemId(""), definition.id, action.quantity, properties=dict(action.properties), durability=durability)
