"""The API as typed Python: over HTTP, or in the same process; the same answers and the same errors on both sides."""

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

import msgspec

from satchel.dispatcher import ActionRequest, Caller, Dispatcher
from satchel.errors import MalformedAction, SatchelError, SessionUnavailable, error_from_code
from satchel.inventory.actions import Action
from satchel.inventory.bag import BagPage
from satchel.inventory.card import ItemCard
from satchel.inventory.model import Character
from satchel.inventory.record import new_item_id
from satchel.inventory.view import (
    ActionReply,
    CatalogueView,
    CharacterEntry,
    CharacterList,
    Doll,
    HistoryPage,
    InventoryView,
    WalletView,
)

if TYPE_CHECKING:
    import aiohttp

__all__ = ["HttpTransport", "InProcessTransport", "InventoryClient", "Transport"]

Reply = TypeVar("Reply")
Message = MutableMapping[str, Any]
"""What an ASGI application and its server tell each other."""

ATTEMPTS = 5
BACKOFF_S = 0.05


class Answer(msgspec.Struct, frozen=True):
    """What came back: an HTTP status, a body and the entity tag."""

    status: int
    body: bytes
    etag: str = ""


class Transport(Protocol):
    """How requests reach the API."""

    async def action(self, request: ActionRequest, key: str, owner: str | None) -> ActionReply:
        """Perform an action once."""

    async def call(self, method: str, path: str, body: bytes, owner: str | None, headers: Mapping[str, str]) -> Answer:
        """Make any other request once."""

    async def close(self) -> None:
        """Let go of connections."""


