"""The HTTP API: one ASGI application, in which the hot route does not pay for a framework."""

from satchel.api.caller import Gatekeeper
from satchel.api.server import Readiness, make_api

__all__ = ["Gatekeeper", "Readiness", "make_api"]
