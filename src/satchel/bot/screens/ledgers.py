"""The wallet and the history of recent actions; the choice of a character, and the help."""

from satchel.bot.callbacks import Callback, Verb
from satchel.bot.screens.format import Format
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


def draw_wallet(fmt: Format, wallet: WalletView) -> Screen:
    """Draw every balance, by group."""
    lines = [fmt.say("wallet-title")]
    wide = max((len(fmt.name("resource", entry.resource)) for entry in wallet.balances), default=0)
    digits = max((len(fmt.number(entry.amount)) for entry in wallet.balances), default=0)
    for group in GROUPS:
        rows = [
            f"{fmt.known('resource', entry.resource):<{wide}}  {fmt.number(entry.amount):>{digits}}"
            + (f"  {fmt.say('wallet-full')}" if entry.amount >= entry.cap else "")
            for entry in wallet.balances
            if entry.group == group
        ]
        if rows:
            lines += ["", f"<b>{fmt.say('wallet-' + group)}</b>", "<pre>" + "\n".join(rows) + "</pre>"]
    return Screen(clipped(lines), (fmt.ways(fmt.button(fmt.say("button-back"), Verb.DOLL)),))


def draw_history(fmt: Format, page: HistoryPage, before: int) -> Screen:
    """Draw recent actions, newest first.

    Args:
        fmt: Who it is drawn for.
        page: The API's answer.
        before: The version that the page begins below; 0 for the newest.
    """
    lines = [fmt.say("history-title"), ""]
    lines += [f"<i>{fmt.ago(entry.record.at_ms)}</i> — {_told(fmt, entry.record)}" for entry in page.entries]
    if not page.entries:
        lines.append(fmt.say("history-empty"))
    turns: list[Button] = []
    if before:
        turns.append(Button(fmt.say("button-newest"), Callback(Verb.HISTORY, fmt.char_id)))
    if page.before is not None:
        turns.append(Button(fmt.say("button-older"), Callback(Verb.HISTORY, fmt.char_id, number=page.before)))
    rows: list[Row] = [tuple(turns)] if turns else []
    return Screen(clipped(lines), (*rows, fmt.ways(fmt.button(fmt.say("button-back"), Verb.DOLL))))


def draw_characters(fmt: Format, characters: tuple[CharacterEntry, ...]) -> Screen:
    """Draw the choice of a character."""
    rows = tuple(
        (
            Button(
                fmt.say("button-character", name=entry.name[:40], level=entry.level),
                Callback(Verb.DOLL, entry.char_id),
                "primary" if entry.char_id == fmt.char_id else "",
            ),
        )
        for entry in characters[:20]
    )
    return Screen(fmt.say("characters-title"), (*rows, fmt.ways()))


def draw_help(fmt: Format) -> Screen:
    """Draw what the bot can do."""
    return Screen(fmt.say("help"), (fmt.ways(),))


def _told(fmt: Format, record: Record) -> str:
    """One save in words: its operations, and the items they changed."""
    done = [fmt.term("did", operation) for operation in dict.fromkeys(record.operations)]
    changes = record.changes
    if record.operations == ("split",):
        changes = tuple(change for change in changes if change.before is None)
    items = [_touched(fmt, change) for change in changes[:ITEMS_TOLD_MAX]]
    more = len(changes) - ITEMS_TOLD_MAX
    balances = [
        f"{fmt.known('resource', change.resource)} {fmt.signed(change.after - change.before)}"
        for change in record.wallet_changes[:ITEMS_TOLD_MAX]
    ]
    what = ", ".join((*items, *([fmt.say("and-more", n=more)] if more > 0 else []), *balances))
    return ", ".join(done[:ITEMS_TOLD_MAX]) + (f": {what}" if what else "")


def _touched(fmt: Format, change: ItemChange) -> str:
    before, after = change.before, change.after
    item = after or before
    if item is None:
        return ""
    difference = (after.quantity if after else 0) - (before.quantity if before else 0)
    return fmt.item(item, abs(difference) or item.quantity)
