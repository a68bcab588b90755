"""Messages by key and language: Fluent files, which a deployment may override message by message."""

from functools import lru_cache
from importlib import resources
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource

from satchel.texts.languages import LANGUAGES

__all__ = ["Texts"]

FORMATTED_MAX = 20_000


class Texts:
    """Messages by key and language. The API's error codes are the keys of their messages.

    Args:
        overrides: A directory with `en.ftl` or `ru.ftl`; their messages replace those of the same key.
    """

    def __init__(self, overrides: Path | None = None) -> None:
        self._bundles = {lang: _bundle(lang, overrides) for lang in LANGUAGES}
        self._say = lru_cache(FORMATTED_MAX)(self._format)

    def say(self, lang: str, key: str, **variables: str | int) -> str:
        """Say something.

        Args:
            lang: The language.
            key: Which message.
            variables: What the message is filled with. For a message in HTML the caller escapes texts.
        """
        return self._say(lang, key, tuple(sorted(variables.items())))

    def has(self, lang: str, key: str) -> bool:
        """Whether there is such a message."""
        return self._bundles[lang].has_message(key)

    def _format(self, lang: str, key: str, variables: tuple[tuple[str, str | int], ...]) -> str:
        bundle = self._bundles[lang]
        value = bundle.get_message(key).value
        if value is None:
            raise KeyError(key)
        text, mistakes = bundle.format_pattern(value, dict(variables))
        if mistakes:
            raise ValueError(f"{lang}.ftl, {key}: {mistakes[0]}")
        return str(text)


def _bundle(lang: str, overrides: Path | None) -> FluentBundle:
    # Without isolating marks: Telegram clients count and show them. `bidi_safe` adds them to names that need one.
    bundle = FluentBundle([lang], use_isolating=False)
    own = resources.files("satchel.texts") / f"{lang}.ftl"
    bundle.add_resource(FluentResource(own.read_text(encoding="utf-8")))
    if overrides is not None and (file := overrides / f"{lang}.ftl").is_file():
        bundle.add_resource(FluentResource(file.read_text(encoding="utf-8")), allow_overrides=True)
    return bundle
