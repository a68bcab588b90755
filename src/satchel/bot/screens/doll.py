"""The doll: what is worn and how full the bag is, with buttons to all other screens."""

from satchel.bot.callbacks import Place, Verb, Where
from satchel.bot.screens.format import ENGINE_MODIFIERS, Format
from satchel.bot.screens.screen import BUTTONS_MAX, Button, Row, Screen, clipped
from satchel.inventory.item import Item, ItemId
from satchel.inventory.reads.doll import Doll

__all__ = ["draw_doll"]

ROW = 2


def draw_doll(fmt: Format, doll: Doll, *, others: bool = False) -> Screen:
    """Draw the doll.

    Args:
        fmt: Who it is drawn for.
        doll: What is worn.
        others: Whether the player has more than one character.
    """
    name = fmt.shown(doll.character.name)
    lines = [fmt.say("doll-title", name=name, level=doll.character.level, score=doll.stats.gear_score), ""]
    for group in fmt.catalogue.rules.slot_groups:
        lines += _group(fmt, doll, group.id)
    figures = {
        modifier: value
        for modifier, value in doll.stats.modifiers.items()
        if modifier not in ENGINE_MODIFIERS and "." not in modifier and value
    }
    if figures:
        lines += ["", " · ".join(f"{fmt.modifier(name)} <b>{fmt.number(value)}</b>" for name, value in figures.items())]
    lines += ["", *fmt.load(doll.stats), *_wallet(fmt, doll.wallet), *_belt(fmt, doll.quick_slots)]
    return Screen(clipped(lines), tuple(_buttons(fmt, doll, others)))


def _group(fmt: Format, doll: Doll, group: str) -> list[str]:
    slots = [slot for slot in doll.slots if slot.group == group]
    empty = [fmt.known("slot", slot.slot).lower() for slot in slots if slot.item is None]
    places: dict[ItemId, list[str]] = {}
    worn: dict[ItemId, Item] = {}
    for slot in doll.slots:
        if slot.item is not None:
            places.setdefault(slot.item.id, []).append(slot.slot)
            worn[slot.item.id] = slot.item
    lines = [f"<b>{fmt.known('slot_group', group)}</b>"]
    for slot in slots:
        # A two-hander fills two slots, and is listed only where it is worn.
        if slot.item is not None and slot.item.slot == slot.slot:
            where = ", ".join(fmt.known("slot", place).lower() for place in places[slot.item.id])
            lines.append(f"{fmt.item(slot.item)} · <i>{where}</i>")
    return [*lines, *([f"{fmt.say('empty-mark')} <i>{', '.join(empty)}</i>"] if empty else [])]


def _wallet(fmt: Format, wallet: dict[str, int]) -> list[str]:
    currencies = [resource.id for resource in fmt.catalogue.rules.resources if resource.group == "currency"]
    held = [f"{fmt.known('resource', id_)} {fmt.number(wallet[id_])}" for id_ in currencies if wallet.get(id_)]
    return [fmt.say("doll-wallet", balances=" · ".join(held))] if held else []


def _belt(fmt: Format, quick_slots: tuple[Item | None, ...]) -> list[str]:
    loops = [
        f"{number}\u00a0{fmt.item(item) if item is not None else fmt.say('none')}"
        for number, item in enumerate(quick_slots, 1)
    ]
    return [fmt.say("doll-belt", loops=" · ".join(loops))] if loops else []


def _buttons(fmt: Format, doll: Doll, others: bool) -> list[Row]:
    slots = [
        fmt.button(
            f"{_sign(fmt, slot.item)} {fmt.name('slot', slot.slot)[:24]}",
            Verb.LIST,
            place=Place(Where.SLOT, number),
        )
        for number, slot in enumerate(doll.slots, 1)
    ]
    ways: list[Button] = [
        fmt.button(fmt.say("button-bag"), Verb.LIST, place=Place(Where.BAG)),
        fmt.button(fmt.say("button-belt"), Verb.BELT),
        fmt.button(fmt.say("button-wallet"), Verb.WALLET),
        fmt.button(fmt.say("button-history"), Verb.HISTORY),
    ]
    kept = slots[: BUTTONS_MAX - len(ways) - 1]
    rows: list[Row] = [tuple(kept[start : start + ROW]) for start in range(0, len(kept), ROW)]
    if others:
        rows.append((fmt.button(fmt.say("button-characters"), Verb.CHARACTERS),))
    return [*rows, tuple(ways)]


def _sign(fmt: Format, item: Item | None) -> str:
    return fmt.rarity_sign(fmt.catalogue.definition(item)) if item is not None else fmt.say("empty-mark")
