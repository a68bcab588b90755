"""Every error of Satchel: one tree, one stable code each, data instead of sentences.

    SatchelError
    ├── BadRequest         the request itself is wrong; nothing was looked at
    ├── Refusal            the rules forbid it; told to the player, nothing changed
    ├── Operational        expected in a distributed system; counted, retried where safe
    │   └── AdminRefused   an operator's tool will not do it; nothing changed
    ├── StartRefused       Satchel does not start like this; told on the command line
    └── InvariantBroken    a defect in Satchel; never turned into a refusal

The API renders these as RFC 9457 problem+json, the client raises the same classes again, and the texts of the bot are
keyed by `code`. `ERRORS` is the one list of them; `API_ERRORS` leaves out what no caller of the API can meet.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import ClassVar, TypeAlias, Union

__all__ = [
    "API_ERRORS",
    "ERRORS",
    "AdminRefused",
    "BadRequest",
    "InvariantBroken",
    "Json",
    "Operational",
    "Refusal",
    "SatchelError",
    "StartRefused",
    "error_from_code",
]

Json: TypeAlias = Union[str, int, float, bool, Sequence["Json"], Mapping[str, "Json"], None]  # noqa: UP007 - recursive
"""What JSON can hold."""


class SatchelError(Exception):
    """Root of the tree.

    Attributes:
        code: Stable name of the error, `snake_case`; what programs compare.
        status: HTTP status the API answers with.
        retryable: Whether the same request may succeed later without being changed.
        title: One English sentence for people who read logs.
        data: JSON-able figures and names, e.g. `{"required": 3, "available": 1}`.
    """

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    title: ClassVar[str] = "Satchel failed in a way it should not."

    def __init__(self, **data: Json) -> None:
        self.data = data
        super().__init__(self.code, data)

    def at_operation(self, number: int) -> None:
        """Add the number of the operation of a batch that the error comes from, counted from 0."""
        self.data["operation"] = number

    def __str__(self) -> str:
        figures = ", ".join(f"{name}={value!r}" for name, value in self.data.items())
        return f"{self.code}: {self.title}" + (f" ({figures})" if figures else "")


class BadRequest(SatchelError):
    """The request itself is wrong."""

    status = 400


class Refusal(SatchelError):
    """The rules forbid the action; nothing changed."""

    status = 422


class Operational(SatchelError):
    """Something outside is slow, away or in another state than expected."""

    status = 503
    retryable = True


class AdminRefused(Operational):
    """An operator's tool will not do it; nothing changed."""

    retryable = False


class StartRefused(SatchelError):
    """Satchel does not start like this. Data: `problems`.

    Attributes:
        problems: What is wrong and what to do about it; each prints as a line or more.
    """

    code = "start_refused"
    title = "Satchel cannot start like this."

    def __init__(self, problems: Sequence[object]) -> None:
        super().__init__(problems=[str(problem) for problem in problems])
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class InvariantBroken(SatchelError):
    """A state that must not exist; always a defect, never told as a refusal."""

    code = "invariant_broken"
    title = "The inventory is in a state that must not exist."


# -- the request -------------------------------------------------------------------------------------------------------


class MalformedAction(BadRequest):
    """Broken JSON, a wrong type, an unknown field, an unknown action. Data: `reason`."""

    code = "malformed_action"
    title = "The request is not a valid action."


class Unauthenticated(BadRequest):
    """No token, or one that is unknown or expired. Data: `reason`."""

    code = "unauthenticated"
    status = 401
    title = "A valid bearer token is needed."


class Forbidden(BadRequest):
    """The token lacks the scope. Data: `scope`."""

    code = "forbidden"
    status = 403
    title = "The token does not allow this."


class NotOwner(BadRequest):
    """The character belongs to another player. Data: `char_id`."""

    code = "not_owner"
    status = 403
    title = "The character belongs to another player."


class RouteNotFound(BadRequest):
    """No such path. Data: `path`."""

    code = "route_not_found"
    status = 404
    title = "There is nothing at this path."


class MethodNotAllowed(BadRequest):
    """The path exists, the method does not. Data: `method`."""

    code = "method_not_allowed"
    status = 405
    title = "This path does not take that method."


class BodyTooLarge(BadRequest):
    """Data: `limit_bytes`."""

    code = "body_too_large"
    status = 413
    title = "The request body is larger than allowed."


class VersionMismatch(BadRequest):
    """`If-Match` or `expected_version` named another version. Data: `expected`, `current`."""

    code = "version_mismatch"
    status = 412
    title = "The inventory has changed since the version you named."


class IdempotencyKeyReused(BadRequest):
    """The key was used for another body. Data: `idempotency_key`."""

    code = "idempotency_key_reused"
    status = 422
    title = "This idempotency key belongs to another request."


class IdempotencyKeyExpired(BadRequest):
    """The key is too old to know its outcome; it is never executed again. Data: `idempotency_key`."""

    code = "idempotency_key_expired"
    status = 410
    title = "The answer stored under this idempotency key is gone; the action was not executed again."


