"""A client that hides nothing of HTTP, and holds every answer against the OpenAPI document."""

from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec

from satchel.access import Scope
from tests.openapi import Spec

__all__ = ["Answer", "Wire"]

Headers = Mapping[str, str]


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    headers: Headers
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return msgspec.json.decode(self.body)

    @property
    def code(self) -> str:
        """The code of a problem document."""
        return str(self.json["code"])

    @property
    def data(self) -> Any:
        """The data of a problem document."""
        return self.json["data"]


class Wire:
    """Requests to one API.

    Args:
        http: The connections.
        url: Where the API is.
        token: Sent unless a request says otherwise.
        spec: The document that answers are held against.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str, spec: Spec) -> None:
        self.url = url
        self.token = token
        self._http = http
        self._spec = spec

    async def send(
        self,
        method: str,
        path: str,
        json: object = None,
        *,
        body: Any = None,
        token: str | None = "",
        acting_for: str | None = None,
        headers: Headers | None = None,
    ) -> Answer:
        """Make a request; `token=None` sends none, `acting_for` names a player, `body` is sent as it is."""
        sent = dict(headers or {})
        if token is not None:
            sent.setdefault("Authorization", f"Bearer {token or self.token}")
        if acting_for is not None:
            sent["X-Satchel-Acting-For"] = acting_for
        data = msgspec.json.encode(json) if json is not None else body
        async with self._http.request(method, self.url + path, data=data, headers=sent) as response:
            answer = Answer(response.status, response.headers, await response.read())
        self._spec.check(method, path, data if isinstance(data, bytes) else None, answer)
        return answer

    async def act(self, char_id: int, action: str | None = None, /, **fields: Any) -> Answer:
        """Perform an action: `await wire.act(1, "equip", item_id=sword)`; headers as `headers=`, options beside."""
        options = {name: fields.pop(name) for name in ("token", "acting_for", "headers") if name in fields}
        named = {"action": action} if action is not None else {}
        return await self.send("POST", "/inventory/action", {"char_id": char_id, **named, **fields}, **options)

    async def done(self, char_id: int, action: str | None = None, /, **fields: Any) -> Any:
        """Perform an action that must succeed; returns its answer."""
        answer = await self.act(char_id, action, **fields)
        assert answer.status == 200, answer.body
        return answer.json

    async def grant(self, char_id: int, definition: str, quantity: int = 1, **fields: Any) -> str:
        """Give an item; returns the id of the first stack it went to."""
        reply = await self.done(char_id, "grant", definition=definition, quantity=quantity, **fields)
        return str(reply["changes"][0]["item"])

    async def make_character(self, char_id: int, owner: str = "tg:1", level: int = 20, **attributes: int | str) -> int:
        """Make a character that may wear everything."""
        able = {"strength": 30, "agility": 30, "wisdom": 30, "class": "mage"} | attributes
        body = {"owner": owner, "name": "Ann", "level": level, "attributes": able}
        answer = await self.send("PUT", f"/characters/{char_id}", body)
        assert answer.status in (200, 201), answer.body
        return char_id


SCOPES_ALL: tuple[Scope, ...] = ("read", "act", "grant", "session", "characters")
