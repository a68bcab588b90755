"""The lists of items, and the choice of a section."""

from satchel.bot.callbacks import Callback, Place, Verb, Where
from satchel.bot.screens.format import ENGINE_MODIFIERS, Format
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
"""The sort orders that the player can choose, each with its query."""

CATEGORIES_PER_ROW = 3


def draw_list(fmt: Format, page: BagPage, place: Place, search: str = "") -> Screen:
    """Draw a page of a list.

    Args:
        fmt: Who it is drawn for.
        page: The API's answer for the place.
        place: Which list, and which page of it.
        search: What was searched for.
    """
    draw = {Where.SLOT: _slot_head, Where.FIND: _find_head, Where.PICK: _pick_head}.get(place.where, _bag_head)
    lines, rows = draw(fmt, page, place, search)
    lines += ["", *(_line(fmt, entry, place) for entry in page.items)]
    if not page.items:
        lines.append(fmt.say(_emptiness(place, page)))
    rows += [_row(fmt, entry, page.version, place) for entry in page.items]
    rows += _pager(fmt, page, place)
    return Screen(clipped(lines), (*rows, fmt.ways(_back(fmt, place))))


def draw_sections(fmt: Format, page: BagPage, place: Place) -> Screen:
    """Draw the choice of a section, with the number of items in each."""
    everything = sum(page.sections.values())
    first = fmt.button(
        f"{fmt.say('all')} · {everything}", Verb.LIST, place=place.replace(section=0, category=0, page=0)
    )
    buttons = [
        fmt.button(
            f"{fmt.name('section', section.id)} · {page.sections[section.id]}",
            Verb.LIST,
            "primary" if number == place.section else "",
            place=place.replace(section=number, category=0, page=0),
        )
        for number, section in enumerate(fmt.catalogue.rules.sections, 1)
        if page.sections.get(section.id)
    ]
    rows = [tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2)]
    return Screen(fmt.say("sections-title"), ((first,), *rows, fmt.ways(fmt.back_to(place))))


def searched(fmt: Format, search: str) -> str:
    """What was searched for, set as code. The bot reads it from the message again, because nothing else keeps it."""
    return f"<code>{fmt.shown(search, 64)}</code>"


# -- heads -------------------------------------------------------------------------------------------------------------

Head = tuple[list[str], list[Row]]


def _bag_head(fmt: Format, page: BagPage, place: Place, _search: str) -> Head:
    section, category = fmt.catalogue.section(place.section), fmt.catalogue.category(place.category)
    what = fmt.known("section", section.id) if section is not None else fmt.say("all")
    if category is not None:
        what = f"{what} / {fmt.known('category', category.id)}"
    order = fmt.say(f"sort-{SORTS[place.sort % len(SORTS)][0]}")
    lines = [fmt.say("bag-title", what=what, n=page.total, order=order), *fmt.load(page.stats)]
    name = fmt.name("section", section.id) if section is not None else fmt.say("all")
    turned = place.replace(sort=(place.sort + 1) % len(SORTS), page=0)
    tools = (
        fmt.button(fmt.say("button-sections", section=name), Verb.SECTIONS, place=place),
        fmt.button(fmt.say("button-sort", order=order), Verb.LIST, place=turned),
        fmt.button(fmt.say("button-search"), Verb.ASK_SEARCH, place=place),
        Button(fmt.say("button-tidy"), Callback(Verb.SORT, fmt.char_id, page.version, place=place)),
    )
    return lines, [tools, *_categories(fmt, page, place)]


def _categories(fmt: Format, page: BagPage, place: Place) -> list[Row]:
    section = fmt.catalogue.section(place.section)
    if section is None:
        return []
    chips = [
        fmt.button(
            f"{fmt.name('category', category.id)} {page.categories.get(category.id, 0)}",
            Verb.LIST,
            "primary" if number == place.category else "",
            place=place.replace(category=0 if number == place.category else number, page=0),
        )
        for number, category in enumerate(fmt.catalogue.rules.categories, 1)
        if category.section == section.id and page.categories.get(category.id)
    ]
    if len(chips) < 2:
        return []
    return [tuple(chips[start : start + CATEGORIES_PER_ROW]) for start in range(0, len(chips), CATEGORIES_PER_ROW)]


