"""Finds the game that a setting names."""

import os
import sys
from importlib import import_module

from satchel.errors import GameWrong
from satchel.game import Game

__all__ = ["load_game"]


def load_game(spec: str | None) -> Game | None:
    """Import a game.

    Args:
        spec: `module:name`; the working directory is looked through too. None: there is no game.

    Raises:
        GameWrong: There is no such module or name, or it is not a `Game`.
    """
    if spec is None:
        return None
    module, colon, name = spec.partition(":")
    if not colon or not module or not name:
        raise GameWrong(f"SATCHEL_GAME: expected module:name, got {spec!r}")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found = import_module(module)
    except ModuleNotFoundError as error:
        raise GameWrong(f"SATCHEL_GAME: there is no module {error.name!r}, looked for {module!r}") from error
    except GameWrong:
        raise
    except Exception as error:
        told = " ".join(f"{type(error).__name__}: {error}".split())
        raise GameWrong(f"SATCHEL_GAME: importing {module!r} failed: {told}") from error
    game = getattr(found, name, None)
    if not isinstance(game, Game):
        told = "has no such name" if game is None else f"has a {type(game).__name__} there, and not a Game"
        raise GameWrong(f"SATCHEL_GAME: {spec!r}: the module {told}")
    return game
