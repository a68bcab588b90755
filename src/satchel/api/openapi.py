"""The OpenAPI 3.1 document, made from the same structs that the API reads and writes."""

from typing import Any, get_args

import msgspec

from satchel import __version__
from satchel.api.action import FLAT_ACTIONS
from satchel.api.problems import PROBLEM_JSON, Problem
from satchel.api.routes import CharacterBody, CharacterView, SessionView
from satchel.api.watch import ReadinessReport
from satchel.dispatcher import ActionRequest
from satchel.errors import ERRORS
from satchel.inventory.actions import SERVICE_ACTIONS, Action
from satchel.inventory.bag import BagPage
from satchel.inventory.card import ItemCard
from satchel.inventory.view import (
    ActionReply,
    CatalogueView,
    CharacterList,
    Doll,
    HistoryPage,
    InventoryView,
    WalletView,
)

__all__ = ["openapi_document"]

REF = "#/components/schemas/{name}"


def openapi_document() -> dict[str, Any]:
    """Describe the whole API.

    Returns:
        An OpenAPI 3.1 document, ready to be encoded.
    """
    bodies = (CharacterBody, ActionRequest)
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
        ReadinessReport,
        Problem,
    )
    names = {type_: REF.format(name=type_.__name__) for type_ in (*bodies, *views)}
    (*_,), components = msgspec.json.schema_components((*bodies, *views), ref_template=REF)
    for action, single in FLAT_ACTIONS.items():
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
            "description": _introduction(),
        },
        "security": [{"bearer": []}],
        "paths": _paths(refs),
        "components": {
            "schemas": components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _introduction() -> str:
    players = ", ".join(str(a.__struct_config__.tag) for a in get_args(Action) if a not in SERVICE_ACTIONS)
    services = ", ".join(str(a.__struct_config__.tag) for a in SERVICE_ACTIONS)
    rows = "\n".join(
        f"| `{error.code}` | {error.status} | {'yes' if error.retryable else 'no'} | {error.title} |"
        for error in ERRORS.values()
    )
    return (
        "A session-based inventory engine for online games.\n\n"
        f"**Player actions:** {players}.\n\n**Service actions:** {services}.\n\n"
        "**Errors** are problem documents (RFC 9457) with a stable `code`:\n\n"
        f"| code | status | retryable | meaning |\n|---|---|---|---|\n{rows}\n"
    )


def _paths(refs: dict[str, Any]) -> dict[str, Any]:
    char = [_parameter("char_id", "path", {"type": "integer", "minimum": 1})]
    acting = _parameter("X-Satchel-Acting-For", "header", {"type": "string"}, "The owner id a service acts for.")
    key = _parameter("Idempotency-Key", "header", {"type": "string", "maxLength": 128}, "Names the action.")
    match = _parameter("If-Match", "header", {"type": "string"}, "The entity tag that the action is decided on.")
    none = _parameter("If-None-Match", "header", {"type": "string"}, "The entity tag of the copy at hand.")
    lang = _parameter("lang", "query", {"enum": ["en", "ru"]})
    bag = [
        _parameter(name, "query", {"type": "string"})
        for name in ("container", "section", "category", "fits", "search", "sort", "cursor")
    ]
    bag += [
        _parameter("offset", "query", {"type": "integer", "minimum": 0}),
        _parameter("quick", "query", {"type": "boolean"}),
    ]
    slot = _parameter("slot", "query", {"type": "string"}, "The slot to compare with.")
    owner = _parameter("owner", "query", {"type": "string"}, "The player's account, e.g. tg:4711.")
    page = _parameter("limit", "query", {"type": "integer", "minimum": 1, "maximum": 200})
    before = _parameter("before", "query", {"type": "integer", "minimum": 1})
    actions = [{"$ref": f"#/components/schemas/{action.__name__}Alone"} for action in get_args(Action)]
    here = "/inventory/{char_id}"

    def read(summary: str, view: str, *more: dict[str, Any]) -> dict[str, Any]:
        return {"get": _operation(summary, refs[view], [*char, acting, none, *more])}

    return {
        "/inventory/action": {
            "post": _operation(
                "Perform one action, or up to 50 operations, all or nothing",
                refs["ActionReply"],
                [acting, key, match],
                {"oneOf": [*actions, refs["ActionRequest"]]},
            )
        },
        f"{here}/session": {
            "post": _operation("Open the session", refs["SessionView"], [*char, acting]),
            "delete": _operation("Flush and close the session", None, [*char, acting]),
        },
        f"{here}/flush": {"post": _operation("Bring the vault up to date", {"type": "object"}, [*char, acting])},
        here: read("All of an inventory", "InventoryView"),
        f"{here}/doll": read("What is worn", "Doll"),
        f"{here}/bag": read("A page of the bag", "BagPage", *bag, page, lang),
        f"{here}/items/{{item_id}}": read(
            "The card of an item", "ItemCard", _parameter("item_id", "path", {"type": "string"}), slot, lang
        ),
        f"{here}/wallet": read("All balances", "WalletView"),
        f"{here}/history": read("Who did what, newest first", "HistoryPage", before, page),
        "/characters": {
            "get": _operation("A player's characters", refs["CharacterList"], [{**owner, "required": True}])
        },
        "/characters/{char_id}": {
            "put": _operation("Make or change a character", refs["CharacterView"], [*char, key], refs["CharacterBody"])
        },
        "/catalogue": {"get": _operation("The rule set and all definitions", refs["CatalogueView"], [none])},
        "/livez": {"get": {**_operation("Whether the process runs", {"type": "object"}, []), "security": []}},
        "/readyz": {"get": {**_operation("Whether to send requests", refs["ReadinessReport"], []), "security": []}},
        "/metrics": {"get": _operation("Metrics for Prometheus", None, [])},
    }


def _parameter(name: str, where: str, schema: dict[str, Any], text: str = "") -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": schema, "description": text}


def _operation(
    summary: str, answer: dict[str, Any] | None, parameters: list[dict[str, Any]], body: dict[str, Any] | None = None
) -> dict[str, Any]:
    content = {"content": {"application/json": {"schema": answer}}} if answer is not None else {}
    operation: dict[str, Any] = {
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "2XX": {"description": "Done.", **content},
            "default": {
                "description": "A problem document.",
                "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        },
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation
