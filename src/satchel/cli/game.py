"""The command for those who change what their game declares."""

from typing import TYPE_CHECKING

import click

from satchel.cli.admin import Program

if TYPE_CHECKING:
    from satchel.admin.tools import Addresses

__all__ = ["game"]


@click.group()
def game() -> None:
    """Your game's own actions and vetoes."""


@game.command()
@click.argument("spec", metavar="MODULE:NAME", required=False)
@click.option("--none", "unbind", is_flag=True, help="The namespace is played without a game from now on.")
@click.pass_obj
def bind(program: Program, spec: str | None, unbind: bool) -> None:
    """Bind the namespace to what the game declares now; say it once no process runs the game as it was before."""
    from satchel.runtime.game import load_game
    from satchel.session import Keys, RedisNode
    from satchel.session.guard import bind_game
    from satchel.session.redis import Address

    async def carry_out(addresses: "Addresses") -> str:
        found = None if unbind else load_game(spec or addresses.settings.game)
        if found is None and not unbind:
            raise click.UsageError("name the game as module:name, or say --none")
        redis = RedisNode(Address.parse(addresses.redis_url))
        try:
            await bind_game(redis, Keys(addresses.settings.namespace), None if found is None else found.identity)
        finally:
            redis.close()
        return "no game" if found is None else f"game {found.name}, digest {found.digest()}"

    with program.servers() as addresses:
        click.echo(f"namespace {addresses.settings.namespace}: {program.run(carry_out(addresses))}")
