"""What all entries of a catalogue have in common: strictness, names, numbers, texts."""

from typing import Annotated

import msgspec
from msgspec import Meta

from satchel.ids import INT_MAX

__all__ = ["Figure", "ModifierName", "Modifiers", "Name", "NotNegative", "Positive", "Strict", "Text"]

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,47}$", description="a lower-case identifier")]
Positive = Annotated[int, Meta(ge=1, le=INT_MAX)]
NotNegative = Annotated[int, Meta(ge=0, le=INT_MAX)]
ModifierName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,47}(\.[a-z][a-z0-9_]{0,47})?$")]
Figure = Annotated[int, Meta(ge=-1_000_000_000, le=1_000_000_000)]
Modifiers = dict[ModifierName, Figure]


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all catalogue entries: unknown keys are errors, entries never change."""


class Text(Strict, frozen=True, kw_only=True):
    """A text in every language of the game, keyed by language."""

    en: Annotated[str, Meta(min_length=1, max_length=400)]
    ru: Annotated[str, Meta(min_length=1, max_length=400)]
