"""Satchel: a session-based inventory engine for online games.

What stands here is the public surface; each name is imported when it is asked for, so that `import satchel` costs
nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from satchel.version import __version__

if TYPE_CHECKING:
    from satchel import errors
    from satchel.access import Caller
    from satchel.catalogue import load_catalogue
    from satchel.client import InventoryClient
    from satchel.errors import Refusal, SatchelError
    from satchel.game import Game
    from satchel.inventory import actions
    from satchel.inventory.character import Character
    from satchel.inventory.definitions.catalogue import Catalogue
    from satchel.inventory.item import Item
    from satchel.inventory.reads.reply import ActionReply
    from satchel.runtime.config import Settings
    from satchel.runtime.engine import RunningEngine, open_engine
    from satchel.testing.memory import open_in_memory

__all__ = [
    "ActionReply",
    "Caller",
    "Catalogue",
    "Character",
    "Game",
    "InventoryClient",
    "Item",
    "Refusal",
    "RunningEngine",
    "SatchelError",
    "Settings",
    "__version__",
    "actions",
    "errors",
    "load_catalogue",
    "open_engine",
    "open_in_memory",
]

_HOMES = {
    "ActionReply": "inventory.reads.reply",
    "Caller": "access",
    "Catalogue": "inventory.definitions.catalogue",
    "Character": "inventory.character",
    "Game": "game",
    "InventoryClient": "client",
    "Item": "inventory.item",
    "Refusal": "errors",
    "RunningEngine": "runtime.engine",
    "SatchelError": "errors",
    "Settings": "runtime.config",
    "load_catalogue": "catalogue",
    "open_engine": "runtime.engine",
    "open_in_memory": "testing.memory",
}
_MODULES = {"actions": "inventory.actions", "errors": "errors"}


if not TYPE_CHECKING:  # With this function in sight a type checker would accept any name.

    def __getattr__(name: str) -> object:
        found: object
        if name in _MODULES:
            found = import_module(f"satchel.{_MODULES[name]}")
        elif name in _HOMES:
            found = getattr(import_module(f"satchel.{_HOMES[name]}"), name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return __all__
