"""What a game's own tests use: the engine in memory, and the fakes of Redis and PostgreSQL that it stands on.

`open_in_memory()` is all that most tests need. Install the extra: `pip install satchel[testing]`.
"""

from satchel.testing.keyspace import Keyspace
from satchel.testing.memory import open_in_memory
from satchel.testing.redis import FakeRedis, FakeServer
from satchel.testing.vault import FakeVault

__all__ = ["FakeRedis", "FakeServer", "FakeVault", "Keyspace", "open_in_memory"]
