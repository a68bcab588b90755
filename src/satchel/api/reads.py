"""The reads of a session, `GET /inventory/{char_id}` and below: ASGI in, one trip to Redis, ASGI out.

They are as frequent as actions, so that they pass by the framework too.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta

from satchel.api.action import Scope, Send, send_json, send_problem
from satchel.api.body import Receive
from satchel.api.caller import Gatekeeper
from satchel.errors import CharacterNotFound, ItemNotFound, MalformedAction, NotOwner, RouteNotFound, SatchelError
from satchel.inventory.item import HolderId, ItemId
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.reads.bag import SORT_FIELDS, BagQuery, bag_page
from satchel.inventory.reads.card import item_card
from satchel.inventory.reads.doll import doll
from satchel.inventory.reads.listing import Order
from satchel.inventory.reads.wallet import wallet_view
from satchel.inventory.reads.whole import inventory
from satchel.orchestrator import InventoryCoreOrchestrator
from satchel.telemetry import log

__all__ = ["CHAR_ID_MAX", "PAGE_MAX", "READ_PATHS", "ReadRoute", "etag_of", "parse_char_id", "parse_query"]

READ_PATHS = ("", "/doll", "/bag", "/wallet", "/items/{item_id}")
"""What can be read, below `/inventory/{char_id}`."""

PAGE_MAX = 200
CHAR_ID_MAX = 2**53 - 1

Parsed = TypeVar("Parsed")
Show = Callable[[InventorySessionDTO, Scope], object]

_path = re.compile("/inventory/([^/]+)(?:/(doll|bag|wallet|items/[^/]+))?").fullmatch
_encode = msgspec.json.Encoder().encode


class _BagText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The query of a bag page, as it is written."""

    container: str | None = None
    section: str | None = None
    category: str | None = None
    fits: str | None = None
    quick: bool | None = None
    search: Annotated[str, Meta(max_length=64)] = ""
    sort: str = ""
    limit: Annotated[int, Meta(ge=1, le=PAGE_MAX)] = 50
    cursor: Annotated[str, Meta(pattern=r"^([0-9]{1,6}\.[0-9a-f-]{36})?$")] = ""
    offset: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    lang: Literal["en", "ru"] = "en"


