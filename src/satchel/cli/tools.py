"""The commands around a running Satchel: schema, checks, tokens, characters. Heavy imports wait for the command."""

import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from satchel.cli.servers import addresses_of, read_settings, run, start_missing, upgrade
from satchel.ids import INT_MAX

if TYPE_CHECKING:
    from satchel.ids import HolderId

__all__ = ["character", "db", "doctor", "peek", "token"]


@click.group()
def db() -> None:
    """The vault's schema."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema up to date; safe to run from several places at once."""
    settings = read_settings()
    with start_missing(settings) as engines:
        revision = run(upgrade(addresses_of(settings, engines)[0]))
    click.echo(f"schema is at revision {revision}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def doctor(as_json: bool) -> None:
    """Check settings, catalogue and servers, and say what to do about each problem."""
    from satchel.admin.doctor import examine

    settings = read_settings()
    with start_missing(settings) as engines:
        findings = run(examine(settings, *addresses_of(settings, engines)))
    if as_json:
        click.echo(json.dumps([{"check": name, "problems": problems} for name, problems in findings]))
    else:
        for name, problems in findings:
            click.echo(f"{'bad ' if problems else 'ok  '} {name}")
            for problem in problems:
                click.echo(f"     {problem}")
    sys.exit(1 if any(problems for _, problems in findings) else 0)


@click.command()
@click.option("--name", help="Make a lesser token for this service; its name stands in the ledger.")
@click.option("--scope", "scopes", multiple=True, help="read, act, grant, session or characters; may be repeated.")
@click.option("--player", help="Make a token for this player (owner id) instead.")
@click.option("--ttl", "ttl_s", type=click.IntRange(0), default=0, help="Seconds until it is over (0: never).")
def token(name: str | None, scopes: tuple[str, ...], player: str | None, ttl_s: int) -> None:
    """Print the service token, or make a lesser one from it."""
    from satchel.runtime.config import service_token

    secret = service_token(read_settings())
    if name is None and player is None:
        click.echo(secret)
        return
    from satchel.access import PLAYER_SCOPES, SCOPES
    from satchel.api import Gatekeeper

    unknown = sorted(set(scopes) - SCOPES)
    if unknown:
        raise click.BadParameter(f"no such scope: {', '.join(unknown)} (known: {', '.join(sorted(SCOPES))})")
    chosen = frozenset(scope for scope in SCOPES if scope in scopes) or (PLAYER_SCOPES if player else SCOPES)
    click.echo(Gatekeeper(secret).make_token(name or f"{player}", chosen, player=player, ttl_s=ttl_s))


@click.group()
def character() -> None:
    """Characters."""


@character.command("put")
@click.argument("char_id", type=click.IntRange(1, INT_MAX))
@click.option("--owner", required=True, help="The player's account, e.g. tg:4711.")
@click.option("--name", required=True)
@click.option("--level", type=click.IntRange(0, 1_000_000), default=1, show_default=True)
@click.option("--attribute", "attributes", multiple=True, metavar="NAME=VALUE", help="May be repeated.")
def character_put(char_id: int, owner: str, name: str, level: int, attributes: tuple[str, ...]) -> None:
    """Make a character, or change it, through the running API."""
    from satchel.client import InventoryClient
    from satchel.inventory.character import Character
    from satchel.runtime.config import service_token

    settings = read_settings()
    parsed: dict[str, int | str] = {}
    for pair in attributes:
        key, equals, value = pair.partition("=")
        if not equals:
            raise click.BadParameter(f"{pair!r} is not NAME=VALUE", param_hint="--attribute")
        with suppress(ValueError):
            parsed[key] = int(value)
        parsed.setdefault(key, value)

    async def put() -> None:
        url = f"http://{settings.api_host}:{settings.api_port}"
        async with InventoryClient.over_http(url, service_token(settings)) as client:
            await client.put_character(char_id, Character(owner, name, level, parsed))

    run(put())
    click.echo(f"character {char_id} is {name}, level {level}, of {owner}")


@click.command()
@click.argument("char_id", type=click.IntRange(1, INT_MAX))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def peek(char_id: "HolderId", as_json: bool) -> None:
    """Show a character's session beside the vault: versions, journal, differences."""
    from satchel.admin.doctor import compare_copies

    settings = read_settings()
    with start_missing(settings) as engines:
        report = run(compare_copies(settings, *addresses_of(settings, engines), char_id))
    if as_json:
        click.echo(json.dumps(report))
        return
    width = max(len(row["what"]) for row in report["rows"])
    click.echo(f"{'':{width}}  {'session':<40}  vault")
    for row in report["rows"]:
        mark = " " if row["session"] == row["vault"] or report["journal"] else "!"
        click.echo(f"{row['what']:{width}}  {row['session']:<40}  {row['vault']} {mark}".rstrip())
    for entry in report["journal"]:
        click.echo(f"unflushed: version {entry['version']}: {' '.join(entry['operations'])} by {entry['actor']}")
