"""The doll: what is worn, how full the bag is, and the way to everything else."""

from satchel.bot.callbacks import Place, Verb, Where
from satchel.bot.screens.pen import ENGINE_MODIFIERS, Pen
from satchel.bot.screens.screen import BUTTONS_MAX, Button, Row, Screen, clipped
from satchel.inventory.item import Item, ItemId
from satchel.inventory.reads.doll import Doll

__all__ = ["draw_doll"]

ROW = 2


def draw_doll(pen: Pen, doll: Doll, *, others: bool = False) -> Screen:
    """Draw the doll.

    Args:
        pen: Who it is drawn for.
        doll: What is worn.
        others: Whether the player has other characters to change to.
    """
    name = pen.shown(doll.character.name)
    lines = [pen.say("doll-title", name=name, level=doll.character.level, score=doll.stats.gear_score), ""]
    for group in pen.world.rules.slot_groups:
        lines += _group(pen, doll, group.id)
    figures = {
        modifier: value
        for modifier, value in doll.stats.modifiers.items()
        if modifier not in ENGINE_MODIFIERS and "." not in modifier and value
    }
    if figures:
        lines += ["", " · ".join(f"{pen.modifier(name)} <b>{pen.number(value)}</b>" for name, value in figures.items())]
    lines += ["", *pen.load(doll.stats), *_wallet(pen, doll.wallet), *_belt(pen, doll.quick_slots)]
    return Screen(clipped(lines), tuple(_buttons(pen, doll, others)))


def _group(pen: Pen, doll: Doll, group: str) -> list[str]:
    slots = [slot for slot in doll.slots if slot.group == group]
    empty = [pen.known("slot", slot.slot).lower() for slot in slots if slot.item is None]
    places: dict[ItemId, list[str]] = {}
    worn: dict[ItemId, Item] = {}
    for slot in doll.slots:
        if slot.item is not None:
            places.setdefault(slot.item.id, []).append(slot.slot)
            worn[slot.item.id] = slot.item
    lines = [f"<b>{pen.known('slot_group', group)}</b>"]
    for slot in slots:
        # A two-hander fills two slots, and stands where it is worn.
        if slot.item is not None and slot.item.slot == slot.slot:
            where = ", ".join(pen.known("slot", place).lower() for place in places[slot.item.id])
            lines.append(f"{pen.item(slot.item)} · <i>{where}</i>")
    return [*lines, *([f"{pen.say('empty-mark')} <i>{', '.join(empty)}</i>"] if empty else [])]


def _wallet(pen: Pen, wallet: dict[str, int]) -> list[str]:
    currencies = [resource.id for resource in pen.world.rules.resources if resource.group == "currency"]
    held = [f"{pen.known('resource', id_)} {pen.number(wallet[id_])}" for id_ in currencies if wallet.get(id_)]
    return [pen.say("doll-wallet", balances=" · ".join(held))] if held else []


def _belt(pen: Pen, quick_slots: tuple[Item | None, ...]) -> list[str]:
    loops = [
        f"{number}\u00a0{pen.item(item) if item is not None else pen.say('none')}"
        for number, item in enumerate(quick_slots, 1)
    ]
    return [pen.say("doll-belt", loops=" · ".join(loops))] if loops else []


def _buttons(pen: Pen, doll: Doll, others: bool) -> list[Row]:
    slots = [
        pen.button(
            f"{pen.mark(pen.world.definition(slot.item)) if slot.item is not None else pen.say('empty-mark')} "
            + pen.name("slot", slot.slot)[:24],
            Verb.LIST,
            place=Place(Where.SLOT, number),
        )
        for number, slot in enumerate(doll.slots, 1)
    ]
    ways: list[Button] = [
        pen.button(pen.say("button-bag"), Verb.LIST, place=Place(Where.BAG)),
        pen.button(pen.say("button-belt"), Verb.BELT),
        pen.button(pen.say("button-wallet"), Verb.WALLET),
        pen.button(pen.say("button-history"), Verb.HISTORY),
    ]
    kept = slots[: BUTTONS_MAX - len(ways) - 1]
    rows: list[Row] = [tuple(kept[start : start + ROW]) for start in range(0, len(kept), ROW)]
    if others:
        rows.append((pen.button(pen.say("button-characters"), Verb.CHARACTERS),))
    return [*rows, tuple(ways)]
