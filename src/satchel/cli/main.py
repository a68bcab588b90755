"""The admin. Everything heavy is imported by the command that needs it, so that `--help` is instant."""

import json
import os
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from satchel.cli import admin, catalogue
from satchel.cli import game as game_commands
from satchel.ids import INT_MAX

if TYPE_CHECKING:
    from satchel.admin.tools import Addresses
    from satchel.embedded import Engines
    from satchel.ids import HolderId
    from satchel.runtime.config import Settings

__all__ = ["main"]

Result = TypeVar("Result")


def main() -> None:
    """Run `satchel`; expected failures end with one clear line and exit code 1, never with a traceback."""
    try:
        satchel.main(standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - sorted into expected failures and defects below
        _fail(error)


def _fail(error: Exception) -> NoReturn:
    from satchel.errors import SatchelError

    if not isinstance(error, SatchelError):
        raise error
    for line in str(error).splitlines():
        click.echo(f"satchel: {line}", err=True)
    sys.exit(1)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="satchel")
@click.pass_context
def satchel(context: click.Context) -> None:
    """Session-based inventories for online games.

    Settings come from SATCHEL_* variables and from a .env file; docs/settings.md lists them.
    """
    context.obj = admin.Program(_servers, _run)


for _command in (admin.audit, admin.history, admin.quarantine, admin.restore, catalogue.catalogue, game_commands.game):
    satchel.add_command(_command)


_game_option = click.option("--game", metavar="MODULE:NAME", help="Your own actions and vetoes (SATCHEL_GAME).")

# -- running -----------------------------------------------------------------------------------------------------------


@satchel.command()
@click.option("--port", type=int, help="Port of the API (SATCHEL_API_PORT, 8080).")
@_game_option
def up(port: int | None, game: str | None) -> None:
    """Start everything: engines (unless configured), schema, API, worker, and the bot if there is a token."""
    settings = _settings(game)
    if port is not None:
        import msgspec

        settings = msgspec.structs.replace(settings, api_port=port)
    with _engines(settings) as engines:
        postgres_dsn, redis_url = _addresses(settings, engines)
        _run(_upgrade(postgres_dsn))
        _serve(settings, postgres_dsn, redis_url, api=True, worker=True, banner=True)


@satchel.command()
@_game_option
def api(game: str | None) -> None:
    """Serve the API only; needs SATCHEL_POSTGRES_DSN and SATCHEL_REDIS_URL."""
    settings = _settings(game)
    _serve(settings, *_configured(settings), api=True, worker=False)


@satchel.command()
@_game_option
def worker(game: str | None) -> None:
    """Flush sessions only; needs SATCHEL_POSTGRES_DSN and SATCHEL_REDIS_URL."""
    settings = _settings(game)
    _serve(settings, *_configured(settings), api=False, worker=True)


@satchel.command()
@click.option("--demo", is_flag=True, help="Play in this terminal instead: no token, engines and data of its own.")
@click.option("--lang", type=click.Choice(("en", "ru")), default="en", show_default=True, help="Language of --demo.")
def bot(demo: bool, lang: str) -> None:
    """Run the Telegram bot on the running API; needs SATCHEL_BOT_TOKEN."""
    if demo:
        _play(lang)
        return
    from satchel.bot.main import run_as_process
    from satchel.cli.bot import bot_settings
    from satchel.runtime.config import service_token
    from satchel.telemetry import set_up_logging

    settings = _settings()
    set_up_logging(settings.log_level)
    url, token = f"http://{settings.api_host}:{settings.api_port}", service_token(settings)
    _run(run_as_process(bot_settings(settings), url, token, click.echo))


@satchel.command()
@click.option("--fill", type=click.IntRange(1, 10_000), help="Fill N characters through the running API instead.")
def demo(fill: int | None) -> None:
    """Show the whole engine at work, on engines and data of its own; or fill characters."""
    from satchel.demos.engine import fill_characters, run_demo

    settings = _settings()
    if fill is None:
        sys.exit(run_demo(click.echo))
    from satchel.runtime.config import service_token

    url = f"http://{settings.api_host}:{settings.api_port}"
    _run(fill_characters(url, service_token(settings), fill, click.echo))


# -- looking after it --------------------------------------------------------------------------------------------------


@satchel.group()
def db() -> None:
    """The vault's schema."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema up to date; safe to run from several places at once."""
    settings = _settings()
    with _engines(settings) as engines:
        revision = _run(_upgrade(_addresses(settings, engines)[0]))
    click.echo(f"schema is at revision {revision}")


@satchel.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def doctor(as_json: bool) -> None:
    """Check settings, catalogue and servers, and say what to do about each problem."""
    from satchel.admin.doctor import examine

    settings = _settings()
    with _engines(settings) as engines:
        findings = _run(examine(settings, *_addresses(settings, engines)))
    if as_json:
        click.echo(json.dumps([{"check": name, "problems": problems} for name, problems in findings]))
    else:
        for name, problems in findings:
            click.echo(f"{'bad ' if problems else 'ok  '} {name}")
            for problem in problems:
                click.echo(f"     {problem}")
    sys.exit(1 if any(problems for _, problems in findings) else 0)


