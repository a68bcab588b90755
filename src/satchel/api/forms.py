"""The structs of queries, bodies and answers that only the API has."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from satchel.ids import INT_MAX
from satchel.inventory.actions import Attributes, CharacterName, Level, OwnerText
from satchel.inventory.character import Character
from satchel.inventory.facts import Fact, Facts
from satchel.inventory.figures import Stats

__all__ = [
    "BagText",
    "CardText",
    "CharacterBody",
    "CharacterView",
    "CharactersQuery",
    "FactsBody",
    "FactsView",
    "FlushView",
    "HistoryQuery",
    "LivenessView",
    "SessionView",
]

PAGE_MAX = 200


class BagText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The query of a bag page, as it is written."""

    container: str | None = None
    section: str | None = None
    category: str | None = None
    fits: str | None = None
    search: Annotated[str, Meta(max_length=64)] = ""
    sort: str = ""
    cursor: Annotated[str, Meta(pattern=r"^([0-9]{1,6}\.[0-9a-f-]{36})?$")] = ""
    offset: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    quick: bool | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE_MAX)] = 50
    lang: Literal["en", "ru"] = "en"


class CardText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The slot to compare with, and the language of texts."""

    slot: Annotated[str | None, Meta(description="The slot to compare with.")] = None
    lang: Literal["en", "ru"] = "en"


class CharacterBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a character is; the whole of it, as with any PUT."""

    owner: OwnerText
    name: CharacterName
    level: Level = 1
    attributes: Attributes = {}


class FactsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Facts to keep, in the place of those kept before, and for how many seconds."""

    facts: Facts
    for_s: Annotated[int, Meta(ge=1, le=86_400)] = 600


class FactsView(msgspec.Struct, frozen=True):
    """The facts that are kept."""

    char_id: int
    facts: dict[str, Fact]


class CharacterView(msgspec.Struct, frozen=True):
    """A character, and whether this request made it."""

    char_id: int
    created: bool
    version: int
    character: Character


class SessionView(msgspec.Struct, frozen=True):
    """The head of a session."""

    char_id: int
    version: int
    epoch: int
    h: str
    character: Character
    stats: Stats


class FlushView(msgspec.Struct, frozen=True):
    """At least this version is in the vault."""

    char_id: int
    version: int
    durability: Literal["durable"] = "durable"


class LivenessView(msgspec.Struct, frozen=True):
    """This process runs."""

    alive: bool = True


class HistoryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The query of a history page."""

    before: Annotated[int, Meta(ge=1, le=INT_MAX, description="Only saves below this version.")] = INT_MAX
    limit: Annotated[int, Meta(ge=1, le=PAGE_MAX)] = 50


class CharactersQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose characters."""

    owner: Annotated[OwnerText, Meta(description="The player's account, e.g. tg:4711.")]
