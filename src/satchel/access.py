"""Who may do what: callers and scopes, and what keys and owner ids may look like."""

from typing import Literal

import msgspec

from satchel.errors import Forbidden, IdempotencyKeyExpired, MalformedAction
from satchel.ids import uuid7_time

__all__ = [
    "PLAYERS_TELL_NO_FACTS",
    "PLAYER_SCOPES",
    "SCOPES",
    "Caller",
    "Scope",
    "check_actor",
    "check_age",
    "check_key",
    "check_owner",
]

KEY_LENGTH_MAX = 128
OWNER_LENGTH_MAX = 128
KEY_AGE_MAX_MS = 24 * 3_600_000
"""A UUIDv7 key older than this is never executed: its outcome may have been forgotten."""

Scope = Literal["read", "act", "grant", "session", "characters"]
SCOPES: frozenset[Scope] = frozenset(("read", "act", "grant", "session", "characters"))
"""read: look; act: player actions; grant: service actions; session: open, flush, close; characters: make and change."""


PLAYER_SCOPES: frozenset[Scope] = frozenset(("read", "act", "session"))
"""All that anybody may do as a player."""


PLAYERS_TELL_NO_FACTS = "only a service token may tell facts"


class Caller(msgspec.Struct, frozen=True):
    """Who asks.

    `owner` is set when they act as a player: only that player's characters, and no service actions. `is_service` says
    that the token is a service's, also when it acts for a player: only then may it tell facts.
    """

    actor: str
    scopes: frozenset[Scope]
    owner: str | None = None
    is_service: bool = True

    def require(self, scope: Scope) -> None:
        """Raise unless the caller has the scope.

        Raises:
            Forbidden: With the scope that is missing.
        """
        if scope not in self.scopes:
            raise Forbidden(scope=scope)

    def acting_for(self, owner: str) -> "Caller":
        """The same caller, held to what a player may do.

        Raises:
            Forbidden: The caller is another player already.
            MalformedAction: This is no owner id.
        """
        check_owner(owner)
        if self.owner not in (None, owner):
            raise Forbidden(scope="act", reason="a player token cannot act for another player")
        actor = self.actor if self.owner else f"{self.actor} for {owner}"
        return Caller(actor, self.scopes & PLAYER_SCOPES, owner, self.is_service)


def check_key(key: str) -> None:
    """Refuse an idempotency key that is empty, too long, or does not print.

    An empty key is a caller's mistake: taken for none, it would let a retry act twice.

    Raises:
        MalformedAction: With what a key may be.
    """
    if not 0 < len(key) <= KEY_LENGTH_MAX or not key.isascii() or not key.isprintable():
        raise MalformedAction(reason=f"an idempotency key has 1 to {KEY_LENGTH_MAX} printable ASCII characters")


def check_owner(owner: str) -> None:
    """Refuse an owner id that is empty, too long, or does not print.

    An empty one is a caller's mistake: taken for none, it would act with the rights of the service.

    Raises:
        MalformedAction: With what an owner id may be.
    """
    if not 0 < len(owner) <= OWNER_LENGTH_MAX or not owner.isprintable() or owner != owner.strip():
        raise MalformedAction(reason=f"an owner id has 1 to {OWNER_LENGTH_MAX} printable characters")


def check_actor(name: str) -> None:
    """Refuse a name of a caller that is empty, too long, or does not print: it stands in every ledger row.

    Raises:
        MalformedAction: With what a name may be.
    """
    if not 0 < len(name) <= OWNER_LENGTH_MAX or not name.isprintable() or name != name.strip():
        raise MalformedAction(reason=f"a caller's name has 1 to {OWNER_LENGTH_MAX} printable characters")


def check_age(key: str, now_ms: int) -> None:
    """Refuse a UUIDv7 that was made so long ago that the answer stored under it may be gone."""
    made = uuid7_time(key)
    if made is not None and now_ms - int(made, 16) > KEY_AGE_MAX_MS:
        raise IdempotencyKeyExpired(idempotency_key=key)
