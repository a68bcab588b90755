"""The card of an item, and what is asked before it is dropped or split."""

from satchel.bot.callbacks import Callback, Place, Verb, Where, short_id
from satchel.bot.screens.pen import Pen
from satchel.bot.screens.screen import Button, Row, Screen, ShareCard, Style, clipped
from satchel.inventory.definitions.items import ItemDefinition, Requirements
from satchel.inventory.reads.bag import BagEntry
from satchel.inventory.reads.card import ItemCard
from satchel.texts.languages import in_language

__all__ = ["draw_amount", "draw_card", "draw_share", "effect"]

BINDINGS_PER_ROW = 4


def draw_card(pen: Pen, card: ItemCard, place: Place) -> Screen:
    """Draw an item: what it is, how it compares, and only what may be done with it now."""
    item, definition = card.item, pen.world.definition(card.item)
    lines = [*_title(pen, definition, item.quantity), *_state(pen, card), ""]
    lines += _figures(pen, card)
    if definition.use is not None:
        lines.append(pen.say("card-use", effect=effect(pen, definition)))
    lines += _needs(pen, definition.requires, card.missing)
    lines += _set(pen, definition, card.stats.sets)
    lines.append(f"/item_{short_id(item.id)}")
    return Screen(clipped(lines), (*_actions(pen, card, place), pen.ways(pen.back_to(place) or _to_bag(pen))))


