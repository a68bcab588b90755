"""How the client's requests reach the API: over HTTP, or through the same process."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import unquote

import msgspec

from satchel.access import Caller, Scope, check_key, check_owner
from satchel.errors import Refusal, SatchelError, SessionUnavailable, error_from_code
from satchel.inventory.book import ActionBook
from satchel.inventory.reads.reply import ActionReply
from satchel.inventory.request import ActionRequest

if TYPE_CHECKING:
    import aiohttp

__all__ = [
    "NO_REFUSALS",
    "Answer",
    "HttpTransport",
    "InProcessTransport",
    "Refusals",
    "TokenMaker",
    "Transport",
    "decode_answer",
]

Reply = TypeVar("Reply")
Refusals = Mapping[str, type[Refusal]]
"""A game's own refusals by code."""

NO_REFUSALS: Refusals = MappingProxyType({})
Message = MutableMapping[str, Any]
"""What an ASGI application and its server tell each other."""


class Answer(msgspec.Struct, frozen=True):
    """A response: HTTP status, body and entity tag."""

    status: int
    body: bytes
    etag: str = ""


class _Problem(msgspec.Struct, frozen=True):
    """As much of a problem document as the client needs."""

    code: str
    data: dict[str, Any]  # JSON of any shape
    title: str = ""


class Transport(Protocol):
    """How requests reach the API. `refusals` are a game's own, by code."""

    refusals: Refusals

    async def action(self, request: ActionRequest, key: str, owner: str | None) -> ActionReply:
        """Perform an action once."""

    async def call(self, method: str, path: str, body: bytes, owner: str | None, headers: Mapping[str, str]) -> Answer:
        """Make any other request once."""

    async def close(self) -> None:
        """Let go of connections."""


class HttpTransport:
    """Requests over HTTP, on connections that are kept.

    Args:
        url: Where the API is.
        token: A service or player token.
        timeout_s: Longest wait for an answer.
        refusals: A game's own refusals by code, to be raised again.
    """

    def __init__(self, url: str, token: str, timeout_s: float = 10.0, refusals: Refusals = NO_REFUSALS) -> None:
        self.refusals = refusals
        self._url = url.rstrip("/")
        self._token = token
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def action(self, request: ActionRequest, key: str, owner: str | None) -> ActionReply:
        """See `Transport`."""
        body = msgspec.json.encode(request)
        check_key(key)
        answer = await self.call("POST", "/inventory/action", body, owner, {"Idempotency-Key": key})
        return decode_answer(answer, ActionReply, self.refusals)

    async def call(self, method: str, path: str, body: bytes, owner: str | None, headers: Mapping[str, str]) -> Answer:
        """See `Transport`."""
        if owner is not None:
            check_owner(owner)
        if self._closed:
            raise SessionUnavailable(reason="the client is closed")
        # Imported here, because half a second of import is too much for those who stay in process.
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {self._token}"},
                timeout=aiohttp.ClientTimeout(total=self._timeout_s),
                connector=aiohttp.TCPConnector(limit=0),
            )
        acting = {"X-Satchel-Acting-For": owner} if owner is not None else {}
        try:
            async with self._session.request(
                method, self._url + path, data=body or None, headers={**acting, **headers}
            ) as response:
                return Answer(response.status, await response.read(), response.headers.get("ETag", ""))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SessionUnavailable(reason=f"{type(error).__name__}: {error}") from error

    async def close(self) -> None:
        """See `Transport`."""
        self._closed = True
        if self._session is not None:
            await self._session.close()
            self._session = None


class AsgiApp(Protocol):
    """An ASGI application."""

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer one request."""


class TokenMaker(Protocol):
    """Makes tokens that the API of this process takes; `satchel.api.Gatekeeper` is one."""

    def make_token(self, name: str, scopes: frozenset[Scope], *, player: str | None = None) -> str:
        """Make a token for a caller."""


class Dispatches(Protocol):
    """What carries requests out in this process: a `Dispatcher`."""

    book: ActionBook

    async def dispatch(
        self, request: ActionRequest, caller: Caller, idempotency_key: str | None = None, expected_h: str = ""
    ) -> ActionReply:
        """Carry out a request."""


class InProcessTransport:
    """Actions go straight to the dispatcher; everything else through the API's routes, without a socket.

    Args:
        dispatcher: Carries actions out.
        api: The API of the same process.
        gatekeeper: Makes the caller's token for the API's routes.
        caller: On whose behalf requests are made.
    """

    def __init__(
        self,
        dispatcher: Dispatches,
        api: AsgiApp,
        gatekeeper: TokenMaker,
        caller: Caller,
    ) -> None:
        self.refusals = dispatcher.book.refusals
        self._dispatcher = dispatcher
        self._api = api
        self._caller = caller
        self._token = gatekeeper.make_token(caller.actor, caller.scopes, player=caller.owner)
        self._closed = False

    async def action(self, request: ActionRequest, key: str, owner: str | None) -> ActionReply:
        """See `Transport`."""
        self._check_open()
        caller = self._caller if owner is None else self._caller.acting_for(owner)
        try:
            return await self._dispatcher.dispatch(request, caller, key)
        except SatchelError:
            raise
        except Exception as error:  # Told as the API tells it.
            raise SatchelError from error

    async def call(self, method: str, path: str, body: bytes, owner: str | None, headers: Mapping[str, str]) -> Answer:
        """See `Transport`."""
        self._check_open()
        acting = {"X-Satchel-Acting-For": owner} if owner is not None else {}
        sent = {"Authorization": f"Bearer {self._token}", **acting, **headers}
        target, _, query = path.partition("?")
        scope: Message = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": unquote(target),
            "raw_path": target.encode(),
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        }
        got: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            got.append(message)

        try:
            await self._api(scope, receive, send)
        except Exception:  # The framework raises a defect again after it was answered.
            if not got:
                raise
        etags = [value for name, value in got[0]["headers"] if name == b"etag"]
        body_parts = [message.get("body", b"") for message in got[1:]]
        return Answer(got[0]["status"], b"".join(body_parts), etags[0].decode("ascii") if etags else "")

    async def close(self) -> None:
        """See `Transport`."""
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise SessionUnavailable(reason="the client is closed")


def decode_answer(answer: Answer, type_: type[Reply], refusals: Refusals = NO_REFUSALS) -> Reply:
    """Read an answer, or raise the error that it tells of.

    Args:
        answer: The response.
        type_: What it should be.
        refusals: A game's own refusals by code.

    Raises:
        SatchelError: The API refused. `SessionUnavailable` if the response did not come from Satchel.
    """
    if answer.status >= 400:
        raise _error(answer, refusals)
    try:
        return msgspec.json.decode(answer.body, type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SessionUnavailable(reason=f"the response did not come from Satchel: {error}") from error


def _error(answer: Answer, refusals: Refusals) -> SatchelError:
    """Make the error again that the API told of."""
    try:
        problem = msgspec.json.decode(answer.body, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return SessionUnavailable(reason=f"the answer is no problem document (status {answer.status})")
    return error_from_code(problem.code, problem.data, status=answer.status, title=problem.title, known=refusals)
