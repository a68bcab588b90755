"""The ASGI application: actions and reads by hand, everything else by Starlette."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from satchel.api.action import ActionRoute, Scope, Send, send_problem
from satchel.api.body import ClientGone, Receive
from satchel.api.caller import Gatekeeper
from satchel.api.docs import DocsRoutes
from satchel.api.endpoints import ACTION, ENDPOINTS
from satchel.api.problems import PROBLEM_JSON, problem_headers, problem_of
from satchel.api.reads import ReadRoute
from satchel.api.router import starlette_routes
from satchel.api.routes import Routes, RoutesVault
from satchel.api.watch import Readiness
from satchel.dispatcher import Dispatcher
from satchel.errors import InvariantBroken, MethodNotAllowed, RouteNotFound, SatchelError, ShuttingDown
from satchel.telemetry import Metrics, log

__all__ = ["Api", "make_api"]

Route = Callable[[Scope, Receive, Send], Awaitable[None]]


class Api:
    """The whole API as one ASGI callable."""

    def __init__(self, action: ActionRoute, reads: ReadRoute, rest: Starlette) -> None:
        self._reads = reads
        self._rest = rest
        self._routes: dict[str, Route] = {ACTION.path: action}
        self._prefixes: dict[str, Route] = {}

    def mount(self, path: str, route: Route, *, below: bool = False) -> None:
        """Hand a path to another ASGI application, which answers for itself who may call it.

        Args:
            path: The path.
            route: The application; it gets the request as it is, with the whole path.
            below: Whether it gets all paths below this one too.

        Raises:
            InvariantBroken: It would get a path of the API.
        """
        prefix = f"{path}/"
        if any(known.path == path or (below and known.path.startswith(prefix)) for known in ENDPOINTS):
            raise InvariantBroken(reason=f"{path} is the API's own")
        self._routes[path] = route
        if below:
            self._prefixes[prefix] = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        route = self._routes.get(scope["path"]) or (self._reads if self._reads.serves(scope) else self._other(scope))
        try:
            await route(scope, receive, send)
        except asyncio.CancelledError:
            # The server cancels what still runs when the drain's deadline is over; the outcome is unknown.
            with suppress(RuntimeError):  # The answer has begun already.
                await send_problem(send, ShuttingDown())
            raise

    def _other(self, scope: Scope) -> Route:
        for prefix, route in self._prefixes.items():
            if scope["path"].startswith(prefix):
                return route
        return self._rest


def make_api(
    dispatcher: Dispatcher, gatekeeper: Gatekeeper, readiness: Readiness, metrics: Metrics, vault: RoutesVault
) -> Api:
    """Put the API together.

    Args:
        dispatcher: Carries actions out.
        gatekeeper: Authenticates callers.
        readiness: What `/readyz` tells.
        metrics: What `/metrics` tells.
        vault: Who there is, and what they did.
    """
    reads = ReadRoute(dispatcher.orchestrator, gatekeeper)
    docs = DocsRoutes(dispatcher.book)
    parts = {"reads": reads, "routes": Routes(dispatcher, readiness, metrics, vault), "docs": docs}
    handlers = {
        SatchelError: _on_error,
        HTTPException: _on_http_error,
        ClientGone: _on_client_gone,
        Exception: _on_defect,
    }
    rest = Starlette(routes=starlette_routes(parts, gatekeeper), exception_handlers=handlers)  # type: ignore[arg-type]
    # A redirect would repeat the Host header, which is the client's to choose.
    rest.router.redirect_slashes = False
    return Api(ActionRoute(dispatcher, gatekeeper), reads, rest)


def _respond(error: SatchelError) -> Response:
    return Response(
        msgspec.json.encode(problem_of(error)), error.status, headers=problem_headers(error), media_type=PROBLEM_JSON
    )


async def _on_error(_request: Request, error: SatchelError) -> Response:
    return _respond(error)


async def _on_http_error(request: Request, error: HTTPException) -> Response:
    if error.status_code == 405:
        response = _respond(MethodNotAllowed(method=request.method))
        allowed = (error.headers or {}).get("Allow", "")
        response.headers["Allow"] = ", ".join(sorted(allowed.split(", ")))
        return response
    return _respond(RouteNotFound(path=request.url.path))


async def _on_client_gone(_request: Request, _error: ClientGone) -> Response:
    return Response(status_code=400)  # It reaches nobody.


async def _on_defect(request: Request, error: Exception) -> Response:
    log.error("request_failed", exc_info=error, extra={"fields": {"path": request.url.path}})
    return _respond(SatchelError())
