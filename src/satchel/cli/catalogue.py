"""The commands for those who make a world: start one, and check it."""

import json
import sys
from pathlib import Path

import click

__all__ = ["catalogue"]


@click.group()
def catalogue() -> None:
    """Definitions and rule set."""


@catalogue.command()
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(path: Path | None, as_json: bool) -> None:
    """Say what is wrong with the world at PATH (default: the starter world)."""
    import msgspec

    from satchel.catalogue.loader import check_world, load_catalogue

    problems = check_world(path)
    if as_json:
        click.echo(json.dumps([msgspec.structs.asdict(problem) for problem in problems]))
    elif problems:
        for problem in problems:
            click.echo(str(problem))
        click.echo(f"{len(problems)} problem{'s' if problems[1:] else ''}")
    else:
        loaded = load_catalogue(path)
        click.echo(f"no problems: {len(loaded.definitions)} definitions, {len(loaded.slots)} slots, {loaded.version}")
    sys.exit(1 if problems else 0)


@catalogue.command()
@click.argument("path", type=click.Path(path_type=Path))
def new(path: Path) -> None:
    """Start a world of your own at PATH: a copy of the starter world, and the schema for your editor."""
    from satchel.catalogue.starter import copy_starter_world

    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise click.BadParameter(f"{path} exists and is not an empty directory")
    copy_starter_world(path)
    click.echo(f"change {path}/items/*.json, then: satchel catalogue check {path}")
    click.echo(f"and play in it: SATCHEL_CATALOGUE={path} satchel up")
