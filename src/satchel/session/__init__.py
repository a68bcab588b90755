"""The hot copy of an inventory: its keys, its scripts, and the one connection they run on."""

from satchel.session.connection import RedisConnection
from satchel.session.keys import Keys
from satchel.session.manager import InventorySessionManager, SessionLimits

__all__ = ["InventorySessionManager", "Keys", "RedisConnection", "SessionLimits"]
