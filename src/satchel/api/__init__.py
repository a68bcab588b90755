"""The HTTP API: one ASGI application, in which the hot route does not pay for a framework."""

from satchel.api.caller import Gatekeeper
from satchel.api.mounted import Mounted
from satchel.api.server import Api, make_api
from satchel.api.watch import Readiness, ReadinessReport

__all__ = ["Api", "Gatekeeper", "Mounted", "Readiness", "ReadinessReport", "make_api"]
