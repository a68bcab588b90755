"""The OpenAPI 3.1 document, made from the same structs that the API reads and writes."""

from typing import Any

import msgspec

from satchel import __version__
from satchel.api.problems import PROBLEM_JSON, Problem
from satchel.api.requests import RequestDecoder
from satchel.api.routes import CharacterBody, CharacterView, FlushView, LivenessView, SessionView
from satchel.api.watch import ReadinessReport
from satchel.errors import API_ERRORS
from satchel.inventory.book import BUILT_IN, ActionBook
from satchel.inventory.reads.bag import BagPage
from satchel.inventory.reads.card import ItemCard
from satchel.inventory.reads.characters import CharacterList
from satchel.inventory.reads.doll import Doll
from satchel.inventory.reads.history import HistoryPage
from satchel.inventory.reads.reply import ActionReply
from satchel.inventory.reads.wallet import WalletView
from satchel.inventory.reads.whole import CatalogueView, InventoryView

__all__ = ["openapi_document"]

REF = "#/components/schemas/{name}"


def _parameter(name: str, where: str, schema: dict[str, Any], text: str = "") -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": schema, "description": text}


CHAR = _parameter("char_id", "path", {"type": "integer", "minimum": 1})
ACTING = _parameter("X-Satchel-Acting-For", "header", {"type": "string"}, "The owner id a service acts for.")
KEY = _parameter("Idempotency-Key", "header", {"type": "string", "maxLength": 128}, "Names the action.")
MATCH = _parameter("If-Match", "header", {"type": "string"}, "The entity tag that the action is decided on.")
NONE = _parameter("If-None-Match", "header", {"type": "string"}, "The entity tag of the copy at hand.")
LANG = _parameter("lang", "query", {"enum": ["en", "ru"]})
LIMIT = _parameter("limit", "query", {"type": "integer", "minimum": 1, "maximum": 200})
BEFORE = _parameter("before", "query", {"type": "integer", "minimum": 1}, "Only saves below this version.")
SLOT = _parameter("slot", "query", {"type": "string"}, "The slot to compare with.")
OWNER = {**_parameter("owner", "query", {"type": "string"}, "The player's account, e.g. tg:4711."), "required": True}
BAG = [
    *(
        _parameter(name, "query", {"type": "string"})
        for name in ("container", "section", "category", "fits", "search", "sort", "cursor")
    ),
    _parameter("offset", "query", {"type": "integer", "minimum": 0}),
    _parameter("quick", "query", {"type": "boolean"}),
]


