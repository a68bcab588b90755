"""The belt: what lies in each quick slot, to be used with one tap."""

from satchel.bot.callbacks import Callback, Place, Verb, Where
from satchel.bot.screens.pen import Pen
from satchel.bot.screens.screen import Row, Screen, clipped
from satchel.inventory.reads.doll import Doll

__all__ = ["draw_belt"]


def draw_belt(pen: Pen, doll: Doll) -> Screen:
    """Draw the quick slots; without any, the way to a belt."""
    place = Place(Where.BELT)
    lines = [pen.say("belt-title", n=len(doll.quick_slots)), ""]
    rows: list[Row] = []
    for number, item in enumerate(doll.quick_slots, 1):
        if item is None:
            lines.append(f"{number}. {pen.say('none')}")
            pick = Place(Where.PICK, number)
            rows.append((pen.button(pen.say("button-pick", n=number), Verb.LIST, place=pick),))
            continue
        lines.append(f"{number}. {pen.item(item)}")
        like = Callback(Verb.CARD, pen.char_id, doll.version, item.id, 0, place)
        rows.append(
            (
                pen.button(pen.label(item), Verb.CARD, item=item.id, place=place),
                pen.button(pen.say("button-use"), Verb.USE, "success", like=like),
                pen.button(pen.say("button-take-out"), Verb.UNBIND, number=number, like=like),
            )
        )
    if not doll.quick_slots:
        lines = [pen.say("belt-title", n=0), "", pen.say("belt-none")]
        slot = pen.world.belt_slot()
        if slot:
            rows.append((pen.button(pen.say("button-find-belt"), Verb.LIST, place=Place(Where.SLOT, slot)),))
    return Screen(clipped(lines), (*rows, pen.ways(pen.button(pen.say("button-back"), Verb.DOLL))))
