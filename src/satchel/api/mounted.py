"""The API below a path of another application."""

from satchel.api.action import Scope, Send
from satchel.api.body import Receive
from satchel.api.server import Api

__all__ = ["Mounted"]


class Mounted:
    """The API for `app.mount("/prefix", ...)` of FastAPI or Starlette, as one ASGI callable.

    Such a mount hands on the whole path and names the prefix beside it; the API knows its own paths only. It is a class
    of its own because the API's own server has no prefix and should not look for one in every request.

    Args:
        api: The API.
    """

    def __init__(self, api: Api) -> None:
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        prefix = scope.get("root_path", "")
        if prefix and scope["path"].startswith(f"{prefix}/"):
            scope = {**scope, "path": scope["path"][len(prefix) :], "root_path": ""}
        await self._api(scope, receive, send)