@satchel.command()
@click.option("--name", help="Make a lesser token for this service; its name stands in the ledger.")
@click.option("--scope", "scopes", multiple=True, help="read, act, grant, session or characters; may be repeated.")
@click.option("--player", help="Make a token for this player (owner id) instead.")
@click.option("--ttl", "ttl_s", type=click.IntRange(0), default=0, help="Seconds until it is over (0: never).")
def token(name: str | None, scopes: tuple[str, ...], player: str | None, ttl_s: int) -> None:
    """Print the service token, or make a lesser one from it."""
    from satchel.runtime.config import service_token

    secret = service_token(_settings())
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


@satchel.group()
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

    settings = _settings()
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

    _run(put())
    click.echo(f"character {char_id} is {name}, level {level}, of {owner}")


@satchel.command()
@click.argument("char_id", type=click.IntRange(1, INT_MAX))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def peek(char_id: "HolderId", as_json: bool) -> None:
    """Show a character's session beside the vault: versions, journal, differences."""
    from satchel.admin.doctor import compare_copies

    settings = _settings()
    with _engines(settings) as engines:
        report = _run(compare_copies(settings, *_addresses(settings, engines), char_id))
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


# -- parts -------------------------------------------------------------------------------------------------------------


def _play(language: str) -> None:
    """Chat with the bot: a person types at a prompt; a script from a pipe is shown with what it says."""
    from satchel.demos.bot import run_bot_demo

    typed = iter(lambda: click.prompt("", "", prompt_suffix="> ", show_default=False), "/quit")
    if sys.stdin.isatty():
        run_bot_demo(language, typed, click.echo, echo=False)
    else:
        run_bot_demo(language, sys.stdin, click.echo, echo=True)


def _settings(game: str | None = None) -> "Settings":
    from satchel.failpoints import VARIABLE, arm
    from satchel.runtime.config import load_settings

    arm(os.environ.get(VARIABLE, ""))
    return load_settings({**os.environ, "SATCHEL_GAME": game} if game is not None else None)


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    import asyncio

    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def _upgrade(postgres_dsn: str) -> str:
    from satchel.vault import upgrade_schema

    return await upgrade_schema(postgres_dsn)


def _engines(settings: "Settings") -> "Engines":
    """Start what is not configured; must be called from the main thread, which the engines end with."""
    from satchel.embedded import Engines, start_engines
    from satchel.runtime.config import data_directory

    if settings.postgres_dsn is not None and settings.redis_url is not None:
        return Engines(None, None)
    place = data_directory(settings)
    return start_engines(place, postgres=settings.postgres_dsn is None, valkey=settings.redis_url is None)


@contextmanager
def _servers() -> "Iterator[Addresses]":
    from satchel.admin.tools import Addresses

    settings = _settings()
    with _engines(settings) as engines:
        yield Addresses(settings, *_addresses(settings, engines))


def _addresses(settings: "Settings", engines: "Engines") -> tuple[str, str]:
    postgres_dsn = settings.postgres_dsn or (engines.postgres.dsn if engines.postgres is not None else "")
    redis_url = settings.redis_url or (engines.valkey.url if engines.valkey is not None else "")
    return postgres_dsn, redis_url


def _configured(settings: "Settings") -> tuple[str, str]:
    if settings.postgres_dsn is None or settings.redis_url is None:
        raise click.ClickException(
            "this command starts no engines: set SATCHEL_POSTGRES_DSN and SATCHEL_REDIS_URL, or use `satchel up`"
        )
    return settings.postgres_dsn, settings.redis_url


def _serve(
    settings: "Settings", postgres_dsn: str, redis_url: str, *, api: bool, worker: bool, banner: bool = False
) -> None:
    from satchel.cli.bot import bot_faces
    from satchel.runtime.bot_process import BotProcess
    from satchel.runtime.serve import run_process
    from satchel.telemetry import set_up_logging

    set_up_logging(settings.log_level)

    def on_ready(url: str) -> None:
        name = "api" if api else "worker"
        click.echo(_welcome(settings, url) if banner else f"satchel {name} is ready{' on ' + url if url else ''}")
        if banner:
            beside.start(url)

    with BotProcess(settings) as beside:
        faces = bot_faces(settings)
        clean = _run(
            run_process(settings, postgres_dsn, redis_url, api=api, worker=worker, faces=faces, on_ready=on_ready)
        )
    if worker:
        click.echo(f"stopped; {'everything is saved' if clean else 'what is unsaved waits safely in Redis'}", err=True)
    sys.exit(0 if clean else 1)


def _welcome(settings: "Settings", url: str) -> str:
    from satchel.catalogue import load_catalogue
    from satchel.cli.welcome import welcome
    from satchel.runtime.config import service_token

    catalogue = Path(settings.catalogue) if settings.catalogue else None
    return welcome(url, service_token(settings), load_catalogue(catalogue))
