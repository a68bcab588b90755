"""Real PostgreSQL and Valkey from PyPI wheels, for local runs and tests, under our own small supervisor."""

from satchel.embedded.engines import Engines, start_engines
from satchel.embedded.postgres import PostgresServer
from satchel.embedded.valkey import ValkeyServer

__all__ = ["Engines", "PostgresServer", "ValkeyServer", "start_engines"]
