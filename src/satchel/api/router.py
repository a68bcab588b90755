"""Finds the handler of an endpoint that Starlette serves, and lets in only those who may call it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from satchel.api.caller import Gatekeeper
from satchel.api.endpoints import ENDPOINTS, Endpoint

__all__ = ["starlette_routes"]

Handler = Callable[..., Awaitable[Response]]


def starlette_routes(parts: Mapping[str, Any], gatekeeper: Gatekeeper) -> list[Route]:
    """Make the routes of all endpoints whose part is here.

    Args:
        parts: The part's name to the object that has the handlers. The reads answer by themselves; they are here for
            `HEAD` and for the methods that they do not take.
        gatekeeper: Authenticates callers.

    Returns:
        One route for each path, so that Starlette knows all methods of a path.
    """
    paths: dict[str, list[Endpoint]] = {}
    for endpoint in ENDPOINTS:
        if endpoint.part in parts:
            paths.setdefault(endpoint.path, []).append(endpoint)
    return [
        Route(path, _answer(endpoints, parts, gatekeeper), methods=[endpoint.method for endpoint in endpoints])
        for path, endpoints in paths.items()
    ]


def _answer(endpoints: list[Endpoint], parts: Mapping[str, Any], gatekeeper: Gatekeeper) -> Callable[..., Any]:
    if endpoints[0].part == "reads":
        route: Callable[..., Any] = parts["reads"]
        return route
    known: dict[str, tuple[Endpoint, Handler]] = {
        endpoint.method: (endpoint, getattr(parts[endpoint.part], endpoint.handler)) for endpoint in endpoints
    }

    async def answer(request: Request) -> Response:
        endpoint, handler = known["GET" if request.method == "HEAD" else request.method]
        if endpoint.scope is None:
            return await handler(request)
        caller, _, _ = gatekeeper.read_headers(request.headers.raw, b"if-match")
        endpoint.admit(caller)
        return await handler(request, caller)

    return answer
