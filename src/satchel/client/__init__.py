"""The API as typed Python: over HTTP, or in the same process; the same answers and the same errors on both sides."""

from satchel.client.client import InventoryClient
from satchel.client.transport import HttpTransport, InProcessTransport, Transport

__all__ = ["HttpTransport", "InProcessTransport", "InventoryClient", "Transport"]