def openapi_document(book: ActionBook = BUILT_IN) -> dict[str, Any]:
    """Describe the whole API.

    Args:
        book: The actions that it takes.

    Returns:
        An OpenAPI 3.1 document, ready to be encoded.
    """
    requests = RequestDecoder(book)
    bodies = (CharacterBody, requests.batch)
    views = (
        ActionReply,
        CharacterView,
        CharacterList,
        SessionView,
        InventoryView,
        Doll,
        BagPage,
        ItemCard,
        WalletView,
        HistoryPage,
        CatalogueView,
        FlushView,
        LivenessView,
        ReadinessReport,
        Problem,
    )
    names = {type_: REF.format(name=type_.__name__) for type_ in (*bodies, *views)}
    (*_,), components = msgspec.json.schema_components((*bodies, *views), ref_template=REF)
    for action, single in requests.alone.items():
        (_,), parts = msgspec.json.schema_components((single,), ref_template=REF)
        schema = parts.pop(single.__name__)
        schema["title"] = f"{action.__name__} alone"
        schema["description"] = (action.__doc__ or "").strip()
        components[f"{action.__name__}Alone"] = schema
        components |= {name: part for name, part in parts.items() if name not in components}
    refs = {type_.__name__: {"$ref": ref} for type_, ref in names.items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Satchel",
            "version": __version__,
            "license": {"name": "MIT", "identifier": "MIT"},
            "description": _introduction(book),
        },
        "security": [{"bearer": []}],
        "paths": _paths(refs, book),
        "components": {
            "schemas": components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _introduction(book: ActionBook) -> str:
    players = ", ".join(entry.name for entry in book.asked_for if entry.scope == "act")
    services = ", ".join(entry.name for entry in book.asked_for if entry.scope == "grant")
    rows = "\n".join(
        f"| `{error.code}` | {error.status} | {'yes' if error.retryable else 'no'} | {error.title} |"
        for error in API_ERRORS.values()
    )
    return (
        "A session-based inventory engine for online games.\n\n"
        f"**Player actions:** {players}.\n\n**Service actions:** {services}.\n\n"
        "**Errors** are problem documents (RFC 9457) with a stable `code`:\n\n"
        f"| code | status | retryable | meaning |\n|---|---|---|---|\n{rows}\n"
    )


def _paths(refs: dict[str, Any], book: ActionBook) -> dict[str, Any]:
    actions = [{"$ref": f"#/components/schemas/{entry.action.__name__}Alone"} for entry in book.asked_for]
    here = "/inventory/{char_id}"

    def read(summary: str, view: str, *more: dict[str, Any]) -> dict[str, Any]:
        answers = {200: _json(refs[view], "ETag"), 304: _nothing("The copy at hand is the present one.")}
        return {"get": _operation(summary, [CHAR, ACTING, NONE, *more], answers)}

    return {
        "/inventory/action": {
            "post": _operation(
                "Perform one action, or up to 50 operations, all or nothing",
                [ACTING, KEY, MATCH],
                {200: _json(refs["ActionReply"])},
                {"oneOf": [*actions, refs["ActionRequest"]]},
            )
        },
        f"{here}/session": {
            "post": _operation("Open the session", [CHAR, ACTING], {200: _json(refs["SessionView"], "ETag")}),
            "delete": _operation("Flush and close the session", [CHAR, ACTING], {204: _nothing("It is closed.")}),
        },
        f"{here}/flush": {
            "post": _operation("Bring the vault up to date", [CHAR, ACTING], {200: _json(refs["FlushView"])})
        },
        here: read("All of an inventory", "InventoryView"),
        f"{here}/doll": read("What is worn", "Doll"),
        f"{here}/bag": read("A page of the bag", "BagPage", *BAG, LIMIT, LANG),
        f"{here}/items/{{item_id}}": read(
            "The card of an item", "ItemCard", _parameter("item_id", "path", {"type": "string"}), SLOT, LANG
        ),
        f"{here}/wallet": read("All balances", "WalletView"),
        f"{here}/history": {
            "get": _operation(
                "Who did what, newest first", [CHAR, ACTING, BEFORE, LIMIT], {200: _json(refs["HistoryPage"])}
            )
        },
        "/characters": {
            "get": _operation("A player's characters", [ACTING, OWNER], {200: _json(refs["CharacterList"])})
        },
        "/characters/{char_id}": {
            "put": _operation(
                "Make or change a character",
                [CHAR, KEY],
                {200: _json(refs["CharacterView"]), 201: _json(refs["CharacterView"])},
                refs["CharacterBody"],
            )
        },
        "/catalogue": {
            "get": _operation(
                "The rule set and all definitions",
                [NONE],
                {200: _json(refs["CatalogueView"], "ETag"), 304: _nothing("The copy at hand is the present one.")},
            )
        },
        **_health_paths(refs),
    }


def _health_paths(refs: dict[str, Any]) -> dict[str, Any]:
    report = _json(refs["ReadinessReport"])
    text = {"description": "In the text format.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    alive = _operation("Whether the process runs", [], {200: _json(refs["LivenessView"])})
    ready = _operation("Whether to send requests", [], {200: report, 503: report})
    return {
        "/livez": {"get": {**alive, "security": []}},
        "/readyz": {"get": {**ready, "security": []}},
        "/metrics": {"get": _operation("Metrics for Prometheus", [], {200: text})},
    }


def _json(schema: dict[str, Any], *headers: str) -> dict[str, Any]:
    response: dict[str, Any] = {"description": "Done.", "content": {"application/json": {"schema": schema}}}
    if headers:
        response["headers"] = {name: {"schema": {"type": "string"}} for name in headers}
    return response


def _nothing(text: str) -> dict[str, Any]:
    return {"description": text}


def _operation(
    summary: str,
    parameters: list[dict[str, Any]],
    answers: dict[int, dict[str, Any]],
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    problem = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operation: dict[str, Any] = {
        "summary": summary,
        "parameters": parameters,
        "responses": {
            **{str(status): answer for status, answer in answers.items()},
            "default": {"description": "A problem document.", "content": problem},
        },
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation
