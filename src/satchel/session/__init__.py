"""The hot copy of an inventory: its keys, its scripts, and the one connection they run on."""

from satchel.session.backlog import SessionBacklog
from satchel.session.connection import RedisConnection
from satchel.session.keys import Keys
from satchel.session.limits import SessionLimits
from satchel.session.manager import InventorySessionManager

__all__ = ["InventorySessionManager", "Keys", "RedisConnection", "SessionBacklog", "SessionLimits"]