class CharacterNotFound(BadRequest):
    """Data: `char_id`."""

    code = "character_not_found"
    status = 404
    title = "There is no such character."


# -- the rules ---------------------------------------------------------------------------------------------------------


class FactMissing(Refusal):
    """A rule of the game needs a fact that was not told, or was told with another type. Data: `fact`, `expected`."""

    code = "fact_missing"
    title = "The game did not tell a fact that one of its rules needs."


class ItemNotFound(Refusal):
    """Data: `item_id` or `slot` or `quick_slot`."""

    code = "item_not_found"
    status = 404
    title = "The character has no such item."


class DefinitionUnknown(Refusal):
    """Data: `definition`."""

    code = "definition_unknown"
    title = "The catalogue has no such definition."


class ResourceUnknown(Refusal):
    """Data: `resource`."""

    code = "resource_unknown"
    title = "The wallet has no such resource."


class SlotIncompatible(Refusal):
    """The item does not fit the slot, or no slot at all. Data: `slot`, `fits`."""

    code = "slot_incompatible"
    title = "The item does not fit there."


class AlreadyEquipped(Refusal):
    """Data: `item_id`, `slot`."""

    code = "already_equipped"
    title = "The item is already worn there."


class NotEquipped(Refusal):
    """Data: `item_id`."""

    code = "not_equipped"
    title = "The item is not worn."


class RequirementsNotMet(Refusal):
    """Data: `missing`: a list of `{requirement, required, available}`."""

    code = "requirements_not_met"
    title = "The character does not meet the item's requirements."


class BagFull(Refusal):
    """Data: `container`, `required`, `available` in positions."""

    code = "bag_full"
    title = "There is not enough room."


class TooHeavy(Refusal):
    """Data: `required`, `available` in grams."""

    code = "too_heavy"
    title = "The character cannot carry that much."


class ContainerUnknown(Refusal):
    """Data: `container`."""

    code = "container_unknown"
    title = "There is no such container."


class ContainerIncompatible(Refusal):
    """The container does not take this category. Data: `container`, `category`."""

    code = "container_incompatible"
    title = "The container does not take such items."


class PositionInvalid(Refusal):
    """Data: `container`, `position`, `limit`."""

    code = "position_invalid"
    title = "The container has no such position."


class InsufficientItems(Refusal):
    """Data: `required`, `available`."""

    code = "insufficient_items"
    title = "There are not enough of the item."


class InsufficientFunds(Refusal):
    """Data: `resource`, `required`, `available`."""

    code = "insufficient_funds"
    title = "The balance is too low."


class WalletFull(Refusal):
    """Data: `resource`, `required`, `available`: room left below the cap."""

    code = "wallet_full"
    title = "The balance would pass its cap."


class ItemLocked(Refusal):
    """Data: `item_id`."""

    code = "item_locked"
    title = "The item is locked."


class NotDroppable(Refusal):
    """Data: `item_id`, `definition`."""

    code = "not_droppable"
    title = "The item cannot be dropped."


class NotUsable(Refusal):
    """Data: `definition`."""

    code = "not_usable"
    title = "The item cannot be used."


class NotStackable(Refusal):
    """The two stacks differ, or cannot hold more. Data: `item_id`, `target_id`."""

    code = "not_stackable"
    title = "The two stacks cannot be merged."


class QuickSlotUnavailable(Refusal):
    """Data: `quick_slot`, `available`."""

    code = "quick_slot_unavailable"
    title = "The belt gives no such quick slot, or the item cannot be bound."


# -- operations --------------------------------------------------------------------------------------------------------


class Quarantined(Operational):
    """Reads are allowed, actions are not, until an operator releases the character. Data: `char_id`."""

    code = "quarantined"
    status = 423
    retryable = False
    title = "The character is quarantined."


class RateLimited(Operational):
    """Too many requests wait for one character. Data: `char_id`, `limit`."""

    code = "rate_limited"
    status = 429
    title = "Too many actions at once for this character."


class SessionUnavailable(Operational):
    """Redis is away, or the session could not be attached in time. Data: `reason`."""

    code = "session_unavailable"
    title = "The session cannot be reached now."


class VaultUnavailable(Operational):
    """PostgreSQL is away or refuses to write. Data: `reason`."""

    code = "vault_unavailable"
    title = "The vault cannot be reached now."


class PushRejected(Operational):
    """The vault refuses the data of a batch; the batch is rolled back. Data: `reason`, `constraint`."""

    code = "push_rejected"
    status = 409
    retryable = False
    title = "The vault refuses what the session wants to save."


class DuplicateItem(PushRejected):
    """An item id belongs to two characters. Data: `item_id`, `char_id`, `owner_char_id`."""

    code = "duplicate_item"
    title = "An item would exist twice."


class ShuttingDown(Operational):
    """This process is draining."""

    code = "shutting_down"
    title = "This process is shutting down."


class UnreadableSession(InvariantBroken):
    """A session's document cannot be decoded. Data: `char_id`, `reason`."""

    title = "The session cannot be read."


