"""The hot route, `POST /inventory/action`: ASGI in, msgspec, dispatcher, ASGI out."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Annotated, Any, Literal, TypeVar, Union, get_args

import msgspec
from msgspec import Meta

from satchel.api.body import BodyReader, ClientGone, Receive
from satchel.api.caller import Gatekeeper
from satchel.api.endpoints import ACTION
from satchel.api.problems import PROBLEM_JSON, problem_headers, problem_of
from satchel.dispatcher import ActionRequest, Dispatcher
from satchel.errors import InvariantBroken, MalformedAction, MethodNotAllowed, SatchelError
from satchel.failpoints import reach
from satchel.ids import INT_MAX
from satchel.inventory.actions import Action, Operation
from satchel.telemetry import log

__all__ = [
    "FLAT_ACTIONS",
    "ActionRoute",
    "decode_json",
    "decode_request",
    "parse_etag",
    "send_json",
    "send_problem",
]

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


Decoded = TypeVar("Decoded")

_encode = msgspec.json.Encoder().encode


OPTIONS = (
    ("char_id", Annotated[int, Meta(ge=1, le=INT_MAX)]),
    ("expected_version", Annotated[int, Meta(ge=0, le=INT_MAX)] | None, None),
    ("dry_run", bool, False),
    ("durability", Literal["session", "durable"], "session"),
)
"""The fields of a request; no action may have one of the same name, because they stand side by side."""


class _Top(msgspec.Struct):
    """What tells a batch from an action that is sent alone."""

    operations: msgspec.Raw = msgspec.Raw()


def _flat(action: type[Operation]) -> type[Operation]:
    """The struct of an action with the options of a request beside its own fields."""
    clash = {option[0] for option in OPTIONS} & {field.name for field in msgspec.structs.fields(action)}
    if clash:
        raise InvariantBroken(reason=f"{action.__name__} has a field that is an option of the request: {clash}")
    return msgspec.defstruct(  # type: ignore[return-value]
        action.__name__,
        OPTIONS,
        bases=(action,),
        frozen=True,
        gc=False,
        kw_only=True,
        forbid_unknown_fields=True,
        tag_field="action",
        tag=str(action.__struct_config__.tag),
        omit_defaults=True,
    )


FLAT_ACTIONS = {action: _flat(action) for action in get_args(Action)}
"""Every action with the form in which it is sent alone: `{"char_id": 1, "action": "equip", ...}`."""

_decode_one = msgspec.json.Decoder(Union[tuple(FLAT_ACTIONS.values())]).decode  # noqa: UP007 - made at run time
_decode_batch = msgspec.json.Decoder(ActionRequest).decode
_decode_top = msgspec.json.Decoder(_Top).decode
_own_fields = {
    flat: (action, tuple(field.name for field in msgspec.structs.fields(action)))
    for action, flat in FLAT_ACTIONS.items()
}


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


def decode_request(body: bytes) -> ActionRequest:
    """Read the body of an action: one action with its options, or a batch of operations.

    Raises:
        MalformedAction: With what is wrong, and where.
    """
    # A rolled property may be called "operations" too, so where the word occurs its place decides.
    if b'"operations"' in body and decode_json(_decode_top, body).operations:
        return decode_json(_decode_batch, body)
    flat = decode_json(_decode_one, body)
    action, names = _own_fields[type(flat)]
    operation = action(**{name: getattr(flat, name) for name in names})
    return ActionRequest(
        char_id=flat.char_id,
        operations=(operation,),
        expected_version=flat.expected_version,
        dry_run=flat.dry_run,
        durability=flat.durability,
    )


def parse_etag(header: bytes) -> tuple[int, str]:
    """Read an `If-Match` value: `"12"`, or the tag of a read, `"12-0f3a9c0d11aa-5e8b1c2d"`.

    Returns:
        The version, and the beginning of the chain's head.

    Raises:
        MalformedAction: It is no entity tag of ours.
    """
    version, _, rest = header.strip().strip(b'"').partition(b"-")
    h = rest.partition(b"-")[0]
    if not version.isdigit() or len(version) > 16 or (not h.isalnum() and h):
        raise MalformedAction(reason='If-Match must be an entity tag of this inventory, like "12-0f3a9c0d11aa"')
    return int(version), h.decode("ascii", "replace")


class ActionRoute:
    """The ASGI handler of the hot route.

    Args:
        dispatcher: Carries the requests out.
        gatekeeper: Says who asks.
    """

    def __init__(self, dispatcher: Dispatcher, gatekeeper: Gatekeeper) -> None:
        self._dispatcher = dispatcher
        self._gatekeeper = gatekeeper
        self._bodies = BodyReader()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            body = await self._answer(scope, receive)
        except MethodNotAllowed as error:
            await send_problem(send, error, ((b"allow", ACTION.method.encode()),))
        except SatchelError as error:
            await send_problem(send, error)
        except ClientGone:
            return
        except Exception:  # noqa: BLE001 - the last resort of a request: logged, and told as a 500
            log.exception("action_failed")
            await send_problem(send, SatchelError())
        else:
            await send_json(send, 200, body)
            reach("api.after_reply")

    async def _answer(self, scope: Scope, receive: Receive) -> bytes:
        if scope["method"] != ACTION.method:
            raise MethodNotAllowed(method=scope["method"])
        caller, if_match, key = self._gatekeeper.read_headers(scope["headers"], b"if-match")
        request = decode_request(await self._bodies.read(receive))
        h = ""
        if if_match and if_match != b"*":
            version, h = parse_etag(if_match)
            if request.expected_version not in (None, version):
                raise MalformedAction(reason="If-Match and expected_version name different versions")
            request = msgspec.structs.replace(request, expected_version=version)
        reach("api.before_dispatch")
        reply = await self._dispatcher.dispatch_json(request, caller, None if key is None else key.decode("latin-1"), h)
        reach("api.before_reply")
        return reply


async def send_json(
    send: Send, status: int, body: bytes, media_type: str = "application/json", more: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Send a whole answer."""
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def send_problem(send: Send, error: SatchelError, more: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """Send an error as a problem document."""
    headers = [(name.lower().encode(), value.encode()) for name, value in problem_headers(error).items()]
    await send_json(send, error.status, _encode(problem_of(error)), PROBLEM_JSON, (*headers, *more))
