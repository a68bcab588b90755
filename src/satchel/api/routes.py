"""All routes but the hot one: session life, reads, characters, catalogue, health."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from satchel.api.action import decode_json
from satchel.api.body import BodyReader
from satchel.api.caller import Gatekeeper
from satchel.api.watch import Readiness
from satchel.dispatcher import ActionRequest, Caller, Dispatcher, Scope
from satchel.errors import CharacterNotFound, Forbidden, ItemNotFound, MalformedAction, NotOwner
from satchel.inventory.actions import Attributes, CharacterName, Level, OwnerText, UpdateCharacter
from satchel.inventory.bag import SORT_FIELDS, BagQuery, bag_page
from satchel.inventory.card import item_card
from satchel.inventory.model import Character, InventorySessionDTO, ItemId, Stats
from satchel.inventory.record import open_record
from satchel.inventory.view import (
    CatalogueView,
    CharacterList,
    HistoryEntry,
    HistoryPage,
    doll,
    inventory,
    wallet_view,
)
from satchel.telemetry import Metrics

__all__ = [
    "CharacterBody",
    "CharacterView",
    "FlushView",
    "LivenessView",
    "Routes",
    "SessionView",
]

PAGE_MAX = 200
CHAR_ID_MAX = 2**53 - 1

Parsed = TypeVar("Parsed")


class CharacterBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a character is; the whole of it, as with any PUT."""

    owner: OwnerText
    name: CharacterName
    level: Level = 1
    attributes: Attributes = {}


class CharacterView(msgspec.Struct, frozen=True):
    """A character, and whether this request made it."""

    char_id: int
    created: bool
    version: int
    character: Character


class SessionView(msgspec.Struct, frozen=True):
    """The head of a session."""

    char_id: int
    version: int
    epoch: int
    h: str
    character: Character
    stats: Stats


class FlushView(msgspec.Struct, frozen=True):
    """At least this version is in the vault."""

    char_id: int
    version: int
    durability: Literal["durable"] = "durable"


class LivenessView(msgspec.Struct, frozen=True):
    """This process runs."""

    alive: bool = True


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
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


class HistoryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The query of a history page."""

    before: Annotated[int, Meta(ge=1, le=CHAR_ID_MAX)] = CHAR_ID_MAX
    limit: Annotated[int, Meta(ge=1, le=PAGE_MAX)] = 50


class CharactersQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose characters."""

    owner: OwnerText


class CardQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The slot to compare with, and the language of texts."""

    slot: str | None = None
    lang: Literal["en", "ru"] = "en"


class Routes:
    """Handlers of the routes."""

    def __init__(self, dispatcher: Dispatcher, gatekeeper: Gatekeeper, readiness: Readiness, metrics: Metrics) -> None:
        self._dispatcher = dispatcher
        self._orchestrator = dispatcher.orchestrator
        self._gatekeeper = gatekeeper
        self._bodies = BodyReader()
        self._readiness = readiness
        self._metrics = metrics
        self._catalogue: tuple[str, bytes] | None = None

    def all(self) -> list[Route]:
        """List them."""
        here = "/inventory/{char_id}"
        return [
            Route("/characters", self.find_characters, methods=["GET"]),
            Route("/characters/{char_id}", self.put_character, methods=["PUT"]),
            Route(f"{here}/session", self.open_session, methods=["POST"]),
            Route(f"{here}/session", self.close_session, methods=["DELETE"]),
            Route(f"{here}/flush", self.flush_session, methods=["POST"]),
            Route(here, self._reader(lambda session, _: inventory(session)), methods=["GET"]),
            Route(f"{here}/doll", self._reader(lambda session, _: doll(session)), methods=["GET"]),
            Route(f"{here}/bag", self._reader(_bag), methods=["GET"]),
            Route(f"{here}/items/{{item_id}}", self._reader(_card), methods=["GET"]),
            Route(f"{here}/wallet", self._reader(lambda session, _: wallet_view(session)), methods=["GET"]),
            Route(f"{here}/history", self.history, methods=["GET"]),
            Route("/catalogue", self.catalogue, methods=["GET"]),
            Route("/livez", self.livez, methods=["GET"]),
            Route("/readyz", self.readyz, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
        ]

    # -- characters and sessions ---------------------------------------------------------------------------------------

    async def find_characters(self, request: Request) -> Response:
        """List a player's characters as the vault knows them; players see only their own."""
        caller = self._caller(request, "read")
        owner = _query(request, CharactersQuery).owner
        if caller.owner not in (None, owner):
            raise Forbidden(scope="characters", reason="these are another player's")
        found = await self._orchestrator.vault.find_characters(owner)
        return _json(CharacterList(owner, tuple(found)))

    async def put_character(self, request: Request) -> Response:
        """Make a character, or change it through its session."""
        caller, char_id = self._caller(request, "characters"), _char_id(request)
        if caller.owner is not None:
            raise NotOwner(char_id=char_id)
        body = await _body(self._bodies, request, CharacterBody)
        character = Character(body.owner, body.name, body.level, dict(body.attributes))
        if await self._orchestrator.vault.create_character(char_id, character):
            return _json(CharacterView(char_id, True, 0, character), 201)
        operation = UpdateCharacter(owner=body.owner, name=body.name, level=body.level, attributes=body.attributes)
        reply = await self._dispatcher.dispatch(
            ActionRequest(char_id=char_id, operations=(operation,)),
            Caller(caller.actor, frozenset(("grant",))),
            request.headers.get("idempotency-key"),
        )
        return _json(CharacterView(char_id, False, reply.version, character))

    async def open_session(self, request: Request) -> Response:
        """Load a character's session, if it is not there yet."""
        session = await self._session(request, "session")
        view = SessionView(session.char_id, session.version, session.epoch, session.h, session.character, session.stats)
        return _json(view, headers={"ETag": _etag(session)})

    async def close_session(self, request: Request) -> Response:
        """Flush a session and remove it from Redis."""
        session = await self._session(request, "session")
        await self._orchestrator.close_session(session.char_id)
        return Response(status_code=204)

    async def flush_session(self, request: Request) -> Response:
        """Bring the vault up to date with a session."""
        session = await self._session(request, "session")
        # The copy moves on with the actions of others while this one waits; they may not be in the vault yet.
        char_id, version = session.char_id, session.version
        await self._orchestrator.flush_session(char_id)
        return _json(FlushView(char_id, version))

    # -- reads ---------------------------------------------------------------------------------------------------------

    async def history(self, request: Request) -> Response:
        """Show who did what; what is not in the ledger yet is flushed first."""
        session = await self._session(request, "read")
        query = _query(request, HistoryQuery)
        await self._orchestrator.flush_session(session.char_id)
        found = await self._orchestrator.vault.read_ledger(session.char_id, query.before, query.limit)
        entries = tuple(HistoryEntry(entry.h, open_record(entry.record_json)) for entry in found)
        more = entries[-1].record.version if len(entries) == query.limit and entries[-1].record.version > 1 else None
        return _json(HistoryPage(session.char_id, entries, more))

    async def catalogue(self, request: Request) -> Response:
        """Show the rule set and all definitions."""
        self._caller(request, "read")
        if self._catalogue is None:
            catalogue = self._dispatcher.catalogue
            view = CatalogueView(catalogue.version, catalogue.rules, tuple(catalogue.definitions.values()))
            self._catalogue = (f'"{catalogue.version}"', msgspec.json.encode(view))
        etag, body = self._catalogue
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"ETag": etag})
        return Response(body, media_type="application/json", headers={"ETag": etag})

    # -- health --------------------------------------------------------------------------------------------------------

    async def livez(self, _request: Request) -> Response:
        """Say that this process runs."""
        return _json(LivenessView())

    async def readyz(self, _request: Request) -> Response:
        """Say whether this process should get requests."""
        report = await self._readiness.report()
        return _json(report, 200 if report.ready else 503)

    async def metrics(self, request: Request) -> Response:
        """Show the metrics, for Prometheus."""
        if self._caller(request, "read").owner is not None:
            raise Forbidden(scope="read", reason="metrics are not for players")
        await self._readiness.report()
        return Response(generate_latest(self._metrics.registry), media_type=CONTENT_TYPE_LATEST)

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _reader(
        self, show: Callable[[InventorySessionDTO, Request], object]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Make the handler of a read: one trip, and nothing but its comparison if the caller has the present state."""

        async def read(request: Request) -> Response:
            session = await self._session(request, "read")
            etag = _etag(session)
            if request.headers.get("if-none-match") == etag:
                return Response(status_code=304, headers={"ETag": etag})
            return _json(show(session, request), headers={"ETag": etag})

        return read

    def _caller(self, request: Request, scope: Scope) -> Caller:
        authorization, acting_for = (_header(request, name) for name in ("authorization", "x-satchel-acting-for"))
        caller = self._gatekeeper.caller(authorization or b"", acting_for)
        caller.require(scope)
        return caller

    async def _session(self, request: Request, scope: Scope) -> InventorySessionDTO:
        caller, char_id = self._caller(request, scope), _char_id(request)
        session = await self._orchestrator.init_session(char_id)
        if caller.owner is not None and session.character.owner != caller.owner:
            raise NotOwner(char_id=char_id)
        return session


def _bag(session: InventorySessionDTO, request: Request) -> object:
    query = _query(request, Query)
    rules = session.catalogue
    _check_known("container", query.container, rules.containers)
    _check_known("slot", query.fits, rules.slots)
    _check_known("section", query.section, {section.id: section for section in rules.rules.sections})
    _check_known("category", query.category, rules.categories)
    return bag_page(
        session,
        BagQuery(
            container=query.container,
            section=query.section,
            category=query.category,
            fits=query.fits,
            quick=query.quick,
            search=query.search,
            sort=_sort(query.sort),
            limit=query.limit,
            after=query.cursor,
            offset=query.offset,
            lang=query.lang,
        ),
    )


def _card(session: InventorySessionDTO, request: Request) -> object:
    query = _query(request, CardQuery)
    _check_known("slot", query.slot, session.catalogue.slots)
    item = session.items.get(ItemId(request.path_params["item_id"]))
    if item is None:
        raise ItemNotFound(item_id=request.path_params["item_id"])
    return item_card(session, item, query.lang, query.slot)


def _sort(text: str) -> tuple[tuple[str, bool], ...]:
    order = []
    for part in filter(None, text.split(",")):
        field, _, direction = part.partition(":")
        if field not in SORT_FIELDS or direction not in ("", "asc", "desc"):
            raise MalformedAction(reason=f"sort must be like rarity:desc,name with {', '.join(SORT_FIELDS)}", got=part)
        order.append((field, direction == "desc"))
    return tuple(order)


def _check_known(kind: str, name: str | None, known: dict[str, Any]) -> None:
    if name is not None and name not in known:
        raise MalformedAction(reason=f"no such {kind}", got=name, known=list(known))


def _header(request: Request, name: str) -> bytes | None:
    value = request.headers.get(name)
    return None if value is None else value.encode("latin-1")


def _char_id(request: Request) -> int:
    text = request.path_params["char_id"]
    if len(text) > 16 or not text.isascii() or not text.isdigit() or not 0 < int(text) <= CHAR_ID_MAX:
        raise CharacterNotFound(char_id=text[:32])
    return int(text)


def _etag(session: InventorySessionDTO) -> str:
    # Names and cards come from the catalogue, so that they are stale after a change of it too.
    return f'"{session.version}-{session.h[:12]}-{session.catalogue.version[:8]}"'


def _query(request: Request, type_: type[Parsed]) -> Parsed:
    try:
        return msgspec.convert(dict(request.query_params), type_, strict=False)
    except msgspec.ValidationError as error:
        raise MalformedAction(reason=str(error)) from error


async def _body(bodies: BodyReader, request: Request, type_: type[Parsed]) -> Parsed:
    return decode_json(lambda body: msgspec.json.decode(body, type=type_), await bodies.read(request.receive))


def _json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(value), status, headers=headers, media_type="application/json")
