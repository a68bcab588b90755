"""The lists: the bag, what fits a slot, what was found, what a quick slot takes; and the choice of a section."""

from satchel.bot.callbacks import Callback, Place, Verb, Where
from satchel.bot.screens.pen import ENGINE_MODIFIERS, Pen
from satchel.bot.screens.screen import Button, Row, Screen, clipped
from satchel.inventory.reads.bag import BagEntry, BagPage

__all__ = ["PAGE", "SORTS", "draw_list", "draw_sections", "searched"]

PAGE = 6
"""Rows on a page."""

SORTS = (
    ("category", "category,rarity:desc,name"),
    ("rarity", "rarity:desc,score:desc,name"),
    ("name", "name"),
    ("newest", "newest:desc"),
)
"""The orders that the player can choose, with their queries."""

CATEGORIES_PER_ROW = 3


def draw_list(pen: Pen, page: BagPage, place: Place, search: str = "") -> Screen:
    """Draw a page of a list.

    Args:
        pen: Who it is drawn for.
        page: What the API gave for the place.
        place: Which list, and which page of it.
        search: What was looked for.
    """
    draw = {Where.SLOT: _slot_head, Where.FIND: _find_head, Where.PICK: _pick_head}.get(place.where, _bag_head)
    lines, rows = draw(pen, page, place, search)
    lines += ["", *(_line(pen, entry, place) for entry in page.items)]
    if not page.items:
        lines.append(pen.say(_emptiness(place, page)))
    rows += [_row(pen, entry, page.version, place) for entry in page.items]
    rows += _pager(pen, page, place)
    return Screen(clipped(lines), (*rows, pen.ways(_back(pen, place))))


def draw_sections(pen: Pen, page: BagPage, place: Place) -> Screen:
    """Draw the choice of a section, with the number of items in each."""
    everything = sum(page.sections.values())
    first = pen.button(
        f"{pen.say('all')} · {everything}", Verb.LIST, place=place.replace(section=0, category=0, page=0)
    )
    buttons = [
        pen.button(
            f"{pen.name('section', section.id)} · {page.sections[section.id]}",
            Verb.LIST,
            "primary" if number == place.section else "",
            place=place.replace(section=number, category=0, page=0),
        )
        for number, section in enumerate(pen.world.rules.sections, 1)
        if page.sections.get(section.id)
    ]
    rows = [tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2)]
    return Screen(pen.say("sections-title"), ((first,), *rows, pen.ways(pen.back_to(place))))


def searched(pen: Pen, search: str) -> str:
    """What was searched for, set as code: so it is found again in the message, which has to keep it."""
    return f"<code>{pen.shown(search, 64)}</code>"


# -- heads -------------------------------------------------------------------------------------------------------------

Head = tuple[list[str], list[Row]]


def _bag_head(pen: Pen, page: BagPage, place: Place, _search: str) -> Head:
    section, category = pen.world.section(place.section), pen.world.category(place.category)
    what = pen.known("section", section.id) if section is not None else pen.say("all")
    if category is not None:
        what = f"{what} / {pen.known('category', category.id)}"
    order = pen.say(f"sort-{SORTS[place.sort % len(SORTS)][0]}")
    lines = [pen.say("bag-title", what=what, n=page.total, order=order), *pen.load(page.stats)]
    name = pen.name("section", section.id) if section is not None else pen.say("all")
    turned = place.replace(sort=(place.sort + 1) % len(SORTS), page=0)
    tools = (
        pen.button(pen.say("button-sections", section=name), Verb.SECTIONS, place=place),
        pen.button(pen.say("button-sort", order=order), Verb.LIST, place=turned),
        pen.button(pen.say("button-search"), Verb.ASK_SEARCH, place=place),
        Button(pen.say("button-tidy"), Callback(Verb.SORT, pen.char_id, page.version, place=place)),
    )
    return lines, [tools, *_categories(pen, page, place)]


def _categories(pen: Pen, page: BagPage, place: Place) -> list[Row]:
    section = pen.world.section(place.section)
    if section is None:
        return []
    chips = [
        pen.button(
            f"{pen.name('category', category.id)} {page.categories.get(category.id, 0)}",
            Verb.LIST,
            "primary" if number == place.category else "",
            place=place.replace(category=0 if number == place.category else number, page=0),
        )
        for number, category in enumerate(pen.world.rules.categories, 1)
        if category.section == section.id and page.categories.get(category.id)
    ]
    if len(chips) < 2:
        return []
    return [tuple(chips[start : start + CATEGORIES_PER_ROW]) for start in range(0, len(chips), CATEGORIES_PER_ROW)]


