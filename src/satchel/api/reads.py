"""The reads of a session, `GET /inventory/{char_id}` and below: ASGI in, one trip to Redis, ASGI out.

They are as frequent as actions, so that they pass by the framework too.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from satchel.api.action import Scope, Send, send_json, send_problem
from satchel.api.body import Receive
from satchel.api.caller import Gatekeeper
from satchel.api.endpoints import ENDPOINTS, HERE, Endpoint
from satchel.api.forms import BagText, CardText
from satchel.errors import CharacterNotFound, ItemNotFound, MalformedAction, RouteNotFound, SatchelError
from satchel.ids import INT_MAX, HolderId
from satchel.inventory.decision import check_ownership
from satchel.inventory.item import ItemId
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.reads.bag import SORT_FIELDS, BagQuery, bag_page
from satchel.inventory.reads.card import item_card
from satchel.inventory.reads.doll import doll
from satchel.inventory.reads.listing import Order
from satchel.inventory.reads.wallet import wallet_view
from satchel.inventory.reads.whole import inventory
from satchel.orchestrator import InventoryCoreOrchestrator
from satchel.telemetry import log

__all__ = ["ReadRoute", "etag_of", "parse_char_id", "parse_query"]

Parsed = TypeVar("Parsed")
Show = Callable[[InventorySessionDTO, Scope], object]

READS = tuple(endpoint for endpoint in ENDPOINTS if endpoint.part == "reads")

_tails = "|".join(f"({re.sub('{.*?}', '[^/]+', endpoint.path.removeprefix(HERE))})" for endpoint in READS)
_path = re.compile(f"{HERE.replace('{char_id}', '([^/]+)')}(?:{_tails})").fullmatch
"""Matches what can be read; the group of the character's id comes first, then one for each of `READS`."""

_encode = msgspec.json.Encoder().encode


class ReadRoute:
    """The ASGI handler of the reads.

    Args:
        orchestrator: Finds the sessions.
        gatekeeper: Authenticates callers.
    """

    def __init__(self, orchestrator: InventoryCoreOrchestrator, gatekeeper: Gatekeeper) -> None:
        self._orchestrator = orchestrator
        self._gatekeeper = gatekeeper
        self._shows: list[tuple[Endpoint, Show]] = [(endpoint, getattr(self, endpoint.handler)) for endpoint in READS]

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
        caller, known, _ = self._gatekeeper.read_headers(scope["headers"], b"if-none-match")
        found = _path(scope["path"])
        if found is None:
            raise RouteNotFound(path=scope["path"])
        endpoint, show = self._shows[(found.lastindex or 2) - 2]
        endpoint.admit(caller)
        session = await self._orchestrator.init_session(parse_char_id(found[1]))
        if caller.owner is not None:
            check_ownership(session, caller.owner)
        etag = etag_of(session)
        if known == etag:
            return etag, None
        return etag, _encode(show(session, scope))

    # -- what is shown -------------------------------------------------------------------------------------------------

    @staticmethod
    def show_inventory(session: InventorySessionDTO, _scope: Scope) -> object:
        """All of an inventory."""
        return inventory(session)

    @staticmethod
    def show_doll(session: InventorySessionDTO, _scope: Scope) -> object:
        """What is worn."""
        return doll(session)

    @staticmethod
    def show_wallet(session: InventorySessionDTO, _scope: Scope) -> object:
        """All balances."""
        return wallet_view(session)

    @staticmethod
    def show_bag(session: InventorySessionDTO, scope: Scope) -> object:
        """A page of what is kept."""
        query, catalogue = _bag_query(scope["query_string"]), session.catalogue
        _check_known("container", query.container, catalogue.containers)
        _check_known("slot", query.fits, catalogue.slots)
        _check_known("section", query.section, {section.id: section for section in catalogue.rules.sections})
        _check_known("category", query.category, catalogue.categories)
        return bag_page(session, query)

    @staticmethod
    def show_card(session: InventorySessionDTO, scope: Scope) -> object:
        """The card of one item."""
        query = parse_query(scope, CardText)
        _check_known("slot", query.slot, session.catalogue.slots)
        item_id = ItemId(scope["path"].rpartition("/")[2])
        item = session.items.get(item_id)
        if item is None:
            raise ItemNotFound(item_id=item_id)
        return item_card(session, item, query.lang, query.slot)


def etag_of(session: InventorySessionDTO) -> bytes:
    """The entity tag of everything that is read of a session."""
    # Names and cards come from the catalogue, so that they are stale after a change of it too.
    return f'"{session.version}-{session.h[:12]}-{session.catalogue.version[:8]}"'.encode()


def parse_char_id(text: str) -> HolderId:
    """Read the id of a character in a path.

    Raises:
        CharacterNotFound: No character can have it.
    """
    if len(text) > 16 or not text.isascii() or not text.isdigit() or not 0 < int(text) <= INT_MAX:
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


@lru_cache(1024)
def _bag_query(query_string: bytes) -> BagQuery:
    text = parse_query({"query_string": query_string}, BagText)
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
