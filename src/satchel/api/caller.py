"""Who asks: service tokens with scopes, player tokens, and services that act for a player."""

import hashlib
import hmac
import time
from collections.abc import Callable, Iterable

import jwt
import msgspec

from satchel.access import PLAYER_SCOPES, SCOPES, Caller, Scope, check_actor, check_owner
from satchel.errors import MalformedAction, Unauthenticated

__all__ = ["Gatekeeper"]

CACHED_MAX = 10_000


class _Claims(msgspec.Struct, frozen=True, kw_only=True):
    sub: str
    scope: str = ""
    player: str | None = None
    exp: float | None = None


class Gatekeeper:
    """Turns the `Authorization` and `X-Satchel-Acting-For` headers into a `Caller`.

    The service token itself may do everything. From it any number of lesser tokens are made: JSON Web Tokens (HS256)
    whose key is derived from it, so that none of them has to be stored, and changing it withdraws them all.

    Args:
        service_token: The secret, 16 characters at least.
        clock_s: Tells seconds since 1970, by which tokens expire.
    """

    def __init__(self, service_token: str, clock_s: Callable[[], float] = time.time) -> None:
        self._service_token = service_token.encode()
        self._clock_s = clock_s
        self.signing_key = hashlib.sha256(b"satchel-token-key:" + self._service_token).digest()
        self._known: dict[tuple[bytes, bytes | None], tuple[Caller, float]] = {}

    def caller(self, authorization: bytes, acting_for: bytes | None = None) -> Caller:
        """Identify the caller.

        Args:
            authorization: The header's value, `Bearer ...`; empty if there is none.
            acting_for: The owner id that a service acts for; None if there is no such header. An empty one is refused:
                taken for none, a mistake would act with the rights of the service.

        Raises:
            Unauthenticated: No token, or one that is wrong or over.
            Forbidden: A player token cannot act for somebody else.
        """
        known = self._known.get((authorization, acting_for))
        if known is not None and known[1] > self._clock_s():
            return known[0]
        if not authorization[:7].lower() == b"bearer ":
            raise Unauthenticated(reason="send Authorization: Bearer <token>")
        caller, until = self._read_token(authorization[7:].strip())
        if acting_for is not None:
            caller = _acting_for(caller, acting_for)
        if len(self._known) >= CACHED_MAX:
            self._known.clear()
        self._known[authorization, acting_for] = (caller, until)
        return caller

    def read_headers(
        self, headers: Iterable[tuple[bytes, bytes]], tag: bytes
    ) -> tuple[Caller, bytes | None, bytes | None]:
        """Find what the API needs of the headers of a request.

        Of a header that was sent twice the first one counts.

        Args:
            headers: With lower-case names.
            tag: The name of the header with the entity tag.

        Returns:
            The caller, the entity tag, and the idempotency key.

        Raises:
            Unauthenticated: See `caller`.
            Forbidden: See `caller`.
        """
        authorization: bytes | None = None
        acting_for: bytes | None = None
        etag: bytes | None = None
        key: bytes | None = None
        for name, value in headers:
            if name == b"authorization":
                authorization = value if authorization is None else authorization
            elif name == tag:
                etag = value if etag is None else etag
            elif name == b"idempotency-key":
                key = value if key is None else key
            elif name == b"x-satchel-acting-for":
                acting_for = value if acting_for is None else acting_for
        # `caller` looks there too, but calling it takes longer than looking.
        known = self._known.get((authorization or b"", acting_for))
        if known is not None and known[1] > self._clock_s():
            return known[0], etag, key
        return self.caller(authorization or b"", acting_for), etag, key

    def make_token(self, name: str, scopes: frozenset[Scope], *, player: str | None = None, ttl_s: int = 0) -> str:
        """Make a lesser token.

        Args:
            name: Who it is for; stands in the ledger as the actor.
            scopes: What it may do.
            player: The owner id that it is bound to, for a player token.
            ttl_s: Seconds until it expires; 0: never.
        """
        check_actor(name)
        if player is not None:
            check_owner(player)
        claims: dict[str, object] = {"sub": name, "scope": " ".join(sorted(scopes))}
        if player is not None:
            claims["player"] = player
        if ttl_s:
            claims["exp"] = int(self._clock_s()) + ttl_s
        return jwt.encode(claims, self.signing_key, algorithm="HS256")

    def _read_token(self, token: bytes) -> tuple[Caller, float]:
        if hmac.compare_digest(token, self._service_token):
            return Caller("service", SCOPES), float("inf")
        try:
            # The library would ask a clock of its own.
            found = jwt.decode(token, self.signing_key, algorithms=["HS256"], options={"verify_exp": False})
            claims = msgspec.convert(found, _Claims)
        except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
            raise Unauthenticated(reason="the token is unknown") from error
        try:
            check_actor(claims.sub)
            if claims.player is not None:
                check_owner(claims.player)
        except MalformedAction as error:
            raise Unauthenticated(reason="the token is unknown") from error
        until = float("inf") if claims.exp is None else claims.exp
        if not until > self._clock_s():
            raise Unauthenticated(reason="the token has expired")
        scopes: frozenset[Scope] = frozenset(scope for scope in SCOPES if scope in claims.scope.split())
        if claims.player is not None:
            scopes &= PLAYER_SCOPES
        return Caller(claims.sub, scopes, claims.player, claims.player is None), until


def _acting_for(caller: Caller, header: bytes) -> Caller:
    try:
        owner = header.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedAction(reason="X-Satchel-Acting-For is not UTF-8") from error
    return caller.acting_for(owner)
