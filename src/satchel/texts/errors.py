"""Errors in words, with their figures as people write them."""

from satchel.errors import Refusal, SatchelError
from satchel.texts.messages import Texts
from satchel.texts.names import word
from satchel.texts.numbers import kilograms, number

__all__ = ["error_in_words"]


def error_in_words(texts: Texts, lang: str, error: SatchelError) -> str:
    """Say an error. Its code is the key of its message.

    A refusal without a message is a game's own: it gets a general one, until the game adds its messages.
    """
    variables = {"required": "?", "available": "?", "missing": "?"}
    for name in ("required", "available"):
        figure = error.data.get(name)
        if isinstance(figure, int):
            variables[name] = kilograms(lang, figure) if error.code == "too_heavy" else number(lang, figure)
    missing = error.data.get("missing")
    if isinstance(missing, list):
        variables["missing"] = ", ".join(_requirement(texts, lang, entry) for entry in missing)
    key = error.code
    if not texts.has(lang, key):
        key = "refusal-of-the-game" if isinstance(error, Refusal) else "internal_error"
    return texts.say(lang, key, **variables)


def _requirement(texts: Texts, lang: str, entry: dict[str, object]) -> str:
    """Say what is required, and what the character has instead."""
    name, required = str(entry["requirement"]), entry["required"]
    have = "—" if entry["available"] is None else str(entry["available"])
    if name == "level":
        text = texts.say(lang, "need-level", n=str(required))
    elif name == "class" and isinstance(required, list):
        classes = ", ".join(word(texts, lang, "class", str(each)) for each in required)
        text = texts.say(lang, "need-class", classes=classes)
    else:
        text = f"{word(texts, lang, 'attribute', name)} {required}"
    return f"{text} ({texts.say(lang, 'you-have', have=have)})"
