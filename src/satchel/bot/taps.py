"""Turns a tap into an action, and its result into words."""

import msgspec

from satchel.bot.callbacks import Callback, Verb
from satchel.bot.catalogue import BotCatalogue
from satchel.bot.screens.card import effect
from satchel.bot.screens.format import Format
from satchel.bot.screens.screen import Button
from satchel.errors import MalformedAction
from satchel.inventory.actions import (
    BindQuickSlot,
    Drop,
    Equip,
    Lock,
    Operation,
    Sort,
    Split,
    TakeBack,
    UnbindQuickSlot,
    Unequip,
    Unlock,
    Use,
)
from satchel.inventory.item import Item
from satchel.inventory.reads.reply import ActionReply

__all__ = ["TOAST_MAX", "action_of", "done", "undo_again", "undo_button"]

TOAST_MAX = 190
"""The most characters of a toast; Telegram accepts 200."""


def action_of(callback: Callback, catalogue: BotCatalogue) -> Operation:
    """The action that a tap asks for.

    Raises:
        MalformedAction: The tap only asks for a screen.
    """
    item, number = callback.item, callback.number
    match callback.verb:
        case Verb.EQUIP:
            slot = catalogue.slot(number)
            return Equip(item_id=item, slot=slot.id if slot is not None else None)
        case Verb.UNEQUIP:
            return Unequip(item_id=item)
        case Verb.USE:
            return Use(item_id=item)
        case Verb.BIND:
            return BindQuickSlot(item_id=item, quick_slot=number)
        case Verb.UNBIND:
            return UnbindQuickSlot(quick_slot=number)
        case Verb.SPLIT:
            return Split(item_id=item, quantity=number)
        case Verb.DROP:
            return Drop(item_id=item, quantity=number or None)
        case Verb.TAKE_BACK:
            return TakeBack(item_id=item)
        case Verb.LOCK:
            return Lock(item_id=item)
        case Verb.UNLOCK:
            return Unlock(item_id=item)
        case Verb.SORT:
            return Sort(container=catalogue.rules.containers[0].id)
    raise MalformedAction(reason=f"{callback.verb.name} changes nothing")


def done(fmt: Format, callback: Callback, reply: ActionReply) -> str:
    """What was done, as a toast."""
    item = _item(callback, reply)
    title = fmt.title(item, 1 if callback.verb == Verb.USE else None) if item is not None else ""
    match callback.verb:
        case Verb.USE if item is not None and (what := effect(fmt, fmt.catalogue.definition(item))):
            return fmt.say("done-use-effect", item=title, effect=what)[:TOAST_MAX]
        case Verb.BIND:
            return fmt.say("done-bind", n=callback.number, item=title)
        case Verb.UNBIND:
            return fmt.say("done-unbind", n=callback.number)
        case Verb.SPLIT:
            return fmt.say("done-split", n=callback.number)
        case Verb.DROP if item is not None:
            return fmt.say("done-drop", item=fmt.title(item, callback.number or item.quantity))
        case Verb.EQUIP | Verb.UNEQUIP | Verb.USE:
            return fmt.say(f"done-{callback.verb.name.lower()}", item=title)
    key = f"done-{callback.verb.name.lower().replace('_', '-')}"
    return fmt.say(key) if fmt.texts.has(fmt.lang, key) else ""


def undo_button(fmt: Format, callback: Callback, reply: ActionReply) -> Button | None:
    """The button that takes a drop back."""
    if not reply.dropped:
        return None
    shelved = reply.dropped[0]
    seconds = max(1, (shelved.until_ms - fmt.now_ms) // 1000)
    undo = Callback(Verb.TAKE_BACK, fmt.char_id, reply.version, shelved.item.id, 0, callback.place)
    return Button(fmt.say("button-undo", seconds=seconds), undo, "primary")


def undo_again(fmt: Format, callback: Callback, version: int) -> Button:
    """The same button for the inventory's new version."""
    return Button(fmt.say("button-undo-again"), msgspec.structs.replace(callback, version=version), "primary")


def _item(callback: Callback, reply: ActionReply) -> Item | None:
    mine = [change for change in reply.changes if change.item == callback.item]
    found = mine or list(reply.changes)
    return (found[0].after if callback.verb == Verb.EQUIP else found[0].before) or found[0].after if found else None
