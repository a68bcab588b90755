"""What a caller sends: operations on one inventory, with options."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from satchel.errors import MalformedAction
from satchel.ids import INT_MAX
from satchel.inventory.actions import Operation
from satchel.inventory.facts import Facts

__all__ = ["OPERATIONS_MAX", "ActionRequest", "RequestOptions", "make_request"]

OPERATIONS_MAX = 50
"""Most operations in one batch."""


class RequestOptions(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """On which inventory, and how. `facts` are for services only: what the game knows and a veto may ask for."""

    char_id: Annotated[int, Meta(ge=1, le=INT_MAX)]
    expected_version: Annotated[int, Meta(ge=0, le=INT_MAX)] | None = None
    dry_run: bool = False
    durability: Literal["session", "durable"] = "session"
    facts: Facts = {}


class ActionRequest(RequestOptions, frozen=True, kw_only=True, omit_defaults=True):
    """One or more operations on one character, all or nothing."""

    operations: tuple[Operation, ...]


def make_request(options: dict[str, Any], operations: Sequence[Operation]) -> ActionRequest:
    """Make a request in Python, as strict as one that is read from JSON.

    Args:
        options: The fields of `RequestOptions`.
        operations: What to do.

    Raises:
        MalformedAction: With what is wrong, and where.
    """
    if not 1 <= len(operations) <= OPERATIONS_MAX:
        raise MalformedAction(reason=f"a request has 1 to {OPERATIONS_MAX} operations, not {len(operations)}")
    checked = tuple(_checked(operation, number) for number, operation in enumerate(operations))
    try:
        found = msgspec.convert(options, RequestOptions)
    except msgspec.ValidationError as error:
        raise MalformedAction(reason=str(error)) from error
    return ActionRequest(operations=checked, **msgspec.structs.asdict(found))


def _checked(operation: Operation, number: int) -> Operation:
    try:
        return msgspec.convert(msgspec.to_builtins(operation), type(operation))
    except msgspec.ValidationError as error:
        raise MalformedAction(reason=str(error).replace("`$", f"`$.operations[{number}]")) from error
