"""Errors as RFC 9457 problem documents."""

from typing import Any

import msgspec

from satchel.errors import SatchelError

__all__ = ["PROBLEM_JSON", "Problem", "problem_of", "retry_after"]

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


def retry_after(error: SatchelError) -> dict[str, str]:
    """The `Retry-After` header of an error that passes: one second."""
    return {"Retry-After": "1"} if error.retryable else {}
