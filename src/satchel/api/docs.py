"""`/openapi.json`, and `/docs`: the same as a page that needs no network and no script."""

import json
from collections.abc import Iterable
from html import escape
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from satchel.api.openapi import openapi_document
from satchel.errors import API_ERRORS, Refusal
from satchel.inventory.book import ActionBook

__all__ = ["DocsRoutes"]

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
code,pre{font:13px/1.45 ui-monospace,monospace}pre{background:#f6f6f3;padding:.8rem;overflow:auto;border-radius:6px}
summary{cursor:pointer;padding:.25rem 0}summary code{font-size:15px}
.m{display:inline-block;min-width:4.5rem;font-weight:700}
table{border-collapse:collapse}td,th{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#1b1b1a}pre{background:#262624}a{color:#8ab4f8}}
"""


class DocsRoutes:
    """Handlers of the endpoints of the documentation; they need no token.

    Args:
        book: The actions that are described.
    """

    def __init__(self, book: ActionBook) -> None:
        self._book = book
        self._document: dict[str, Any] | None = None

    async def document(self, _request: Request) -> Response:
        """Give the document."""
        return Response(msgspec.json.encode(self._made()), media_type="application/json")

    async def page(self, _request: Request) -> Response:
        """Give the page."""
        return HTMLResponse(_page(self._made(), self._book.refusals.values()))

    def _made(self) -> dict[str, Any]:
        if self._document is None:
            self._document = openapi_document(self._book)
        return self._document


def _page(document: dict[str, Any], refusals: Iterable[type[Refusal]]) -> str:
    routes = [
        _route(path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = [_schema(name, schema) for name, schema in sorted(document["components"]["schemas"].items())]
    errors = "".join(
        f"<tr><td><code>{e.code}</code></td><td>{e.status}</td><td>{'yes' if e.retryable else 'no'}</td>"
        f"<td>{escape(e.title)}</td></tr>"
        for e in (*API_ERRORS.values(), *refusals)
    )
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Satchel API</title><style>{STYLE}</style>"
        f"<h1>Satchel API {escape(document['info']['version'])}</h1>"
        "<p>Send <code>Authorization: Bearer &lt;token&gt;</code> with every request; <code>satchel token</code> "
        'prints yours. The same as a document: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>'
        f"<h2>Routes</h2>{''.join(routes)}<h2>Errors</h2><table><tr><th>code<th>status<th>retryable<th>meaning</tr>"
        f"{errors}</table><h2>Schemas</h2>{''.join(schemas)}</html>"
    )


def _route(path: str, method: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(p['name'])}</code></td><td>{p['in']}</td><td>{escape(p['description'])}</td></tr>"
        for p in operation["parameters"]
    )
    bodies = _references(operation.get("requestBody", {}))
    answers = _references({status: answer for status, answer in operation["responses"].items() if status != "default"})
    return (
        f"<details><summary><code><span class=m>{method.upper()}</span>{escape(path)}</code> "
        f"{escape(operation['summary'])}</summary><table>{rows}</table>"
        + (f"<p>Body: {bodies}</p>" if bodies else "")
        + (f"<p>Answer: {answers}</p>" if answers else "")
        + "</details>"
    )


def _schema(name: str, schema: dict[str, Any]) -> str:
    text = escape(json.dumps(schema, indent=2, ensure_ascii=False))
    return f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary><pre>{text}</pre></details>'


def _references(part: Any) -> str:
    """Link every schema that a part of the document names."""
    found: list[str] = []
    stack = [part]
    while stack:
        value = stack.pop(0)
        if isinstance(value, dict):
            if "$ref" in value:
                found.append(value["$ref"].rsplit("/", 1)[1])
            stack += value.values()
        elif isinstance(value, list):
            stack += value
    names = dict.fromkeys(found)
    return ", ".join(f'<a href="#{escape(name)}"><code>{escape(name)}</code></a>' for name in names)
