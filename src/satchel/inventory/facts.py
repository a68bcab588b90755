"""What a game tells along with an action: near the bank, in combat, the level of a shop."""

from types import MappingProxyType
from typing import Annotated

from msgspec import Meta

from satchel.ids import INT_MAX

__all__ = ["FACTS_MAX", "NO_FACTS", "Fact", "Facts"]

FACTS_MAX = 32
"""Most facts told at once."""

Fact = bool | int | str

FactName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
FactText = Annotated[str, Meta(max_length=64, pattern=r"^(?![\s\S]*[\x00-\x1f\x7f-\x9f])")]
FactNumber = Annotated[int, Meta(ge=-INT_MAX, le=INT_MAX)]
Facts = Annotated[dict[FactName, bool | FactNumber | FactText], Meta(max_length=FACTS_MAX)]
"""Facts by name, as callers send them."""

NO_FACTS: MappingProxyType[str, Fact] = MappingProxyType({})
