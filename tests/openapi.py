"""Holds requests and answers against the OpenAPI document that the API gives of itself."""

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from tests.wire import Answer

__all__ = ["Spec"]


class Spec:
    """The document; notes which routes and statuses were seen.

    Answers are held against it more strictly than the document says: a field that it does not name is a mistake.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.seen: set[tuple[str, str, int]] = set()
        self._components = {"components": document["components"]}
        self._strict = {"components": _closed(document["components"])}
        self._paths = {
            template: re.compile(re.sub(r"\{\w+\}", "[^/]+", template) + "$") for template in document["paths"]
        }

    def check(self, method: str, path: str, body: bytes | None, answer: "Answer") -> None:
        """Fail if the document tells another story."""
        url = urlsplit(path)
        template = self._template(url.path)
        operation = self.document["paths"].get(template, {}).get("get" if method == "HEAD" else method.lower())
        if operation is None:
            # A path or a method that the document does not know must not be served either.
            assert answer.status in (401, 404, 405), f"{method} {path} is not in the document, but gave {answer.status}"
            self._check_problem(answer)
            return
        self.seen.add((method, template, answer.status))
        if method == "HEAD":
            return
        if answer.status < 300:
            self._check_request(operation, url.query, body)
        self._check_answer(operation, answer)

    def _template(self, path: str) -> str:
        # A path without parameters goes before one with them.
        found = [template for template, pattern in self._paths.items() if pattern.match(path)]
        return min(found, key=lambda template: template.count("{"), default="")

    def _check_request(self, operation: dict[str, Any], query: str, body: bytes | None) -> None:
        named = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "query"}
        sent = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
        assert sent <= named, f"the API took the query parameters {sent - named}, which the document does not name"
        if body is not None and "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            _validate(msgspec.json.decode(body), schema, self._components)

    def _check_answer(self, operation: dict[str, Any], answer: "Answer") -> None:
        responses = operation["responses"]
        response = responses.get(str(answer.status)) or responses["default"]
        assert answer.status < 400 or str(answer.status) in responses or "default" in responses
        if str(answer.status) not in responses:
            self._check_problem(answer)
            return
        media = answer.headers.get("Content-Type", "").partition(";")[0]
        content = response.get("content", {})
        if not content:
            assert answer.body == b"", f"the document says that {answer.status} has no body"
            return
        assert media in content, f"{media} is not one of {list(content)}"
        for header in response.get("headers", {}):
            assert header in answer.headers
        if media == "application/json":
            _validate(answer.json, _closed(content[media]["schema"]), self._strict)

    def _check_problem(self, answer: "Answer") -> None:
        assert answer.headers.get("Content-Type") == "application/problem+json", answer
        if answer.body:
            _validate(answer.json, {"$ref": "#/components/schemas/Problem"}, self._strict)
            assert answer.json["status"] == answer.status
            assert ("Retry-After" in answer.headers) == answer.json["retryable"]


def _validate(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> None:
    errors = [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator({**root, **schema}).iter_errors(value)
    ]
    assert errors == []


def _closed(schema: Any) -> Any:
    """The same schema, with no properties besides those it names."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(part) for name, part in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        closed.setdefault("additionalProperties", False)
    return closed