def _slot_head(fmt: Format, page: BagPage, place: Place, _search: str) -> Head:
    slot = fmt.catalogue.slot(place.section)
    lines = [fmt.say("slot-title", slot=fmt.known("slot", slot.id) if slot is not None else "?")]
    lines.append(fmt.say("slot-empty") if page.worn is None else fmt.say("slot-worn", item=fmt.item(page.worn)))
    lines += [fmt.say("slot-fits")] if page.items else []
    if page.worn is None:
        return lines, []
    like = Callback(Verb.CARD, fmt.char_id, page.version, page.worn.id, 0, place)
    worn = fmt.button(fmt.label(page.worn), Verb.CARD, item=page.worn.id, place=place)
    rows: list[Row] = [(worn, fmt.button(fmt.say("button-unequip"), Verb.UNEQUIP, like=like))]
    if fmt.catalogue.definition(page.worn).modifiers.get("quick_slots", 0) > 0:
        # A player who has just put on a belt wants to fill it.
        rows.append((fmt.button(fmt.say("button-belt"), Verb.BELT),))
    return lines, rows


def _find_head(fmt: Format, page: BagPage, place: Place, search: str) -> Head:
    # A callback has no room for the typed text, so the message keeps it: it is the text set as code.
    lines = [fmt.say("find-title", text=searched(fmt, search), n=page.total)]
    return lines, [(fmt.button(fmt.say("button-search-again"), Verb.ASK_SEARCH, place=place),)]


def _pick_head(fmt: Format, page: BagPage, place: Place, _search: str) -> Head:
    return [fmt.say("pick-title", n=place.section)], []


def _emptiness(place: Place, page: BagPage) -> str:
    if place.where == Where.BAG:
        return "nothing-here" if sum(page.sections.values()) else "nothing-in-bag"
    return {Where.SLOT: "nothing-fits", Where.FIND: "nothing-found"}.get(place.where, "nothing-quick")


# -- rows --------------------------------------------------------------------------------------------------------------


def _line(fmt: Format, entry: BagEntry, place: Place) -> str:
    definition = fmt.catalogue.definition(entry.item)
    parts = [fmt.item(entry.item)]
    room = {name: value for name, value in definition.modifiers.items() if name in ENGINE_MODIFIERS or "." in name}
    if entry.gain is not None:
        told = [text for text in (fmt.arrow(entry.gain), fmt.bonuses(room)) if text]
        parts += told or [fmt.say("same")]
    elif entry.score > 0:
        parts.append(fmt.say("score", score=entry.score))
    wears = bool(definition.fits)
    marks = [
        fmt.say(key)
        for key, yes in (("mark-locked", entry.item.locked), ("mark-unusable", wears and not entry.wearable))
        if yes
    ]
    if entry.item.quick_slot is not None and place.where != Where.PICK:
        marks.append(fmt.say("mark-quick", n=entry.item.quick_slot))
    return " · ".join(parts) + (f" {' '.join(marks)}" if marks else "")


def _row(fmt: Format, entry: BagEntry, version: int, place: Place) -> Row:
    item = entry.item
    like = Callback(Verb.CARD, fmt.char_id, version, item.id, 0, place)
    if place.where == Where.PICK:
        return (fmt.button(fmt.label(item), Verb.BIND, number=place.section, like=like),)
    card = fmt.button(fmt.label(item), Verb.CARD, item=item.id, place=place)
    if not entry.wearable:
        return (card,)
    number = place.section if place.where == Where.SLOT else 0
    better = entry.gain is not None and entry.gain > 0
    return card, fmt.button(fmt.say("button-equip"), Verb.EQUIP, "success" if better else "", number=number, like=like)


def _pager(fmt: Format, page: BagPage, place: Place) -> list[Row]:
    pages = -(-page.total // PAGE)
    if pages < 2:
        return []
    here = min(place.page, pages - 1)

    def turn(text: str, to: int) -> Button:
        return Button(text, Callback(Verb.LIST, fmt.char_id, place=place.replace(page=to)))

    return [
        (
            turn(fmt.say("button-previous"), (here - 1) % pages),
            turn(fmt.say("page", page=here + 1, pages=pages), 0),
            turn(fmt.say("button-next"), (here + 1) % pages),
        )
    ]


def _back(fmt: Format, place: Place) -> Button | None:
    if place.where == Where.PICK:
        return fmt.button(fmt.say("button-back"), Verb.BELT)
    if place.where == Where.FIND:
        return fmt.button(fmt.say("button-back"), Verb.LIST, place=Place(Where.BAG))
    return fmt.button(fmt.say("button-back"), Verb.DOLL)
