"""The hot copy of an inventory: its keys, its scripts, and the one connection they run on."""

from satchel.session.backlog import SessionBacklog
from satchel.session.keys import Keys
from satchel.session.limits import SessionLimits
from satchel.session.manager import InventorySessionManager
from satchel.session.redis.connection import RedisConnection

__all__ = ["InventorySessionManager", "Keys", "RedisConnection", "SessionBacklog", "SessionLimits"]