# -- operators' tools --------------------------------------------------------------------------------------------------


class NotQuarantined(AdminRefused):
    """Data: `char_id`."""

    code = "not_quarantined"
    title = "The character is not in quarantine."


class StillWrong(AdminRefused):
    """What led to the quarantine is not mended, or something else is wrong. Data: `char_id`, `findings`."""

    code = "still_wrong"
    title = "Something is still wrong with the character; mend it, or release it with --force."


class VersionUnknown(AdminRefused):
    """The ledger has no such version. Data: `char_id`, `version`, `last`."""

    code = "version_unknown"
    title = "The ledger has no such version."


class LedgerBroken(AdminRefused):
    """The ledger contradicts itself before the wanted version, so it cannot be rebuilt. Data: `char_id`, `findings`."""

    code = "ledger_broken"
    title = "The ledger is broken before that version; see satchel audit."


class ItemsElsewhere(AdminRefused):
    """Items of then belong to somebody else now; taking them back would double them. Data: `items` with owners."""

    code = "items_elsewhere"
    title = "Items of that version live with other characters now."


# -- the start ---------------------------------------------------------------------------------------------------------


class ConfigError(StartRefused):
    """A setting is wrong; every problem names its variable and never shows a secret."""

    code = "config_wrong"
    title = "A setting is wrong."


class GameWrong(StartRefused):
    """A `Game` declares something that cannot be, or cannot be loaded. Data: `problems`."""

    code = "game_wrong"
    title = "The game cannot be used."

    def __init__(self, problem: str) -> None:
        super().__init__([problem])


class BotTokenWrong(StartRefused):
    """Telegram does not know the bot's token; the message never shows it. Data: `problems`."""

    code = "bot_token_wrong"
    title = "The bot's token is wrong."

    def __init__(self) -> None:
        super().__init__(["SATCHEL_BOT_TOKEN: Telegram does not know this token; @BotFather shows the right one"])


class CatalogueError(StartRefused):
    """A catalogue cannot be used; `problems` are all its mistakes, each with file, line, entry and field."""

    code = "catalogue_wrong"
    title = "The catalogue cannot be used."


class SchemaWrong(StartRefused):
    """The vault was made by another release. Data: `found`, `needed`."""

    code = "schema_wrong"
    status = 503
    title = "The vault's schema is of another release; run `satchel db upgrade`, or a newer satchel."

    def __init__(self, found: str | None, needed: str) -> None:
        super().__init__([f"{self.code}: {self.title} (found={found!r}, needed={needed!r})"])
        self.data = {"found": found, "needed": needed}


class EmbeddedUnavailable(StartRefused):
    """The wheels with the servers are not installed, or hold nothing for this platform."""

    code = "embedded_unavailable"
    title = "There are no servers to start."


class EngineFailed(StartRefused):
    """A server did not start; the problem ends with its own last words."""

    code = "engine_failed"
    title = "A server did not start."


class PlaceRefused(StartRefused):
    """A directory that should be Satchel's own belongs to somebody else, or is not a directory."""

    code = "place_refused"
    title = "A directory cannot be used."


class FailpointWrong(StartRefused):
    """The variable does not say what to do; the problem names it."""

    code = "failpoint_wrong"
    title = "The failpoints cannot be armed."


def _all_errors(root: type[SatchelError]) -> dict[str, type[SatchelError]]:
    # The branches of the tree stand for kinds of errors and have no code of their own.
    found = {root.code: root} if root is SatchelError or "code" in vars(root) else {}
    for child in root.__subclasses__():
        found |= _all_errors(child)
    return found


ERRORS: dict[str, type[SatchelError]] = _all_errors(SatchelError)
"""Every error by its code; what the client raises."""

API_ERRORS: dict[str, type[SatchelError]] = {
    code: error for code, error in ERRORS.items() if not issubclass(error, StartRefused | AdminRefused)
}
"""The errors that a caller of the API can meet: what the API documents, and what players get a text for."""


def error_from_code(
    code: str,
    data: dict[str, Json],
    *,
    status: int = 500,
    title: str = "",
    known: Mapping[str, type[SatchelError]] = MappingProxyType({}),
) -> SatchelError:
    """Make the error again that the other side reported.

    Args:
        code: The `code` member of a problem document.
        data: Its data members.
        status: The HTTP status.
        title: The `title` member.
        known: Classes beside `ERRORS`: the refusals of a game.

    Returns:
        An instance of the class with that code. Of a code that is not known here: a `Refusal` with that code if the
        status is 4xx, for it can be a game's; else a `SatchelError` with the code as `unknown_code` beside the data.
    """
    found = ERRORS.get(code) or known.get(code)
    if found is not None:
        return found(**data)
    if 400 <= status < 500:
        return _refusal_of_a_game(code, title)(**data)
    return SatchelError(**{**data, "unknown_code": code})


@cache
def _refusal_of_a_game(code: str, title: str) -> type[Refusal]:
    return type("GameRefusal", (Refusal,), {"code": code, "title": title or "The game does not allow it."})
