"""The languages, and the only function that chooses between two texts."""

from satchel.inventory.definitions.entry import Text

__all__ = ["LANGUAGES", "in_language", "language_of"]

LANGUAGES = ("en", "ru")

RUSSIAN = ("ru", "be", "kk", "uk")
"""Languages whose speakers get Russian, because the only other one is English."""


def in_language(text: Text, lang: str) -> str:
    """What a text of the catalogue says in a language."""
    return text.ru if lang == "ru" else text.en


def language_of(code: str | None) -> str:
    """The language to speak with somebody whose own has this code, e.g. `pt-BR`."""
    return "ru" if (code or "").partition("-")[0].lower() in RUSSIAN else "en"
