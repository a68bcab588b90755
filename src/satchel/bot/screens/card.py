"""The card of an item, and the questions before it is dropped or split."""

from satchel.bot.callbacks import Callback, Place, Verb, Where, short_id
from satchel.bot.screens.format import Format
from satchel.bot.screens.screen import Button, Row, Screen, ShareCard, Style, clipped
from satchel.inventory.character import Missing
from satchel.inventory.definitions.items import ItemDefinition, Requirements
from satchel.inventory.reads.bag import BagEntry
from satchel.inventory.reads.card import ItemCard
from satchel.texts.languages import in_language

__all__ = ["draw_amount", "draw_card", "draw_share", "effect"]

BINDINGS_PER_ROW = 4


def draw_card(fmt: Format, card: ItemCard, place: Place) -> Screen:
    """Draw an item: what it is and how it compares, with buttons only for what can be done now."""
    item, definition = card.item, fmt.catalogue.definition(card.item)
    lines = [*_title(fmt, definition, item.quantity), *_state(fmt, card), ""]
    lines += _figures(fmt, card)
    if definition.use is not None:
        lines.append(fmt.say("card-use", effect=effect(fmt, definition)))
    lines += _needs(fmt, definition.requires, card.missing)
    lines += _set(fmt, definition, card.stats.sets)
    lines.append(f"/item_{short_id(item.id)}")
    return Screen(clipped(lines), (*_actions(fmt, card, place), fmt.ways(fmt.back_to(place) or _to_bag(fmt))))


