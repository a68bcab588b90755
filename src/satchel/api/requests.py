"""Reads the bodies of actions: strict, straight from bytes to structs."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar, Union

import msgspec
from msgspec import Meta

from satchel.errors import InvariantBroken, MalformedAction
from satchel.inventory.actions import Operation
from satchel.inventory.book import ActionBook, name_of
from satchel.inventory.request import OPERATIONS_MAX, ActionRequest, RequestOptions

__all__ = ["RequestDecoder", "decode_json"]

Decoded = TypeVar("Decoded")


class _Top(msgspec.Struct):
    """What tells a batch from an action that is sent alone."""

    operations: msgspec.Raw = msgspec.Raw()


class RequestDecoder:
    """Reads requests of the actions in a book.

    Args:
        book: The actions that callers may ask for.

    Attributes:
        alone: Each action with the form in which it is sent alone: `{"char_id": 1, "action": "equip", ...}`.
        batch: The form of a list of operations, as a subclass of `ActionRequest`.
    """

    def __init__(self, book: ActionBook) -> None:
        actions = [entry.action for entry in book.asked_for]
        union: Any = Union[tuple(actions)]  # noqa: UP007 - made at run time
        operations: Any = Annotated[tuple[union, ...], Meta(min_length=1, max_length=OPERATIONS_MAX)]
        self.alone = {action: _alone(action) for action in actions}
        self.batch: type[ActionRequest] = msgspec.defstruct(  # type: ignore[assignment]
            "ActionRequest",
            [("operations", operations)],
            bases=(ActionRequest,),
            namespace={"__doc__": ActionRequest.__doc__},
            frozen=True,
            gc=False,
            kw_only=True,
            forbid_unknown_fields=True,
            omit_defaults=True,
        )
        singles: Any = Union[tuple(self.alone.values())]  # noqa: UP007 - made at run time
        self._decode_one = msgspec.json.Decoder(singles).decode
        self._decode_batch = msgspec.json.Decoder(self.batch).decode
        self._decode_top = msgspec.json.Decoder(_Top).decode
        self._own_fields = {
            alone: (action, tuple(field.name for field in msgspec.structs.fields(action)))
            for action, alone in self.alone.items()
        }

    def decode(self, body: bytes) -> ActionRequest:
        """Read the body of a request: one action with its options, or a batch of operations.

        Raises:
            MalformedAction: With what is wrong, and where.
        """
        # A rolled property may be called "operations" too, so where the word occurs its place decides.
        if b'"operations"' in body and decode_json(self._decode_top, body).operations:
            return decode_json(self._decode_batch, body)
        alone = decode_json(self._decode_one, body)
        action, names = self._own_fields[type(alone)]
        return self.batch(
            char_id=alone.char_id,
            operations=(action(**{name: getattr(alone, name) for name in names}),),
            expected_version=alone.expected_version,
            dry_run=alone.dry_run,
            durability=alone.durability,
            facts=alone.facts,
        )


def decode_json(decode: Callable[[bytes], Decoded], body: bytes) -> Decoded:
    """Decode a body strictly.

    Raises:
        MalformedAction: With what is wrong, and where.
    """
    try:
        return decode(body)
    except msgspec.ValidationError as error:
        raise MalformedAction(reason=str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedAction(reason=f"not JSON: {error}") from error


def _alone(action: type[Operation]) -> type[Operation]:
    """The struct of an action with the options of a request beside its own fields."""
    options = msgspec.structs.fields(RequestOptions)
    clash = {option.name for option in options} & {field.name for field in msgspec.structs.fields(action)}
    if clash:
        raise InvariantBroken(reason=f"{action.__name__} has a field that is an option of the request: {clash}")
    return msgspec.defstruct(  # type: ignore[return-value]
        action.__name__,
        [_declared(option) for option in options],
        bases=(action,),
        frozen=True,
        gc=False,
        kw_only=True,
        forbid_unknown_fields=True,
        tag_field="action",
        tag=name_of(action),
        omit_defaults=True,
    )


def _declared(option: msgspec.structs.FieldInfo) -> tuple[str, Any, Any] | tuple[str, Any]:
    if option.required:
        return option.name, option.type
    if option.default_factory is not msgspec.NODEFAULT:
        return option.name, option.type, msgspec.field(default_factory=option.default_factory)
    return option.name, option.type, option.default
