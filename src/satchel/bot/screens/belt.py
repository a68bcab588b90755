"""The belt: what is in each quick slot, usable with one tap."""

from satchel.bot.callbacks import Callback, Place, Verb, Where
from satchel.bot.screens.format import Format
from satchel.bot.screens.screen import Row, Screen, clipped
from satchel.inventory.reads.doll import Doll

__all__ = ["draw_belt"]


def draw_belt(fmt: Format, doll: Doll) -> Screen:
    """Draw the quick slots, or the way to a belt if there are none."""
    place = Place(Where.BELT)
    lines = [fmt.say("belt-title", n=len(doll.quick_slots)), ""]
    rows: list[Row] = []
    for number, item in enumerate(doll.quick_slots, 1):
        if item is None:
            lines.append(f"{number}. {fmt.say('none')}")
            pick = Place(Where.PICK, number)
            rows.append((fmt.button(fmt.say("button-pick", n=number), Verb.LIST, place=pick),))
            continue
        lines.append(f"{number}. {fmt.item(item)}")
        like = Callback(Verb.CARD, fmt.char_id, doll.version, item.id, 0, place)
        rows.append(
            (
                fmt.button(fmt.label(item), Verb.CARD, item=item.id, place=place),
                fmt.button(fmt.say("button-use"), Verb.USE, "success", like=like),
                fmt.button(fmt.say("button-take-out"), Verb.UNBIND, number=number, like=like),
            )
        )
    if not doll.quick_slots:
        lines = [fmt.say("belt-title", n=0), "", fmt.say("belt-none")]
        slot = fmt.catalogue.belt_slot()
        if slot:
            rows.append((fmt.button(fmt.say("button-find-belt"), Verb.LIST, place=Place(Where.SLOT, slot)),))
    return Screen(clipped(lines), (*rows, fmt.ways(fmt.button(fmt.say("button-back"), Verb.DOLL))))
