"""Errors as RFC 9457 problem documents."""

from typing import Any

import msgspec

from satchel.errors import SatchelError

__all__ = ["PROBLEM_JSON", "Problem", "problem_headers", "problem_of"]

PROBLEM_JSON = "application/problem+json"


class Problem(msgspec.Struct, frozen=True):
    """A problem document: `code` is what programs compare, `data` holds the figures."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    retryable: bool
    data: dict[str, Any]  # JSON of any shape


def problem_of(error: SatchelError) -> Problem:
    """Describe an error."""
    return Problem(
        type=f"urn:satchel:error:{error.code}",
        title=error.title,
        status=error.status,
        detail=str(error),
        code=error.code,
        retryable=error.retryable,
        data=error.data,
    )


def problem_headers(error: SatchelError) -> dict[str, str]:
    """The headers that go with an error: `Retry-After` if it passes, `WWW-Authenticate` if a token is missing."""
    headers = {"Retry-After": "1"} if error.retryable else {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return headers
