"""The OpenAPI 3.1 document, made from the same structs that the API reads and writes."""

import re
from typing import Any

import msgspec

from satchel.api.endpoints import ACTION, ENDPOINTS, Endpoint
from satchel.api.problems import PROBLEM_JSON, Problem
from satchel.api.requests import RequestDecoder
from satchel.errors import API_ERRORS
from satchel.inventory.book import BUILT_IN, ActionBook
from satchel.version import __version__

__all__ = ["openapi_document"]

REF = "#/components/schemas/{name}"

HEADERS: dict[str, tuple[dict[str, Any], str]] = {
    "X-Satchel-Acting-For": ({"type": "string"}, "The owner id a service acts for."),
    "Idempotency-Key": ({"type": "string", "maxLength": 128}, "Names the action."),
    "If-Match": ({"type": "string"}, "The entity tag that the action is decided on."),
    "If-None-Match": ({"type": "string"}, "The entity tag of the copy at hand."),
}
PATH_PARAMETERS: dict[str, dict[str, Any]] = {
    "char_id": {"type": "integer", "minimum": 1},
    "item_id": {"type": "string"},
}


def openapi_document(book: ActionBook = BUILT_IN) -> dict[str, Any]:
    """Describe the whole API.

    Args:
        book: The actions that it takes.

    Returns:
        An OpenAPI 3.1 document, ready to be encoded.
    """
    requests = RequestDecoder(book)
    bodies = [endpoint.body for endpoint in ENDPOINTS if endpoint.body not in (None, ACTION.body)]
    views = [endpoint.answer for endpoint in ENDPOINTS if endpoint.described and endpoint.answer not in (None, str)]
    _, components = msgspec.json.schema_components((requests.batch, *bodies, *views, Problem), ref_template=REF)
    for action, single in requests.alone.items():
        (_,), parts = msgspec.json.schema_components((single,), ref_template=REF)
        schema = parts.pop(single.__name__)
        schema["title"] = f"{action.__name__} alone"
        schema["description"] = (action.__doc__ or "").strip()
        components[f"{action.__name__}Alone"] = schema
        components |= {name: part for name, part in parts.items() if name not in components}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Satchel",
            "version": __version__,
            "license": {"name": "MIT", "identifier": "MIT"},
            "description": _introduction(book),
        },
        "security": [{"bearer": []}],
        "paths": _paths(book),
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
        for error in (*API_ERRORS.values(), *book.refusals.values())
    )
    return (
        "A session-based inventory engine for online games.\n\n"
        f"**Player actions:** {players}.\n\n**Service actions:** {services}.\n\n"
        "**Errors** are problem documents (RFC 9457) with a stable `code`:\n\n"
        f"| code | status | retryable | meaning |\n|---|---|---|---|\n{rows}\n"
    )


def _paths(book: ActionBook) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for endpoint in ENDPOINTS:
        if endpoint.described:
            paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, book)
    return paths


def _operation(endpoint: Endpoint, book: ActionBook) -> dict[str, Any]:
    problem = {PROBLEM_JSON: {"schema": {"$ref": REF.format(name=Problem.__name__)}}}
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "parameters": _parameters(endpoint),
        "responses": {**_answers(endpoint), "default": {"description": "A problem document.", "content": problem}},
    }
    if endpoint.body is not None:
        schema = _body(endpoint.body, book)
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if endpoint.scope is None:
        operation["security"] = []
    return operation


def _body(body: type, book: ActionBook) -> dict[str, Any]:
    if body is not ACTION.body:
        return _reference(body)
    actions = [{"$ref": f"#/components/schemas/{entry.action.__name__}Alone"} for entry in book.asked_for]
    return {"oneOf": [*actions, _reference(body)]}


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    in_path = [_parameter(name, "path", PATH_PARAMETERS[name]) for name in re.findall(r"{(\w+)}", endpoint.path)]
    headers = [_parameter(name, "header", *HEADERS[name]) for name in endpoint.headers]
    return [*in_path, *headers, *_query_parameters(endpoint.query)]


def _query_parameters(query: type[msgspec.Struct] | None) -> list[dict[str, Any]]:
    found = []
    for field in msgspec.structs.fields(query) if query is not None else ():
        schema = msgspec.json.schema(field.type)
        text = schema.pop("description", "")
        # A parameter that may be left out is not null when it is there.
        given = [part for part in schema.pop("anyOf", ()) if part != {"type": "null"}]
        found.append(_parameter(field.encode_name, "query", {**schema, **(given[0] if given else {})}, text))
        found[-1]["required"] = field.required
    return found


def _parameter(name: str, where: str, schema: dict[str, Any], text: str = "") -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": schema, "description": text}


def _answers(endpoint: Endpoint) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": endpoint.done}
    if endpoint.answer is str:
        answer["content"] = {"text/plain": {"schema": {"type": "string"}}}
    elif endpoint.answer is not None:
        answer["content"] = {"application/json": {"schema": _reference(endpoint.answer)}}
    if endpoint.etag:
        answer["headers"] = {"ETag": {"schema": {"type": "string"}}}
    answers = {str(status): answer for status in endpoint.statuses}
    if "If-None-Match" in endpoint.headers:
        answers["304"] = {"description": "The copy at hand is the present one."}
    return answers


def _reference(type_: type) -> dict[str, Any]:
    return {"$ref": REF.format(name=type_.__name__)}
