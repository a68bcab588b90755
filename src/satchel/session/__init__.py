"""The hot copy of an inventory: its keys, its scripts and the connections to the servers that run them."""

from satchel.session.backlog import SessionBacklog
from satchel.session.keys import Keys
from satchel.session.limits import SessionLimits
from satchel.session.manager import InventorySessionManager
from satchel.session.redis import Redis, RedisNode

__all__ = ["InventorySessionManager", "Keys", "Redis", "RedisNode", "SessionBacklog", "SessionLimits"]
