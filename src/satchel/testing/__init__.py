"""What a game's own tests use: the engine in memory, the fakes of Redis and PostgreSQL that it stands on, and Telegram.

`open_in_memory()` is all that most tests need. Install the extra: `pip install satchel[testing]`. `FakeTelegram`, a Bot
API to run a bot against, needs the extra `bot` as well, and is imported when it is asked for: aiogram costs seconds.
"""

from typing import TYPE_CHECKING

from satchel.testing.keyspace import Keyspace
from satchel.testing.memory import open_in_memory
from satchel.testing.redis import FakeRedis, FakeServer
from satchel.testing.vault import FakeVault

if TYPE_CHECKING:
    from satchel.bot.fake_api import FakeTelegram

__all__ = ["FakeRedis", "FakeServer", "FakeTelegram", "FakeVault", "Keyspace", "open_in_memory"]


def __getattr__(name: str) -> object:
    if name != "FakeTelegram":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from satchel.bot.fake_api import FakeTelegram

    return FakeTelegram
