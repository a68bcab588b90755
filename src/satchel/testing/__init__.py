"""What a game's own tests use: the engine in memory, the fakes of Redis and PostgreSQL that it stands on, and Telegram.

`open_in_memory()` is all that most tests need, with a `FakeClock` if time matters. Install the extra:
`pip install satchel[testing]`. `FakeTelegram`, a Bot API to run a bot against, needs the extra `bot` instead. Each is
imported when it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from satchel.testing.clock import FakeClock
    from satchel.testing.keyspace import Keyspace
    from satchel.testing.memory import open_in_memory
    from satchel.testing.redis import FakeRedis, FakeServer
    from satchel.testing.telegram import FakeTelegram
    from satchel.testing.vault import FakeVault

__all__ = ["FakeClock", "FakeRedis", "FakeServer", "FakeTelegram", "FakeVault", "Keyspace", "open_in_memory"]

_HOMES = {
    "FakeClock": "clock",
    "FakeRedis": "redis",
    "FakeServer": "redis",
    "FakeTelegram": "telegram",
    "FakeVault": "vault",
    "Keyspace": "keyspace",
    "open_in_memory": "memory",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"satchel.testing.{_HOMES[name]}"), name)