def draw_amount(
    fmt: Format, card: ItemCard, place: Place, verb: Verb, *, typing: bool = False, wait_s: int = 0
) -> Screen:
    """Ask how many to drop or to split off; the player taps a button or types.

    Args:
        fmt: Who it is drawn for.
        card: The stack.
        place: Where its card was opened.
        verb: `DROP` or `SPLIT`.
        typing: Whether the bot waits for a number now.
        wait_s: For how long it waits.
    """
    item, drop = card.item, verb == Verb.DROP
    largest = item.quantity if drop else item.quantity - 1
    question = fmt.say("ask-drop" if drop else "ask-split", item=fmt.item(item))
    if typing:
        question += "\n\n" + fmt.say("ask-number", largest=largest, seconds=wait_s)
    amounts = {1: "button-one", item.quantity // 2: "button-half", largest: "button-all" if drop else "button-but-one"}
    like = Callback(Verb.CARD, fmt.char_id, card.version, item.id, 0, place, on_card=True)
    style: Style = "danger" if drop else ""
    if largest == 1:
        amounts = {1: "button-drop-it" if drop else "button-one"}
    choices = [
        fmt.button(fmt.say(key, n=amount), verb, style, number=amount, like=like)
        for amount, key in amounts.items()
        if 0 < amount <= largest
    ]
    rows: list[Row] = [tuple(choices)]
    if largest > 1 and not typing:
        ask = Verb.TYPE_DROP if drop else Verb.TYPE_SPLIT
        rows.append((fmt.button(fmt.say("button-type"), ask, item=item.id, place=place),))
    back = fmt.button(fmt.say("button-back"), Verb.CARD, item=item.id, place=place)
    return Screen(question, (*rows, fmt.ways(back)))


def draw_share(fmt: Format, entry: BagEntry) -> ShareCard:
    """Draw an item for others; it looks the same to everybody."""
    item, definition = entry.item, fmt.catalogue.definition(entry.item)
    lines = _title(fmt, definition, item.quantity)
    modifiers = _own_modifiers(definition, item.properties)
    if modifiers:
        lines.append(fmt.bonuses(modifiers))
    if definition.use is not None:
        lines.append(fmt.say("card-use", effect=effect(fmt, definition)))
    rarity = fmt.name("rarity", definition.rarity)
    about = [rarity, *([fmt.say("score", score=entry.score)] if entry.score else [])]
    return ShareCard(short_id(item.id), fmt.label(item), " · ".join(about), clipped(lines))


def effect(fmt: Format, definition: ItemDefinition) -> str:
    """What using the item does, in words."""
    if definition.use is None:
        return ""
    name, values = definition.use.effect, definition.use.values
    key = f"effect-{name.replace('_', '-')}"
    if fmt.texts.has(fmt.lang, key):
        return fmt.say(key, **values)
    figures = ", ".join(f"{value_name} {fmt.number(value)}" for value_name, value in values.items())
    return fmt.term("effect", name) + (f" ({figures})" if figures else "")


# -- what it is --------------------------------------------------------------------------------------------------------


def _title(fmt: Format, definition: ItemDefinition, quantity: int) -> list[str]:
    name = fmt.shown(fmt.named(definition), 80) + fmt.times(quantity)
    kind = [fmt.known("rarity", definition.rarity), fmt.known("category", definition.category).lower()]
    if definition.weight_g:
        kind.append(fmt.say("kg", kg=fmt.kilograms(definition.weight_g * quantity)))
    text = in_language(definition.description, fmt.lang)
    return [f"{fmt.rarity_sign(definition)} <b>{name}</b>", " · ".join(kind), f"<i>{fmt.shown(text, 400)}</i>"]


def _state(fmt: Format, card: ItemCard) -> list[str]:
    item, definition = card.item, fmt.catalogue.definition(card.item)
    lines = []
    if item.slot is not None:
        lines.append(fmt.say("card-worn", slot=fmt.known("slot", item.slot).lower()))
    if item.quick_slot is not None:
        lines.append(fmt.say("card-bound", n=item.quick_slot))
    if item.locked:
        lines.append(fmt.say("card-locked"))
    if item.durability is not None and definition.durability_max:
        bar = fmt.bar(item.durability, definition.durability_max)
        lines.append(fmt.say("card-durability", bar=bar, left=item.durability, most=definition.durability_max))
    return lines


def _figures(fmt: Format, card: ItemCard) -> list[str]:
    """The item's modifiers and what would change, as one aligned table."""
    comparison = card.comparison
    changes = comparison.modifiers if comparison is not None else {}
    names = list(dict.fromkeys((*card.modifiers, *changes)))
    if not names:
        return []
    cells = [
        (
            fmt.modifier(name),
            fmt.value(name, card.modifiers[name]) if name in card.modifiers else fmt.say("none"),
            _change(fmt, name, changes.get(name, 0)),
        )
        for name in names
    ]
    wide, value_wide = max(len(cell[0]) for cell in cells), max(len(cell[1]) for cell in cells)
    table = [f"{label:<{wide}}  {value:>{value_wide}}  {change}".rstrip() for label, value, change in cells]
    lines = ["<pre>" + "\n".join(table) + "</pre>"]
    if comparison is not None:
        slot = fmt.known("slot", comparison.slot).lower()
        change = fmt.arrow(comparison.gear_score) or fmt.say("same")
        lines.append(fmt.say("card-compared", slot=slot, change=change))
    return lines


def _change(fmt: Format, name: str, change: int) -> str:
    return f"{fmt.say('up' if change > 0 else 'down')} {fmt.value(name, change)}" if change else ""


def _needs(fmt: Format, requires: Requirements, missing: list[Missing]) -> list[str]:
    lacking = {entry.requirement: entry.available for entry in missing}
    needed: list[tuple[str, str]] = []
    if requires.level:
        needed.append(("level", fmt.say("need-level", n=requires.level)))
    needed += [(name, f"{fmt.term('attribute', name)} {fmt.number(n)}") for name, n in requires.attributes.items()]
    if requires.classes:
        classes = ", ".join(fmt.term("class", name) for name in requires.classes)
        needed.append(("class", fmt.say("need-class", classes=classes)))
    parts = []
    for name, text in needed:
        if name not in lacking:
            parts.append(f"{fmt.say('met')} {text}")
        else:
            have = lacking[name]
            shown = fmt.say("none") if have is None else fmt.shown(str(have))
            parts.append(f"{fmt.say('unmet')} {text} ({fmt.say('you-have', have=shown)})")
    return [fmt.say("card-needs", needs=" · ".join(parts))] if parts else []


def _set(fmt: Format, definition: ItemDefinition, worn: dict[str, int]) -> list[str]:
    if definition.set is None or definition.set not in fmt.catalogue.full.sets:
        return []
    count, pieces = worn.get(definition.set, 0), fmt.catalogue.set_pieces[definition.set]
    lines = [fmt.say("card-set", set=fmt.known("set", definition.set), worn=count, pieces=pieces)]
    for needed, bonus in fmt.catalogue.full.sets[definition.set].bonuses.items():
        mark = fmt.say("met" if count >= needed else "empty-mark")
        lines.append(f"{mark} {needed}: {fmt.bonuses(bonus)}")
    return lines


def _own_modifiers(definition: ItemDefinition, properties: dict[str, int]) -> dict[str, int]:
    own = dict(definition.modifiers)
    for name, value in properties.items():
        own[name] = own.get(name, 0) + value
    return own


# -- what may be done --------------------------------------------------------------------------------------------------


def _actions(fmt: Format, card: ItemCard, place: Place) -> list[Row]:
    item, may = card.item, set(card.actions)
    like = Callback(Verb.CARD, fmt.char_id, card.version, item.id, 0, place, on_card=True)
    rows: list[Row] = []
    if "equip" in may:
        rows.append(_equip(fmt, card, like))
    first = [
        fmt.button(
            fmt.say(f"button-{action.replace('_', '-')}"), verb, "success" if verb == Verb.USE else "", like=like
        )
        for action, verb in (("use", Verb.USE), ("unequip", Verb.UNEQUIP))
        if action in may
    ]
    rows += [tuple(first)] if first else []
    rows += _bindings(fmt, card, like)
    last: list[Button] = []
    if "split" in may:
        last.append(fmt.button(fmt.say("button-split"), Verb.ASK_SPLIT, item=item.id, place=place))
    if "lock" in may:
        last.append(fmt.button(fmt.say("button-lock"), Verb.LOCK, like=like))
    if "unlock" in may:
        last.append(fmt.button(fmt.say("button-unlock"), Verb.UNLOCK, like=like))
    if "drop" in may:
        last.append(fmt.button(fmt.say("button-drop"), Verb.ASK_DROP, "danger", item=item.id, place=place))
    share = Button(fmt.say("button-share"), share=fmt.named(fmt.catalogue.definition(item))[:64])
    return [*rows, (*last, share)]


def _equip(fmt: Format, card: ItemCard, like: Callback) -> Row:
    slots = card.slots
    if len(slots) == 1:
        return (fmt.button(fmt.say("button-equip"), Verb.EQUIP, "success", like=like),)
    return tuple(
        fmt.button(
            fmt.say("button-equip-in", slot=fmt.name("slot", slot)),
            Verb.EQUIP,
            "success" if card.comparison is not None and card.comparison.slot == slot else "",
            number=fmt.catalogue.slot_number(slot),
            like=like,
        )
        for slot in slots[:3]
    )


def _bindings(fmt: Format, card: ItemCard, like: Callback) -> list[Row]:
    buttons: list[Button] = []
    if "bind_quick_slot" in card.actions:
        buttons = [
            fmt.button(fmt.say("button-bind", n=number), Verb.BIND, number=number, like=like)
            for number in range(1, card.stats.quick_slots + 1)
            if number != card.item.quick_slot
        ]
    if card.item.quick_slot is not None:
        buttons.append(fmt.button(fmt.say("button-unbind"), Verb.UNBIND, number=card.item.quick_slot, like=like))
    return [tuple(buttons[i : i + BINDINGS_PER_ROW]) for i in range(0, len(buttons), BINDINGS_PER_ROW)]


def _to_bag(fmt: Format) -> Button:
    return fmt.button(fmt.say("button-back"), Verb.LIST, place=Place(Where.BAG))
