"""The hot route, `POST /inventory/action`: ASGI in, msgspec, dispatcher, ASGI out."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import msgspec

from satchel.api.body import BodyReader, ClientGone, Receive
from satchel.api.caller import Gatekeeper
from satchel.api.endpoints import ACTION
from satchel.api.problems import PROBLEM_JSON, problem_headers, problem_of
from satchel.api.requests import RequestDecoder
from satchel.dispatcher import Dispatcher
from satchel.errors import MalformedAction, MethodNotAllowed, SatchelError
from satchel.failpoints import reach
from satchel.telemetry import log

__all__ = ["ActionRoute", "parse_etag", "send_json", "send_problem"]

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


_encode = msgspec.json.Encoder().encode


def parse_etag(header: bytes) -> tuple[int, str]:
    """Read an `If-Match` value: `"12"`, or the tag of a read, `"12-0f3a9c0d11aa-5e8b1c2d"`.

    Returns:
        The version, and the beginning of the chain's head.

    Raises:
        MalformedAction: It is not an entity tag of this API.
    """
    version, _, rest = header.strip().strip(b'"').partition(b"-")
    h = rest.partition(b"-")[0]
    if not version.isdigit() or len(version) > 16 or (not h.isalnum() and h):
        raise MalformedAction(reason='If-Match must be an entity tag of this inventory, like "12-0f3a9c0d11aa"')
    return int(version), h.decode("ascii", "replace")


class ActionRoute:
    """The ASGI handler of the hot route.

    Args:
        dispatcher: Carries the requests out.
        gatekeeper: Authenticates callers.
    """

    def __init__(self, dispatcher: Dispatcher, gatekeeper: Gatekeeper) -> None:
        self._dispatcher = dispatcher
        self._gatekeeper = gatekeeper
        self._bodies = BodyReader()
        self._decode = RequestDecoder(dispatcher.book).decode

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            body = await self._answer(scope, receive)
        except MethodNotAllowed as error:
            await send_problem(send, error, ((b"allow", ACTION.method.encode()),))
        except SatchelError as error:
            await send_problem(send, error)
        except ClientGone:
            return
        except Exception:  # noqa: BLE001 - the last resort of a request: logged, and told as a 500
            log.exception("action_failed")
            await send_problem(send, SatchelError())
        else:
            await send_json(send, 200, body)
            reach("api.after_reply")

    async def _answer(self, scope: Scope, receive: Receive) -> bytes:
        if scope["method"] != ACTION.method:
            raise MethodNotAllowed(method=scope["method"])
        caller, if_match, key = self._gatekeeper.read_headers(scope["headers"], b"if-match")
        request = self._decode(await self._bodies.read(receive))
        h = ""
        if if_match and if_match != b"*":
            version, h = parse_etag(if_match)
            if request.expected_version not in (None, version):
                raise MalformedAction(reason="If-Match and expected_version name different versions")
            request = msgspec.structs.replace(request, expected_version=version)
        reach("api.before_dispatch")
        reply = await self._dispatcher.dispatch_json(request, caller, None if key is None else key.decode("latin-1"), h)
        reach("api.before_reply")
        return reply


async def send_json(
    send: Send, status: int, body: bytes, media_type: str = "application/json", more: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Send a whole answer."""
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def send_problem(send: Send, error: SatchelError, more: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """Send an error as a problem document."""
    headers = [(name.lower().encode(), value.encode()) for name, value in problem_headers(error).items()]
    await send_json(send, error.status, _encode(problem_of(error)), PROBLEM_JSON, (*headers, *more))