class InventoryClient:
    """Everything a game does with inventories.

    Every action carries an idempotency key, so that trying again after a lost answer does it once. Errors are those of
    `satchel.errors`.

    Args:
        transport: `HttpTransport(url, token)` or `InProcessTransport(dispatcher, api, ...)`.
        owner: Act as this player, with no more rights than theirs.
    """

    def __init__(self, transport: Transport, owner: str | None = None) -> None:
        self._transport = transport
        self._owner = owner

    @classmethod
    def over_http(cls, url: str, token: str, owner: str | None = None) -> "InventoryClient":
        """Talk to an API somewhere else.

        Args:
            url: Where it is, e.g. `http://127.0.0.1:8080`.
            token: A service or player token.
            owner: Act as this player.
        """
        return cls(HttpTransport(url, token), owner)

    def acting_for(self, owner: str) -> "InventoryClient":
        """The same client, acting as a player; it shares the connections."""
        return InventoryClient(self._transport, owner)

    async def __aenter__(self) -> "InventoryClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of connections."""
        await self._transport.close()

    # -- actions -------------------------------------------------------------------------------------------------------

    async def act(
        self,
        char_id: int,
        *operations: Action,
        key: str | None = None,
        expected_version: int | None = None,
        dry_run: bool = False,
        durability: Literal["session", "durable"] = "session",
    ) -> ActionReply:
        """Perform operations, all or nothing: `await client.act(1, Equip(item_id=sword))`.

        Args:
            char_id: On whose inventory.
            operations: What to do, up to 50.
            key: The idempotency key; made here if there is none. Give your own to make a retry of yours safe too.
            expected_version: Refuse unless the inventory is at this version.
            dry_run: Only tell what would happen, and every reason against it.
            durability: `durable` waits until PostgreSQL has it.

        Raises:
            SatchelError: What the API answered, after up to 5 tries of what may pass.
        """
        try:
            request = msgspec.convert(
                {"char_id": char_id, "operations": msgspec.to_builtins(operations)}
                | ({"expected_version": expected_version} if expected_version is not None else {})
                | {"dry_run": dry_run, "durability": durability},
                ActionRequest,
            )
        except msgspec.ValidationError as error:
            raise MalformedAction(reason=str(error)) from error
        key = key or new_item_id(time.time_ns() // 1_000_000, os.urandom(16).hex(), 0)
        for attempt in range(ATTEMPTS):
            try:
                return await self._transport.action(request, key, self._owner)
            except SatchelError as error:
                if not error.retryable or attempt == ATTEMPTS - 1:
                    raise
            await _back_off(attempt)
        raise SessionUnavailable(reason="out of tries")

    # -- characters and sessions ---------------------------------------------------------------------------------------

    async def put_character(self, char_id: int, character: Character) -> None:
        """Make a character, or change it."""
        await self._call("PUT", f"/characters/{char_id}", msgspec.json.encode(character))

    async def find_characters(self, owner: str) -> tuple[CharacterEntry, ...]:
        """The characters of a player, by id, with their level as the vault knows it; one SQL statement."""
        return (await self._get(_with_query("/characters", {"owner": owner}), CharacterList)).characters

    async def open_session(self, char_id: int) -> None:
        """Load the session ahead of the first action."""
        await self._call("POST", f"/inventory/{char_id}/session")

    async def close_session(self, char_id: int) -> None:
        """Flush the session and remove it."""
        await self._call("DELETE", f"/inventory/{char_id}/session")

    async def flush(self, char_id: int) -> None:
        """Bring PostgreSQL up to date."""
        await self._call("POST", f"/inventory/{char_id}/flush")

    # -- reads ---------------------------------------------------------------------------------------------------------

    async def get_inventory(self, char_id: int) -> InventoryView:
        """All of it."""
        return await self._get(f"/inventory/{char_id}", InventoryView)

    async def get_doll(self, char_id: int) -> Doll:
        """What is worn."""
        return await self._get(f"/inventory/{char_id}/doll", Doll)

    async def get_bag(self, char_id: int, **query: str | int) -> BagPage:
        """A page of the bag; the query's names are those of `GET /inventory/{char_id}/bag`."""
        return await self._get(_with_query(f"/inventory/{char_id}/bag", query), BagPage)

    async def get_item(self, char_id: int, item_id: str, lang: str = "en", slot: str | None = None) -> ItemCard:
        """The card of an item, compared with what is worn in the slot, or with what it would replace."""
        query = {"lang": lang} | ({"slot": slot} if slot is not None else {})
        return await self._get(_with_query(f"/inventory/{char_id}/items/{item_id}", query), ItemCard)

    async def get_wallet(self, char_id: int) -> WalletView:
        """All balances."""
        return await self._get(f"/inventory/{char_id}/wallet", WalletView)

    async def get_history(self, char_id: int, **query: int) -> HistoryPage:
        """Who did what, newest first; `before` and `limit` as for `GET /inventory/{char_id}/history`."""
        return await self._get(_with_query(f"/inventory/{char_id}/history", query), HistoryPage)

    async def get_catalogue(self) -> CatalogueView:
        """The rule set and all definitions."""
        return await self._get("/catalogue", CatalogueView)

    # -- parts ---------------------------------------------------------------------------------------------------------

    async def _get(self, path: str, type_: type[Reply]) -> Reply:
        return msgspec.json.decode((await self._call("GET", path)).body, type=type_)

    async def _call(self, method: str, path: str, body: bytes = b"") -> Answer:
        """Make a request; all of them may be repeated: they are reads, or lead to the same state."""
        for attempt in range(ATTEMPTS):
            try:
                answer = await self._transport.call(method, path, body, self._owner, {})
                if answer.status < 400:
                    return answer
                raise _error(answer)
            except SatchelError as error:
                if not error.retryable or attempt == ATTEMPTS - 1:
                    raise
            await _back_off(attempt)
        raise SessionUnavailable(reason="out of tries")


class HttpTransport:
    """Requests over HTTP, on connections that are kept.

    Args:
        url: Where the API is.
        token: A service or player token.
        timeout_s: Longest wait for an answer.
    """

    def __init__(self, url: str, token: str, timeout_s: float = 10.0) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def action(self, request: ActionRequest, key: str, owner: str | None) -> ActionReply:
        """See `Transport`."""
        body = msgspec.json.encode(request)
        answer = await self.call("POST", "/inventory/action", body, owner, {"Idempotency-Key": key})
        if answer.status >= 400:
            raise _error(answer)
        return msgspec.json.decode(answer.body, type=ActionReply)

    async def call(self, method: str, path: str, body: bytes, owner: str | None, headers: Mapping[str, str]) -> Answer:
        """See `Transport`."""
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


class InProcessTransport:
    """Actions go straight to the dispatcher; everything else through the API's routes, without a socket.

    Args:
        dispatcher: Carries actions out.
        api: The API of the same process.
        caller: Who asks.
        token: The same caller's token, for the routes.
    """

    def __init__(self, dispatcher: Dispatcher, api: AsgiApp, caller: Caller, token: str) -> None:
        self._dispatcher = dispatcher
        self._api = api
        self._caller = caller
        self._token = token

    async def action(self, request: ActionRequest, key: str, owner: str | None) -> ActionReply:
        """See `Transport`."""
        caller = self._caller if owner is None else self._caller.acting_for(owner)
        return await self._dispatcher.dispatch(request, caller, key)

    async def call(self, method: str, path: str, body: bytes, owner: str | None, headers: Mapping[str, str]) -> Answer:
        """See `Transport`."""
        acting = {"X-Satchel-Acting-For": owner} if owner is not None else {}
        sent = {"Authorization": f"Bearer {self._token}", **acting, **headers}
        target, _, query = path.partition("?")
        scope: Message = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": target,
            "raw_path": target.encode(),
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        }
        got: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            got.append(message)

        await self._api(scope, receive, send)
        status = got[0]["status"]
        return Answer(
            status if isinstance(status, int) else 500,
            b"".join(part for message in got[1:] if isinstance(part := message.get("body", b""), bytes)),
        )

    async def close(self) -> None:
        """See `Transport`."""


def _error(answer: Answer) -> SatchelError:
    """Make the error again that the API told of."""
    try:
        problem = msgspec.json.decode(answer.body)
        return error_from_code(problem["code"], problem["data"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return SessionUnavailable(reason=f"the answer is no problem document (status {answer.status})")


async def _back_off(attempt: int) -> None:
    await asyncio.sleep(BACKOFF_S * 2**attempt * random.uniform(0.5, 1.0))  # noqa: S311 - jitter


def _with_query(path: str, query: Mapping[str, str | int]) -> str:
    from urllib.parse import urlencode

    return f"{path}?{urlencode(query)}" if query else path
