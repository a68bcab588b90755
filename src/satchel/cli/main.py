"""The command line. Heavy imports wait for the command that needs them, so `--help` is instant."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

from satchel.cli import admin, catalogue, tools
from satchel.cli import game as game_commands
from satchel.cli.servers import addresses_of, configured, read_settings, run, servers, start_missing, upgrade

if TYPE_CHECKING:
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
    context.obj = admin.Program(servers, run)


_COMMANDS = (
    *(admin.audit, admin.history, admin.quarantine, admin.restore, catalogue.catalogue, game_commands.game),
    *(tools.character, tools.db, tools.doctor, tools.peek, tools.token),
)
for _command in _COMMANDS:
    satchel.add_command(_command)


_game_option = click.option("--game", metavar="MODULE:NAME", help="Your own actions and vetoes (SATCHEL_GAME).")

# -- running -----------------------------------------------------------------------------------------------------------


@satchel.command()
@click.option("--port", type=int, help="Port of the API (SATCHEL_API_PORT, 8080).")
@_game_option
def up(port: int | None, game: str | None) -> None:
    """Start everything: engines (unless configured), schema, API, worker, and the bot if there is a token."""
    settings = read_settings(game)
    if port is not None:
        import msgspec

        settings = msgspec.structs.replace(settings, api_port=port)
    with start_missing(settings) as engines:
        postgres_dsn, redis_url = addresses_of(settings, engines)
        run(upgrade(postgres_dsn))
        _serve(settings, postgres_dsn, redis_url, api=True, worker=True, banner=True)


@satchel.command()
@_game_option
def api(game: str | None) -> None:
    """Serve the API only; needs SATCHEL_POSTGRES_DSN and SATCHEL_REDIS_URL."""
    settings = read_settings(game)
    _serve(settings, *configured(settings), api=True, worker=False)


@satchel.command()
@_game_option
def worker(game: str | None) -> None:
    """Flush sessions only; needs SATCHEL_POSTGRES_DSN and SATCHEL_REDIS_URL."""
    settings = read_settings(game)
    _serve(settings, *configured(settings), api=False, worker=True)


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

    settings = read_settings()
    set_up_logging(settings.log_level)
    url, token = f"http://{settings.api_host}:{settings.api_port}", service_token(settings)
    run(run_as_process(bot_settings(settings), url, token, click.echo))


@satchel.command()
@click.option("--fill", type=click.IntRange(1, 10_000), help="Fill N characters through the running API instead.")
def demo(fill: int | None) -> None:
    """Show the whole engine at work, on engines and data of its own; or fill characters."""
    from satchel.demos.engine import fill_characters, run_demo

    settings = read_settings()
    if fill is None:
        sys.exit(run_demo(click.echo))
    from satchel.runtime.config import service_token

    url = f"http://{settings.api_host}:{settings.api_port}"
    run(fill_characters(url, service_token(settings), fill, click.echo))


# -- looking after it --------------------------------------------------------------------------------------------------


# -- parts -------------------------------------------------------------------------------------------------------------


def _play(language: str) -> None:
    """Chat with the bot: a person types at a prompt; a script from a pipe is shown with what it says."""
    from satchel.demos.bot import run_bot_demo

    typed = iter(lambda: click.prompt("", "", prompt_suffix="> ", show_default=False), "/quit")
    if sys.stdin.isatty():
        run_bot_demo(language, typed, click.echo, echo=False)
    else:
        run_bot_demo(language, sys.stdin, click.echo, echo=True)


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
        clean = run(
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