def _slot_head(pen: Pen, page: BagPage, place: Place, _search: str) -> Head:
    slot = pen.world.slot(place.section)
    lines = [pen.say("slot-title", slot=pen.known("slot", slot.id) if slot is not None else "?")]
    lines.append(pen.say("slot-empty") if page.worn is None else pen.say("slot-worn", item=pen.item(page.worn)))
    lines += [pen.say("slot-fits")] if page.items else []
    if page.worn is None:
        return lines, []
    like = Callback(Verb.CARD, pen.char_id, page.version, page.worn.id, 0, place)
    worn = pen.button(pen.label(page.worn), Verb.CARD, item=page.worn.id, place=place)
    rows: list[Row] = [(worn, pen.button(pen.say("button-unequip"), Verb.UNEQUIP, like=like))]
    if pen.world.definition(page.worn).modifiers.get("quick_slots", 0) > 0:
        # Who just put a belt on wants to fill it.
        rows.append((pen.button(pen.say("button-belt"), Verb.BELT),))
    return lines, rows


def _find_head(pen: Pen, page: BagPage, place: Place, search: str) -> Head:
    # The callback has no room for what was typed, so the message itself keeps it: the text that is set as code.
    lines = [pen.say("find-title", text=searched(pen, search), n=page.total)]
    return lines, [(pen.button(pen.say("button-search-again"), Verb.ASK_SEARCH, place=place),)]


def _pick_head(pen: Pen, page: BagPage, place: Place, _search: str) -> Head:
    return [pen.say("pick-title", n=place.section)], []


def _emptiness(place: Place, page: BagPage) -> str:
    if place.where == Where.BAG:
        return "nothing-here" if sum(page.sections.values()) else "nothing-in-bag"
    return {Where.SLOT: "nothing-fits", Where.FIND: "nothing-found"}.get(place.where, "nothing-quick")


# -- rows --------------------------------------------------------------------------------------------------------------


def _line(pen: Pen, entry: BagEntry, place: Place) -> str:
    definition = pen.world.definition(entry.item)
    parts = [pen.item(entry.item)]
    room = {name: value for name, value in definition.modifiers.items() if name in ENGINE_MODIFIERS or "." in name}
    if entry.gain is not None:
        told = [text for text in (pen.arrow(entry.gain), pen.bonuses(room)) if text]
        parts += told or [pen.say("same")]
    elif entry.score > 0:
        parts.append(pen.say("score", score=entry.score))
    wears = bool(definition.fits)
    marks = [
        pen.say(key)
        for key, yes in (("mark-locked", entry.item.locked), ("mark-unusable", wears and not entry.wearable))
        if yes
    ]
    if entry.item.quick_slot is not None and place.where != Where.PICK:
        marks.append(pen.say("mark-quick", n=entry.item.quick_slot))
    return " · ".join(parts) + (f" {' '.join(marks)}" if marks else "")


def _row(pen: Pen, entry: BagEntry, version: int, place: Place) -> Row:
    item = entry.item
    like = Callback(Verb.CARD, pen.char_id, version, item.id, 0, place)
    if place.where == Where.PICK:
        return (pen.button(pen.label(item), Verb.BIND, number=place.section, like=like),)
    card = pen.button(pen.label(item), Verb.CARD, item=item.id, place=place)
    if not entry.wearable:
        return (card,)
    number = place.section if place.where == Where.SLOT else 0
    better = entry.gain is not None and entry.gain > 0
    return card, pen.button(pen.say("button-equip"), Verb.EQUIP, "success" if better else "", number=number, like=like)


def _pager(pen: Pen, page: BagPage, place: Place) -> list[Row]:
    pages = -(-page.total // PAGE)
    if pages < 2:
        return []
    here = min(place.page, pages - 1)

    def turn(text: str, to: int) -> Button:
        return Button(text, Callback(Verb.LIST, pen.char_id, place=place.replace(page=to)))

    return [
        (
            turn(pen.say("button-previous"), (here - 1) % pages),
            turn(pen.say("page", page=here + 1, pages=pages), 0),
            turn(pen.say("button-next"), (here + 1) % pages),
        )
    ]


def _back(pen: Pen, place: Place) -> Button | None:
    if place.where == Where.PICK:
        return pen.button(pen.say("button-back"), Verb.BELT)
    if place.where == Where.FIND:
        return pen.button(pen.say("button-back"), Verb.LIST, place=Place(Where.BAG))
    return pen.button(pen.say("button-back"), Verb.DOLL)
