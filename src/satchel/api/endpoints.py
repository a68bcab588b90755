"""All endpoints of the API: one table, which router, reads, description and documentation go by."""

from typing import Literal

import msgspec

from satchel.access import Caller, Scope
from satchel.api.forms import (
    BagText,
    CardText,
    CharacterBody,
    CharactersQuery,
    CharacterView,
    FactsBody,
    FactsView,
    FlushView,
    HistoryQuery,
    LivenessView,
    SessionView,
)
from satchel.api.watch import ReadinessReport
from satchel.errors import Forbidden
from satchel.inventory.reads.bag import BagPage
from satchel.inventory.reads.card import ItemCard
from satchel.inventory.reads.characters import CharacterList
from satchel.inventory.reads.doll import Doll
from satchel.inventory.reads.history import HistoryPage
from satchel.inventory.reads.reply import ActionReply
from satchel.inventory.reads.wallet import WalletView
from satchel.inventory.reads.whole import CatalogueView, InventoryView
from satchel.inventory.request import ActionRequest

__all__ = ["ACTION", "ENDPOINTS", "HERE", "Endpoint"]

HERE = "/inventory/{char_id}"

ACTING = "X-Satchel-Acting-For"
KEY = "Idempotency-Key"
MATCH = "If-Match"
NONE = "If-None-Match"

Part = Literal["action", "reads", "routes", "docs"]


class Endpoint(msgspec.Struct, frozen=True):
    """One method of one path.

    Attributes:
        method: The HTTP method; `GET` answers `HEAD` too.
        path: With parameters in braces.
        part: Who answers: `ActionRoute`, `ReadRoute`, `Routes` or `DocsRoutes`.
        handler: The method of that class.
        scope: What the token must allow; None if no token is needed.
        summary: One line for readers.
        answer: What the body of the answer holds; None if it has none, `str` for plain text.
        query: What may stand behind the question mark.
        body: What the request's body holds.
        headers: Request headers that the description names.
        statuses: Statuses of success.
        etag: Whether the answer has an entity tag.
        not_for_players: Why players may not; empty if they may.
        done: What the description says of the answer.
        described: Whether the description has it.
    """

    method: str
    path: str
    part: Part
    handler: str
    scope: Scope | None
    summary: str
    answer: type | None = None
    query: type[msgspec.Struct] | None = None
    body: type[msgspec.Struct] | None = None
    headers: tuple[str, ...] = ()
    statuses: tuple[int, ...] = (200,)
    etag: bool = False
    not_for_players: str = ""
    done: str = "Done."
    described: bool = True

    def admit(self, caller: Caller) -> None:
        """Raise unless the caller may use it.

        Raises:
            Forbidden: With the scope that is missing, or with the reason why players may not.
        """
        if self.scope is not None and self.scope not in caller.scopes:
            raise Forbidden(scope=self.scope)
        if self.not_for_players and caller.owner is not None:
            raise Forbidden(scope=self.scope, reason=self.not_for_players)


def _read(tail: str, handler: str, summary: str, answer: type, query: type[msgspec.Struct] | None = None) -> Endpoint:
    """A read of a session, which the reader may have already."""
    return Endpoint(
        "GET", HERE + tail, "reads", handler, "read", summary, answer, query, headers=(ACTING, NONE), etag=True
    )


ACTION = Endpoint(
    "POST",
    "/inventory/action",
    "action",
    "__call__",
    "act",
    "Perform one action, or up to 50 operations, all or nothing",
    ActionReply,
    body=ActionRequest,
    headers=(ACTING, KEY, MATCH),
)
"""The hot one. Service actions need the scope `grant` instead."""

ENDPOINTS = (
    ACTION,
    Endpoint(
        "POST",
        f"{HERE}/session",
        "routes",
        "open_session",
        "session",
        "Open the session",
        SessionView,
        headers=(ACTING,),
        etag=True,
    ),
    Endpoint(
        "DELETE",
        f"{HERE}/session",
        "routes",
        "close_session",
        "session",
        "Flush and close the session",
        headers=(ACTING,),
        statuses=(204,),
        done="It is closed.",
    ),
    Endpoint(
        "POST",
        f"{HERE}/flush",
        "routes",
        "flush_session",
        "session",
        "Bring the vault up to date",
        FlushView,
        headers=(ACTING,),
    ),
    _read("", "show_inventory", "All of an inventory", InventoryView),
    _read("/doll", "show_doll", "What is worn", Doll),
    _read("/bag", "show_bag", "A page of the bag", BagPage, BagText),
    _read("/items/{item_id}", "show_card", "The card of an item", ItemCard, CardText),
    _read("/wallet", "show_wallet", "All balances", WalletView),
    Endpoint(
        "GET",
        f"{HERE}/history",
        "routes",
        "history",
        "read",
        "Who did what, newest first",
        HistoryPage,
        HistoryQuery,
        headers=(ACTING,),
    ),
    Endpoint(
        "PUT",
        f"{HERE}/facts",
        "routes",
        "keep_facts",
        "act",
        "Keep facts for the actions to come",
        FactsView,
        body=FactsBody,
        headers=(ACTING,),
    ),
    Endpoint(
        "GET",
        f"{HERE}/facts",
        "routes",
        "kept_facts",
        "read",
        "The facts that are kept",
        FactsView,
        headers=(ACTING,),
    ),
    Endpoint(
        "GET",
        "/characters",
        "routes",
        "find_characters",
        "read",
        "A player's characters",
        CharacterList,
        CharactersQuery,
        headers=(ACTING,),
    ),
    Endpoint(
        "PUT",
        "/characters/{char_id}",
        "routes",
        "put_character",
        "characters",
        "Make or change a character",
        CharacterView,
        body=CharacterBody,
        headers=(KEY,),
        statuses=(200, 201),
        not_for_players="characters are not made by players",
    ),
    Endpoint(
        "GET",
        "/catalogue",
        "routes",
        "catalogue",
        "read",
        "The rule set and all definitions",
        CatalogueView,
        headers=(NONE,),
        etag=True,
    ),
    Endpoint("GET", "/livez", "routes", "livez", None, "Whether the process runs", LivenessView),
    Endpoint(
        "GET", "/readyz", "routes", "readyz", None, "Whether to send requests", ReadinessReport, statuses=(200, 503)
    ),
    Endpoint(
        "GET",
        "/metrics",
        "routes",
        "metrics",
        "read",
        "Metrics for Prometheus",
        str,
        not_for_players="metrics are not for players",
        done="In the text format.",
    ),
    Endpoint("GET", "/openapi.json", "docs", "document", None, "The OpenAPI document", dict, described=False),
    Endpoint("GET", "/docs", "docs", "page", None, "The same as a page", str, described=False),
)
"""All of them, in the order of the documentation. A new one is an entry here and its handler."""
