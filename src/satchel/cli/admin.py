"""The operators' commands. What they need is imported when they run, so that `--help` is instant."""

import json
import sys
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from satchel.ids import INT_MAX

if TYPE_CHECKING:
    from satchel.admin.audit import Report
    from satchel.admin.tools import Addresses
    from satchel.ids import HolderId

__all__ = ["Program", "audit", "history", "quarantine", "restore"]

CHAR_ID = click.IntRange(1, INT_MAX)


@dataclass(frozen=True)
class Program:
    """What a command gets from the program that it is a part of: servers, and a loop to run in."""

    servers: "Callable[[], AbstractContextManager[Addresses]]"
    run: Callable[[Coroutine[Any, Any, Any]], Any]


@click.command()
@click.option("--every", "every_s", type=click.FloatRange(min=0.1), help="Look again after so many seconds, for ever.")
@click.option("--unsaved-max", "unsaved_max_s", type=click.FloatRange(min=0), help="Seconds a session may be unsaved.")
@click.option("--json", "as_json", is_flag=True, help="For programs; one line per look.")
@click.pass_obj
def audit(program: Program, every_s: float | None, unsaved_max_s: float | None, as_json: bool) -> None:
    """Hold everything against the ledger: conservation, duplicates, gaps, balances, sessions; exit 1 on findings."""
    import asyncio

    async def look(addresses: "Addresses") -> bool:
        while True:
            report = await _look_once(addresses, unsaved_max_s, progress=not as_json)
            _show(report, as_json)
            if every_s is None:
                return report.found == 0
            await asyncio.sleep(every_s)

    with program.servers() as addresses:
        sys.exit(0 if program.run(look(addresses)) else 1)


@click.command()
@click.argument("char_id", type=CHAR_ID)
@click.option("--before", type=click.IntRange(1), default=INT_MAX, help="Versions below this one only.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many saves.")
@click.option("--item", "item_id", help="Saves that touched this item only.")
@click.option("--json", "as_json", is_flag=True, help="For programs; one line per save.")
@click.pass_obj
def history(program: Program, char_id: "HolderId", before: int, limit: int, item_id: str | None, as_json: bool) -> None:
    """Show who did what to a character's inventory, before and after; newest first, unsaved ones included."""
    from satchel.admin.history import read_history
    from satchel.admin.report import save_lines
    from satchel.admin.tools import open_admin

    async def read(addresses: "Addresses") -> None:
        async with open_admin(addresses) as tools:
            page = await read_history(tools.sessions, tools.postgres, char_id, before, limit, item_id)
        for save in page.saves:
            if as_json:
                click.echo(json.dumps(_plain(save)))
            else:
                click.echo("\n".join(save_lines(save.record, save.h, unsaved=save.unsaved)))
        if page.before is not None and not as_json:
            click.echo(f"older ones: satchel history {char_id} --before {page.before}")

    with program.servers() as addresses:
        program.run(read(addresses))


@click.command()
@click.argument("char_id", type=CHAR_ID)
@click.option("--at", "moment", metavar="TIME", help="The moment to go back to, ISO 8601; UTC unless it says.")
@click.option("--version", type=click.IntRange(0), help="The version to go back to.")
@click.option("--dry-run", is_flag=True, help="Show the difference, and change nothing.")
@click.option("--actor", required=True, help="Who does it; stands in the ledger.")
@click.option("--reason", required=True, help="Why; stands in the ledger.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def restore(
    program: Program,
    char_id: "HolderId",
    moment: str | None,
    version: int | None,
    dry_run: bool,
    actor: str,
    reason: str,
    as_json: bool,
) -> None:
    """Make items and wallet what they were: rebuilt from the ledger, applied as a new version."""
    from satchel.admin.report import restored_lines
    from satchel.admin.tools import open_admin

    if (moment is None) == (version is None):
        raise click.UsageError("give either --at or --version")
    target = version if version is not None else _moment(moment or "")

    async def apply(addresses: "Addresses") -> None:
        async with open_admin(addresses) as tools:
            restored = await tools.restorer().restore(char_id, target, actor=actor, reason=reason, dry_run=dry_run)
        click.echo(json.dumps(_plain(restored)) if as_json else "\n".join(restored_lines(restored)))

    with program.servers() as addresses:
        program.run(apply(addresses))


@click.group()
def quarantine() -> None:
    """Characters that are kept from acting."""


@quarantine.command("list")
@click.option("--all", "with_aside", is_flag=True, help="Also those for whom dead letters or lost saves lie aside.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def quarantine_list(program: Program, with_aside: bool, as_json: bool) -> None:
    """List who is kept from acting, and why."""
    from satchel.admin.tools import open_admin

    async def read(addresses: "Addresses") -> None:
        async with open_admin(addresses) as tools:
            rows = await tools.quarantine().list(with_aside)
        if as_json:
            click.echo(json.dumps(_plain(rows)))
            return
        for row in rows:
            aside = f"{row.dead_letters} dead letters, {row.forked_actions} forked saves"
            click.echo(f"{row.char_id}  {row.name} of {row.owner}, version {row.version}, {aside}: {row.reason or '-'}")
        click.echo(f"{len(rows) or 'no'} character{'s' if len(rows) != 1 else ''}")

    with program.servers() as addresses:
        program.run(read(addresses))


@quarantine.command("show")
@click.argument("char_id", type=CHAR_ID)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def quarantine_show(program: Program, char_id: "HolderId", as_json: bool) -> None:
    """Show one: the reason, what is wrong now, and what lies aside."""
    from satchel.admin.report import case_lines
    from satchel.admin.tools import open_admin

    async def read(addresses: "Addresses") -> None:
        async with open_admin(addresses) as tools:
            case = await tools.quarantine().show(char_id)
        click.echo(json.dumps(_plain(case)) if as_json else "\n".join(case_lines(case)))

    with program.servers() as addresses:
        program.run(read(addresses))


@quarantine.command("release")
@click.argument("char_id", type=CHAR_ID)
@click.option("--discard", is_flag=True, help="Set aside what only the session has; go on from the vault's state.")
@click.option("--force", is_flag=True, help="Release it though something is wrong.")
@click.pass_obj
def quarantine_release(program: Program, char_id: "HolderId", discard: bool, force: bool) -> None:
    """Look at a character again, say what is and was wrong, and let it act."""
    from satchel.admin.report import case_lines
    from satchel.admin.tools import open_admin

    async def let_go(addresses: "Addresses") -> None:
        async with open_admin(addresses) as tools:
            case = await tools.quarantine().release(char_id, discard=discard, force=force)
        click.echo("\n".join(case_lines(case)))
        click.echo(f"character {char_id} may act again")

    with program.servers() as addresses:
        program.run(let_go(addresses))


async def _look_once(addresses: "Addresses", unsaved_max_s: float | None, *, progress: bool) -> "Report":
    from satchel.admin.tools import open_admin

    async with open_admin(addresses) as tools:
        looking = tools.audit(unsaved_max_s)
        if not (progress and sys.stderr.isatty()):
            return await looking.run()
        with click.progressbar(length=await tools.vault.count_characters(), label="characters", file=sys.stderr) as bar:
            return await looking.run(bar.update)


def _show(report: "Report", as_json: bool) -> None:
    from satchel.admin.report import report_lines

    click.echo(json.dumps(_plain(report)) if as_json else "\n".join(report_lines(report)))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not ISO 8601, like 2026-11-25T10:00:00", param_hint="--at") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _plain(value: Any) -> Any:
    import msgspec

    return msgspec.to_builtins(value)
