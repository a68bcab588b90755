"""The wallet, and the history of last actions."""

from satchel.bot.callbacks import Callback, Verb
from satchel.bot.screens.pen import Pen
from satchel.bot.screens.screen import Button, Row, Screen, clipped
from satchel.inventory.changes import ItemChange
from satchel.inventory.character import CharacterEntry
from satchel.inventory.reads.history import HistoryPage
from satchel.inventory.reads.wallet import WalletView
from satchel.inventory.record import Record

__all__ = ["HISTORY_PAGE", "draw_characters", "draw_help", "draw_history", "draw_wallet"]

HISTORY_PAGE = 10
ITEMS_TOLD_MAX = 3
GROUPS = ("currency", "resource", "component")


def draw_wallet(pen: Pen, wallet: WalletView) -> Screen:
    """Draw every balance, by group."""
    lines = [pen.say("wallet-title")]
    wide = max((len(pen.name("resource", entry.resource)) for entry in wallet.balances), default=0)
    digits = max((len(pen.number(entry.amount)) for entry in wallet.balances), default=0)
    for group in GROUPS:
        rows = [
            f"{pen.known('resource', entry.resource):<{wide}}  {pen.number(entry.amount):>{digits}}"
            + (f"  {pen.say('wallet-full')}" if entry.amount >= entry.cap else "")
            for entry in wallet.balances
            if entry.group == group
        ]
        if rows:
            lines += ["", f"<b>{pen.say('wallet-' + group)}</b>", "<pre>" + "\n".join(rows) + "</pre>"]
    return Screen(clipped(lines), (pen.ways(pen.button(pen.say("button-back"), Verb.DOLL)),))


def draw_history(pen: Pen, page: HistoryPage, before: int) -> Screen:
    """Draw the last actions, newest first.

    Args:
        pen: Who it is drawn for.
        page: What the API gave.
        before: The version that the page begins below; 0 for the newest.
    """
    lines = [pen.say("history-title"), ""]
    lines += [f"<i>{pen.ago(entry.record.at_ms)}</i> — {_told(pen, entry.record)}" for entry in page.entries]
    if not page.entries:
        lines.append(pen.say("history-empty"))
    turns: list[Button] = []
    if before:
        turns.append(Button(pen.say("button-newest"), Callback(Verb.HISTORY, pen.char_id)))
    if page.before is not None:
        turns.append(Button(pen.say("button-older"), Callback(Verb.HISTORY, pen.char_id, number=page.before)))
    rows: list[Row] = [tuple(turns)] if turns else []
    return Screen(clipped(lines), (*rows, pen.ways(pen.button(pen.say("button-back"), Verb.DOLL))))


def draw_characters(pen: Pen, characters: tuple[CharacterEntry, ...]) -> Screen:
    """Draw the choice of a character."""
    rows = tuple(
        (
            Button(
                pen.say("button-character", name=entry.name[:40], level=entry.level),
                Callback(Verb.DOLL, entry.char_id),
                "primary" if entry.char_id == pen.char_id else "",
            ),
        )
        for entry in characters[:20]
    )
    return Screen(pen.say("characters-title"), (*rows, pen.ways()))


def draw_help(pen: Pen) -> Screen:
    """Draw what the bot can do."""
    return Screen(pen.say("help"), (pen.ways(),))


def _told(pen: Pen, record: Record) -> str:
    """One save in words: its operations, and the items that they touched."""
    done = [pen.term("did", operation) for operation in dict.fromkeys(record.operations)]
    changes = record.changes
    if record.operations == ("split",):
        changes = tuple(change for change in changes if change.before is None)
    items = [_touched(pen, change) for change in changes[:ITEMS_TOLD_MAX]]
    more = len(changes) - ITEMS_TOLD_MAX
    balances = [
        f"{pen.known('resource', change.resource)} {pen.signed(change.after - change.before)}"
        for change in record.wallet_changes[:ITEMS_TOLD_MAX]
    ]
    what = ", ".join((*items, *([pen.say("and-more", n=more)] if more > 0 else []), *balances))
    return ", ".join(done[:ITEMS_TOLD_MAX]) + (f": {what}" if what else "")


def _touched(pen: Pen, change: ItemChange) -> str:
    before, after = change.before, change.after
    item = after or before
    if item is None:
        return ""
    difference = (after.quantity if after else 0) - (before.quantity if before else 0)
    return pen.item(item, abs(difference) or item.quantity)
