"""Names from the catalogue, and words for what has only an id there."""

import re
import unicodedata
from collections.abc import Iterable
from html import escape
from typing import Protocol

from satchel.inventory.definitions.entry import Text
from satchel.inventory.definitions.rules import RuleSet
from satchel.texts.languages import in_language
from satchel.texts.messages import Texts

__all__ = ["Names", "bidi_safe", "shortened", "word"]

TURNING = frozenset(("R", "AL", "AN", "RLE", "RLO", "LRE", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"))
"""Classes of characters that turn the direction of writing."""


class _Named(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def name(self) -> Text: ...


class Names:
    """The names of everything in a rule set, by kind and id.

    Args:
        rules: The rule set.
    """

    def __init__(self, rules: RuleSet) -> None:
        kinds: dict[str, Iterable[_Named]] = {
            "slot": rules.slots,
            "slot_group": rules.slot_groups,
            "container": rules.containers,
            "section": rules.sections,
            "category": rules.categories,
            "rarity": rules.rarities,
            "resource": rules.resources,
            "set": rules.sets,
        }
        self._texts = {kind: {entry.id: entry.name for entry in entries} for kind, entries in kinds.items()}

    def of(self, kind: str, id_: str, lang: str) -> str:
        """The name of a slot, container, ... in a language; its id if the rule set does not have it."""
        text = self._texts[kind].get(id_)
        return id_ if text is None else in_language(text, lang)


def word(texts: Texts, lang: str, kind: str, id_: str) -> str:
    """The word for a modifier, a class or the like as HTML; an id without a word is spelled out."""
    key = f"{kind}-{id_.replace('_', '-')}"
    if texts.has(lang, key):
        return texts.say(lang, key)
    return escape(id_.replace("_", " ").capitalize(), quote=False)


def shortened(name: str, longest: int) -> str:
    """Put a name on one line, and cut it if it is too long."""
    line = re.sub(r"\s+", " ", name).strip()
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def bidi_safe(name: str) -> str:
    """Keep a name in a right-to-left script from turning the text around it."""
    if any(unicodedata.bidirectional(letter) in TURNING for letter in name):
        return f"\u2068{name}\u2069"
    return name