def draw_amount(pen: Pen, card: ItemCard, place: Place, verb: Verb, *, typing: bool = False, wait_s: int = 0) -> Screen:
    """Ask how many to drop or to split off: by buttons, or by typing.

    Args:
        pen: Who it is drawn for.
        card: The stack.
        place: Where its card was opened.
        verb: `DROP` or `SPLIT`.
        typing: Whether the bot waits for a number now.
        wait_s: For how long it does.
    """
    item, drop = card.item, verb == Verb.DROP
    largest = item.quantity if drop else item.quantity - 1
    question = pen.say("ask-drop" if drop else "ask-split", item=pen.item(item))
    if typing:
        question += "\n\n" + pen.say("ask-number", largest=largest, seconds=wait_s)
    amounts = {1: "button-one", item.quantity // 2: "button-half", largest: "button-all" if drop else "button-but-one"}
    like = Callback(Verb.CARD, pen.char_id, card.version, item.id, 0, place, on_card=True)
    style: Style = "danger" if drop else ""
    if largest == 1:
        amounts = {1: "button-drop-it" if drop else "button-one"}
    choices = [
        pen.button(pen.say(key, n=amount), verb, style, number=amount, like=like)
        for amount, key in amounts.items()
        if 0 < amount <= largest
    ]
    rows: list[Row] = [tuple(choices)]
    if largest > 1 and not typing:
        ask = Verb.TYPE_DROP if drop else Verb.TYPE_SPLIT
        rows.append((pen.button(pen.say("button-type"), ask, item=item.id, place=place),))
    back = pen.button(pen.say("button-back"), Verb.CARD, item=item.id, place=place)
    return Screen(question, (*rows, pen.ways(back)))


def draw_share(pen: Pen, entry: BagEntry) -> ShareCard:
    """Draw an item for others to see: nothing of it depends on who looks."""
    item, definition = entry.item, pen.world.definition(entry.item)
    lines = _title(pen, definition, item.quantity)
    modifiers = _own_modifiers(definition, item.properties)
    if modifiers:
        lines.append(pen.bonuses(modifiers))
    if definition.use is not None:
        lines.append(pen.say("card-use", effect=effect(pen, definition)))
    rarity = pen.name("rarity", definition.rarity)
    about = [rarity, *([pen.say("score", score=entry.score)] if entry.score else [])]
    return ShareCard(short_id(item.id), pen.label(item), " · ".join(about), clipped(lines))


def effect(pen: Pen, definition: ItemDefinition) -> str:
    """What using the item does, in words."""
    if definition.use is None:
        return ""
    name, values = definition.use.effect, definition.use.values
    key = f"effect-{name.replace('_', '-')}"
    if pen.texts.has(pen.lang, key):
        return pen.say(key, **values)
    figures = ", ".join(f"{value_name} {pen.number(value)}" for value_name, value in values.items())
    return pen.term("effect", name) + (f" ({figures})" if figures else "")


# -- what it is --------------------------------------------------------------------------------------------------------


def _title(pen: Pen, definition: ItemDefinition, quantity: int) -> list[str]:
    name = pen.shown(pen.named(definition), 80) + pen.times(quantity)
    kind = [pen.known("rarity", definition.rarity), pen.known("category", definition.category).lower()]
    if definition.weight_g:
        kind.append(pen.say("kg", kg=pen.kilograms(definition.weight_g * quantity)))
    text = in_language(definition.description, pen.lang)
    return [f"{pen.mark(definition)} <b>{name}</b>", " · ".join(kind), f"<i>{pen.shown(text, 400)}</i>"]


def _state(pen: Pen, card: ItemCard) -> list[str]:
    item, definition = card.item, pen.world.definition(card.item)
    lines = []
    if item.slot is not None:
        lines.append(pen.say("card-worn", slot=pen.known("slot", item.slot).lower()))
    if item.quick_slot is not None:
        lines.append(pen.say("card-bound", n=item.quick_slot))
    if item.locked:
        lines.append(pen.say("card-locked"))
    if item.durability is not None and definition.durability_max:
        bar = pen.bar(item.durability, definition.durability_max)
        lines.append(pen.say("card-durability", bar=bar, left=item.durability, most=definition.durability_max))
    return lines


def _figures(pen: Pen, card: ItemCard) -> list[str]:
    """The item's modifiers, and what would change: one aligned table."""
    comparison = card.comparison
    changes = comparison.modifiers if comparison is not None else {}
    names = list(dict.fromkeys((*card.modifiers, *changes)))
    if not names:
        return []
    cells = [
        (
            pen.modifier(name),
            pen.value(name, card.modifiers[name]) if name in card.modifiers else pen.say("none"),
            _change(pen, name, changes.get(name, 0)),
        )
        for name in names
    ]
    wide, value_wide = max(len(cell[0]) for cell in cells), max(len(cell[1]) for cell in cells)
    table = [f"{label:<{wide}}  {value:>{value_wide}}  {change}".rstrip() for label, value, change in cells]
    lines = ["<pre>" + "\n".join(table) + "</pre>"]
    if comparison is not None:
        slot = pen.known("slot", comparison.slot).lower()
        change = pen.arrow(comparison.gear_score) or pen.say("same")
        lines.append(pen.say("card-compared", slot=slot, change=change))
    return lines


def _change(pen: Pen, name: str, change: int) -> str:
    return f"{pen.say('up' if change > 0 else 'down')} {pen.value(name, change)}" if change else ""


def _needs(pen: Pen, requires: Requirements, missing: list[dict[str, object]]) -> list[str]:
    lacking = {str(entry["requirement"]): entry["available"] for entry in missing}
    needed: list[tuple[str, str]] = []
    if requires.level:
        needed.append(("level", pen.say("need-level", n=requires.level)))
    needed += [(name, f"{pen.term('attribute', name)} {pen.number(n)}") for name, n in requires.attributes.items()]
    if requires.classes:
        classes = ", ".join(pen.term("class", name) for name in requires.classes)
        needed.append(("class", pen.say("need-class", classes=classes)))
    parts = []
    for name, text in needed:
        if name not in lacking:
            parts.append(f"{pen.say('met')} {text}")
        else:
            have = lacking[name]
            shown = pen.say("none") if have is None else pen.shown(str(have))
            parts.append(f"{pen.say('unmet')} {text} ({pen.say('you-have', have=shown)})")
    return [pen.say("card-needs", needs=" · ".join(parts))] if parts else []


def _set(pen: Pen, definition: ItemDefinition, worn: dict[str, int]) -> list[str]:
    if definition.set is None or definition.set not in pen.world.catalogue.sets:
        return []
    count, pieces = worn.get(definition.set, 0), pen.world.set_pieces[definition.set]
    lines = [pen.say("card-set", set=pen.known("set", definition.set), worn=count, pieces=pieces)]
    for needed, bonus in pen.world.catalogue.sets[definition.set].bonuses.items():
        mark = pen.say("met" if count >= needed else "empty-mark")
        lines.append(f"{mark} {needed}: {pen.bonuses(bonus)}")
    return lines


def _own_modifiers(definition: ItemDefinition, properties: dict[str, int]) -> dict[str, int]:
    own = dict(definition.modifiers)
    for name, value in properties.items():
        own[name] = own.get(name, 0) + value
    return own


# -- what may be done --------------------------------------------------------------------------------------------------


def _actions(pen: Pen, card: ItemCard, place: Place) -> list[Row]:
    item, may = card.item, set(card.actions)
    like = Callback(Verb.CARD, pen.char_id, card.version, item.id, 0, place, on_card=True)
    rows: list[Row] = []
    if "equip" in may:
        rows.append(_equip(pen, card, like))
    first = [
        pen.button(
            pen.say(f"button-{action.replace('_', '-')}"), verb, "success" if verb == Verb.USE else "", like=like
        )
        for action, verb in (("use", Verb.USE), ("unequip", Verb.UNEQUIP))
        if action in may
    ]
    rows += [tuple(first)] if first else []
    rows += _bindings(pen, card, like)
    last: list[Button] = []
    if "split" in may:
        last.append(pen.button(pen.say("button-split"), Verb.ASK_SPLIT, item=item.id, place=place))
    if "lock" in may:
        last.append(pen.button(pen.say("button-lock"), Verb.LOCK, like=like))
    if "unlock" in may:
        last.append(pen.button(pen.say("button-unlock"), Verb.UNLOCK, like=like))
    if "drop" in may:
        last.append(pen.button(pen.say("button-drop"), Verb.ASK_DROP, "danger", item=item.id, place=place))
    share = Button(pen.say("button-share"), share=pen.named(pen.world.definition(item))[:64])
    return [*rows, (*last, share)]


def _equip(pen: Pen, card: ItemCard, like: Callback) -> Row:
    slots = card.slots
    if len(slots) == 1:
        return (pen.button(pen.say("button-equip"), Verb.EQUIP, "success", like=like),)
    return tuple(
        pen.button(
            pen.say("button-equip-in", slot=pen.name("slot", slot)),
            Verb.EQUIP,
            "success" if card.comparison is not None and card.comparison.slot == slot else "",
            number=pen.world.slot_number(slot),
            like=like,
        )
        for slot in slots[:3]
    )


def _bindings(pen: Pen, card: ItemCard, like: Callback) -> list[Row]:
    buttons: list[Button] = []
    if "bind_quick_slot" in card.actions:
        buttons = [
            pen.button(pen.say("button-bind", n=number), Verb.BIND, number=number, like=like)
            for number in range(1, card.stats.quick_slots + 1)
            if number != card.item.quick_slot
        ]
    if card.item.quick_slot is not None:
        buttons.append(pen.button(pen.say("button-unbind"), Verb.UNBIND, number=card.item.quick_slot, like=like))
    return [tuple(buttons[i : i + BINDINGS_PER_ROW]) for i in range(0, len(buttons), BINDINGS_PER_ROW)]


def _to_bag(pen: Pen) -> Button:
    return pen.button(pen.say("button-back"), Verb.LIST, place=Place(Where.BAG))
