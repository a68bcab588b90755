"""The endpoints off the hot path: session life, facts, history, characters, catalogue, health."""

from typing import Protocol, TypeVar

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from satchel.access import PLAYERS_TELL_NO_FACTS, Caller
from satchel.api.body import BodyReader
from satchel.api.forms import (
    CharacterBody,
    CharactersQuery,
    CharacterView,
    FactsBody,
    FactsView,
    FlushView,
    HistoryQuery,
    LivenessView,
    SessionView,
)
from satchel.api.reads import etag_of, parse_char_id, parse_query
from satchel.api.requests import decode_json
from satchel.api.watch import Readiness
from satchel.dispatcher import Dispatcher
from satchel.errors import Forbidden
from satchel.inventory.actions import UpdateCharacter
from satchel.inventory.character import Character
from satchel.inventory.decision import check_ownership
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.reads.characters import CharacterList
from satchel.inventory.reads.history import HistoryEntry, HistoryPage
from satchel.inventory.reads.whole import CatalogueView
from satchel.inventory.record import open_record
from satchel.inventory.request import ActionRequest
from satchel.ports import Characters, Ledger
from satchel.telemetry import Metrics

__all__ = ["Routes", "RoutesVault"]

Parsed = TypeVar("Parsed")


class RoutesVault(Characters, Ledger, Protocol):
    """What these routes ask of the vault."""


class Routes:
    """Handlers of the endpoints; the router says who calls where a token is needed.

    Args:
        dispatcher: Carries actions out.
        readiness: What `/readyz` tells.
        metrics: What `/metrics` tells.
        vault: Who there is, and what they did.
    """

    def __init__(self, dispatcher: Dispatcher, readiness: Readiness, metrics: Metrics, vault: RoutesVault) -> None:
        self._vault = vault
        self._dispatcher = dispatcher
        self._orchestrator = dispatcher.orchestrator
        self._bodies = BodyReader()
        self._readiness = readiness
        self._metrics = metrics
        self._catalogue: tuple[str, bytes] | None = None

    # -- characters and sessions ---------------------------------------------------------------------------------------

    async def find_characters(self, request: Request, caller: Caller) -> Response:
        """List a player's characters as the vault knows them; players see only their own."""
        owner = parse_query(request.scope, CharactersQuery).owner
        if caller.owner not in (None, owner):
            raise Forbidden(scope="characters", reason="these are another player's")
        found = await self._vault.find_characters(owner)
        return _json(CharacterList(owner, tuple(found)))

    async def put_character(self, request: Request, caller: Caller) -> Response:
        """Make a character, or change it through its session."""
        char_id = parse_char_id(request.path_params["char_id"])
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

    async def open_session(self, request: Request, caller: Caller) -> Response:
        """Load a character's session, if it is not there yet."""
        session = await self._session(request, caller)
        view = SessionView(session.char_id, session.version, session.epoch, session.h, session.character, session.stats)
        return _json(view, headers={"ETag": etag_of(session).decode()})

    async def close_session(self, request: Request, caller: Caller) -> Response:
        """Flush a session and remove it from Redis."""
        session = await self._session(request, caller)
        await self._orchestrator.close_session(session.char_id)
        return Response(status_code=204)

    async def flush_session(self, request: Request, caller: Caller) -> Response:
        """Bring the vault up to date with a session."""
        session = await self._session(request, caller)
        # The copy moves on with the actions of others while this one waits; they may not be in the vault yet.
        char_id, version = session.char_id, session.version
        await self._orchestrator.flush_session(char_id)
        return _json(FlushView(char_id, version))

    async def keep_facts(self, request: Request, caller: Caller) -> Response:
        """Keep facts for a while; services only, because a player would say what suits them."""
        if not caller.is_service:
            raise Forbidden(scope="act", reason=PLAYERS_TELL_NO_FACTS)
        session = await self._session(request, caller)
        body = await _body(self._bodies, request, FactsBody)
        await self._dispatcher.facts.keep(session.char_id, body.facts, body.for_s * 1000)
        return _json(FactsView(session.char_id, body.facts))

    async def kept_facts(self, request: Request, caller: Caller) -> Response:
        """Show the facts that are kept and have not run out."""
        session = await self._session(request, caller)
        return _json(FactsView(session.char_id, await self._dispatcher.facts.read(session.char_id)))

    # -- reads ---------------------------------------------------------------------------------------------------------

    async def history(self, request: Request, caller: Caller) -> Response:
        """Show who did what; what is not in the ledger yet is flushed first."""
        session = await self._session(request, caller)
        query = parse_query(request.scope, HistoryQuery)
        await self._orchestrator.flush_session(session.char_id)
        found = await self._vault.read_ledger(session.char_id, query.before, query.limit)
        entries = tuple(HistoryEntry(entry.h, open_record(entry.record_json)) for entry in found)
        more = entries[-1].record.version if len(entries) == query.limit and entries[-1].record.version > 1 else None
        return _json(HistoryPage(session.char_id, entries, more))

    async def catalogue(self, request: Request, _caller: Caller) -> Response:
        """Show the rule set and all definitions."""
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

    async def metrics(self, _request: Request, _caller: Caller) -> Response:
        """Show the metrics, for Prometheus."""
        await self._readiness.report()
        return Response(generate_latest(self._metrics.registry), media_type=CONTENT_TYPE_LATEST)

    # -- parts ---------------------------------------------------------------------------------------------------------

    async def _session(self, request: Request, caller: Caller) -> InventorySessionDTO:
        session = await self._orchestrator.init_session(parse_char_id(request.path_params["char_id"]))
        if caller.owner is not None:
            check_ownership(session, caller.owner)
        return session


async def _body(bodies: BodyReader, request: Request, type_: type[Parsed]) -> Parsed:
    return decode_json(lambda body: msgspec.json.decode(body, type=type_), await bodies.read(request.receive))


def _json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(value), status, headers=headers, media_type="application/json")