class _CardText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The slot to compare with, and the language of texts."""

    slot: str | None = None
    lang: Literal["en", "ru"] = "en"


class ReadRoute:
    """The ASGI handler of the reads.

    Args:
        orchestrator: Finds the sessions.
        gatekeeper: Says who asks.
    """

    def __init__(self, orchestrator: InventoryCoreOrchestrator, gatekeeper: Gatekeeper) -> None:
        self._orchestrator = orchestrator
        self._gatekeeper = gatekeeper

    def serves(self, scope: Scope) -> bool:
        """Whether a request is a read of a session."""
        return scope["method"] == "GET" and _path(scope["path"]) is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            etag, body = await self._answer(scope)
        except SatchelError as error:
            await send_problem(send, error)
        except Exception:  # noqa: BLE001 - the last resort of a request: logged, and told as a 500
            log.exception("read_failed")
            await send_problem(send, SatchelError())
        else:
            if body is None:
                await send({"type": "http.response.start", "status": 304, "headers": [(b"etag", etag)]})
                await send({"type": "http.response.body", "body": b""})
            else:
                await send_json(send, 200, body, more=((b"etag", etag),))

    async def _answer(self, scope: Scope) -> tuple[bytes, bytes | None]:
        """The entity tag, and the body unless the caller has it already."""
        authorization: bytes | None = None
        known: bytes | None = None
        acting_for: bytes | None = None
        for name, value in scope["headers"]:
            # Of a header that is there twice the first one counts, as in the other routes.
            if name == b"authorization":
                authorization = value if authorization is None else authorization
            elif name == b"if-none-match":
                known = value if known is None else known
            elif name == b"x-satchel-acting-for":
                acting_for = value if acting_for is None else acting_for
        caller = self._gatekeeper.caller(authorization or b"", acting_for)
        caller.require("read")
        found = _path(scope["path"])
        if found is None:
            raise RouteNotFound(path=scope["path"])
        char_id = parse_char_id(found[1])
        session = await self._orchestrator.init_session(char_id)
        if caller.owner is not None and session.character.owner != caller.owner:
            raise NotOwner(char_id=char_id)
        etag = etag_of(session)
        if known == etag:
            return etag, None
        return etag, _encode(_SHOWS[(found[2] or "").partition("/")[0]](session, scope))


def etag_of(session: InventorySessionDTO) -> bytes:
    """The entity tag of everything that is read of a session."""
    # Names and cards come from the catalogue, so that they are stale after a change of it too.
    return f'"{session.version}-{session.h[:12]}-{session.catalogue.version[:8]}"'.encode()


def parse_char_id(text: str) -> HolderId:
    """Read the id of a character in a path.

    Raises:
        CharacterNotFound: No character can have it.
    """
    if len(text) > 16 or not text.isascii() or not text.isdigit() or not 0 < int(text) <= CHAR_ID_MAX:
        raise CharacterNotFound(char_id=text[:32])
    return HolderId(int(text))


def parse_query(scope: Scope, type_: type[Parsed]) -> Parsed:
    """Read the query of a URL strictly.

    Raises:
        MalformedAction: With what is wrong, and where.
    """
    fields = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    try:
        return msgspec.convert(fields, type_, strict=False)
    except msgspec.ValidationError as error:
        raise MalformedAction(reason=str(error)) from error


def _inventory(session: InventorySessionDTO, _scope: Scope) -> object:
    return inventory(session)


def _doll(session: InventorySessionDTO, _scope: Scope) -> object:
    return doll(session)


def _wallet(session: InventorySessionDTO, _scope: Scope) -> object:
    return wallet_view(session)


def _bag(session: InventorySessionDTO, scope: Scope) -> object:
    query, catalogue = _bag_query(scope["query_string"]), session.catalogue
    _check_known("container", query.container, catalogue.containers)
    _check_known("slot", query.fits, catalogue.slots)
    _check_known("section", query.section, {section.id: section for section in catalogue.rules.sections})
    _check_known("category", query.category, catalogue.categories)
    return bag_page(session, query)


def _card(session: InventorySessionDTO, scope: Scope) -> object:
    query = parse_query(scope, _CardText)
    _check_known("slot", query.slot, session.catalogue.slots)
    item_id = ItemId(scope["path"].rpartition("/")[2])
    item = session.items.get(item_id)
    if item is None:
        raise ItemNotFound(item_id=item_id)
    return item_card(session, item, query.lang, query.slot)


_SHOWS: dict[str, Show] = {"": _inventory, "doll": _doll, "bag": _bag, "wallet": _wallet, "items": _card}


@lru_cache(1024)
def _bag_query(query_string: bytes) -> BagQuery:
    text = parse_query({"query_string": query_string}, _BagText)
    return BagQuery(
        container=text.container,
        section=text.section,
        category=text.category,
        fits=text.fits,
        quick=text.quick,
        search=text.search,
        sort=_sort(text.sort),
        limit=text.limit,
        after=text.cursor,
        offset=text.offset,
        lang=text.lang,
    )


def _sort(text: str) -> Order:
    order: list[tuple[str, bool]] = []
    for part in filter(None, text.split(",")):
        field, _, direction = part.partition(":")
        if field in [known for known, _ in order]:
            raise MalformedAction(reason="sort names a field twice", got=field)
        if field not in SORT_FIELDS or direction not in ("", "asc", "desc"):
            raise MalformedAction(reason=f"sort must be like rarity:desc,name with {', '.join(SORT_FIELDS)}", got=part)
        order.append((field, direction == "desc"))
    return tuple(order)


def _check_known(kind: str, name: str | None, known: dict[str, Any]) -> None:
    if name is not None and name not in known:
        raise MalformedAction(reason=f"no such {kind}", got=name, known=list(known))
