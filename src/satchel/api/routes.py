"""The routes that nobody is in a hurry for: session life, history, characters, catalogue, health."""

from typing import Annotated, Literal, Protocol, TypeVar

import msgspec
from msgspec import Meta
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from satchel.access import Caller, Scope
from satchel.api.action import decode_json
from satchel.api.body import BodyReader
from satchel.api.caller import Gatekeeper
from satchel.api.reads import CHAR_ID_MAX, PAGE_MAX, READ_PATHS, ReadRoute, etag_of, parse_char_id, parse_query
from satchel.api.watch import Readiness
from satchel.dispatcher import ActionRequest, Dispatcher
from satchel.errors import Forbidden, NotOwner
from satchel.inventory.actions import Attributes, CharacterName, Level, OwnerText, UpdateCharacter
from satchel.inventory.character import Character
from satchel.inventory.figures import Stats
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.reads.characters import CharacterList
from satchel.inventory.reads.history import HistoryEntry, HistoryPage
from satchel.inventory.reads.whole import CatalogueView
from satchel.inventory.record import open_record
from satchel.ports import Characters, Ledger
from satchel.telemetry import Metrics

__all__ = [
    "CharacterBody",
    "CharacterView",
    "FlushView",
    "LivenessView",
    "Routes",
    "RoutesVault",
    "SessionView",
]

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


class HistoryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The query of a history page."""

    before: Annotated[int, Meta(ge=1, le=CHAR_ID_MAX)] = CHAR_ID_MAX
    limit: Annotated[int, Meta(ge=1, le=PAGE_MAX)] = 50


class CharactersQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose characters."""

    owner: OwnerText


class RoutesVault(Characters, Ledger, Protocol):
    """What these routes ask of the vault."""


class Routes:
    """Handlers of the routes."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        gatekeeper: Gatekeeper,
        reads: ReadRoute,
        readiness: Readiness,
        metrics: Metrics,
        vault: RoutesVault,
    ) -> None:
        self._dispatcher = dispatcher
        self._orchestrator = dispatcher.orchestrator
        self._vault = vault
        self._gatekeeper = gatekeeper
        self._reads = reads
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
            *(Route(here + path, self._reads, methods=["GET"]) for path in READ_PATHS),
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
        owner = parse_query(request.scope, CharactersQuery).owner
        if caller.owner not in (None, owner):
            raise Forbidden(scope="characters", reason="these are another player's")
        found = await self._vault.find_characters(owner)
        return _json(CharacterList(owner, tuple(found)))

    async def put_character(self, request: Request) -> Response:
        """Make a character, or change it through its session."""
        caller, char_id = self._caller(request, "characters"), parse_char_id(request.path_params["char_id"])
        if caller.owner is not None:
            raise NotOwner(char_id=char_id)
        body = await _body(self._bodies, request, CharacterBody)
        character = Character(body.owner, body.name, body.level, dict(body.attributes))
        if await self._vault.create_character(char_id, character):
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
        return _json(view, headers={"ETag": etag_of(session).decode()})

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
        query = parse_query(request.scope, HistoryQuery)
        await self._orchestrator.flush_session(session.char_id)
        found = await self._vault.read_ledger(session.char_id, query.before, query.limit)
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

    def _caller(self, request: Request, scope: Scope) -> Caller:
        authorization, acting_for = (_header(request, name) for name in ("authorization", "x-satchel-acting-for"))
        caller = self._gatekeeper.caller(authorization or b"", acting_for)
        caller.require(scope)
        return caller

    async def _session(self, request: Request, scope: Scope) -> InventorySessionDTO:
        caller, char_id = self._caller(request, scope), parse_char_id(request.path_params["char_id"])
        session = await self._orchestrator.init_session(char_id)
        if caller.owner is not None and session.character.owner != caller.owner:
            raise NotOwner(char_id=char_id)
        return session


def _header(request: Request, name: str) -> bytes | None:
    value = request.headers.get(name)
    return None if value is None else value.encode("latin-1")


async def _body(bodies: BodyReader, request: Request, type_: type[Parsed]) -> Parsed:
    return decode_json(lambda body: msgspec.json.decode(body, type=type_), await bodies.read(request.receive))


def _json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(value), status, headers=headers, media_type="application/json")
