"""HTML as Telegram reads it: a few tags and four named entities; a tag that does not close is an error."""

import re

__all__ = ["MarkupError", "parse_html", "utf16_length"]

ENTITY_OF_TAG = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
REFERENCE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]+));?")
ATTRIBUTE = re.compile(r"""\s+([a-zA-Z-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[\w.-]+))?""")
TAG_NAME = re.compile(r"[^\s>/]*")


class MarkupError(Exception):
    """The text cannot be read; the message is Telegram's."""


def utf16_length(text: str) -> int:
    """Length as Telegram counts offsets: characters outside the basic plane count twice."""
    return len(text.encode("utf-16-le")) // 2


def parse_html(source: str) -> tuple[str, list[dict[str, object]]]:
    """Read a text with tags.

    Returns:
        The visible text without white space at its ends, and its entities by offset.

    Raises:
        MarkupError: A tag is unknown, does not close, or closes what is not open.
    """
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.text: list[str] = []
        self.length = 0
        self.open: list[tuple[str, int, dict[str, object]]] = []
        self.entities: list[dict[str, object]] = []

    def read(self) -> tuple[str, list[dict[str, object]]]:
        while self.at < len(self.source):
            match self.source[self.at]:
                case "<" if self.source.startswith("</", self.at):
                    self._end_tag()
                case "<":
                    self._start_tag()
                case "&":
                    self._reference()
                case _:
                    self._put(self.source[self.at], 1)
        if self.open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self.open[-1][0]}"')
        return _trim("".join(self.text), self.entities)

    def _put(self, shown: str, taken: int) -> None:
        self.text.append(shown)
        self.length += utf16_length(shown)
        self.at += taken

    def _offset(self) -> int:
        return len(self.source[: self.at].encode())

    def _reference(self) -> None:
        found = REFERENCE.match(self.source, self.at)
        if found is None:
            self._put("&", 1)
            return
        decimal, hexadecimal, name = found.groups()
        if name is not None:
            shown = NAMED.get(name)
        else:
            number = int(decimal) if decimal else int(hexadecimal, 16)
            shown = chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else None
        self._put(shown if shown is not None else found[0], len(found[0]))

    def _start_tag(self) -> None:
        begin = self._offset()
        end = self.source.find(">", self.at)
        named = TAG_NAME.match(self.source, self.at + 1)
        name = named[0].lower() if named else ""
        if end < 0:
            raise MarkupError(f"Unclosed start tag at byte offset {begin}")
        if name not in ENTITY_OF_TAG:
            raise MarkupError(f'Unsupported start tag "{name}" at byte offset {begin}')
        inside = self.source[self.at + 1 + len(name) : end]
        given = {key.lower(): value.strip("\"'") for key, value in ATTRIBUTE.findall(inside)}
        if name == "span" and given.get("class") != "tg-spoiler":
            raise MarkupError(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.open.append((name, self.length, _more(name, given)))
        self.at = end + 1

    def _end_tag(self) -> None:
        begin = self._offset()
        if not self.open:
            raise MarkupError(f"Unexpected end tag at byte offset {begin}")
        end = self.source.find(">", self.at)
        if end < 0:
            raise MarkupError(f"Unclosed end tag at byte offset {begin}")
        found = self.source[self.at + 2 : end].strip().lower()
        name, start, more = self.open.pop()
        if found not in ("", name):
            raise MarkupError(f'Unmatched end tag at byte offset {begin}, expected "</{name}>", found "</{found}>"')
        if self.length > start:
            entity = {"type": ENTITY_OF_TAG[name], "offset": start, "length": self.length - start}
            self.entities.append({**entity, **more})
        self.at = end + 1


def _more(name: str, given: dict[str, str]) -> dict[str, object]:
    match name:
        case "a":
            return {"url": given.get("href", "")}
        case "tg-emoji":
            return {"custom_emoji_id": given.get("emoji-id", "")}
        case "blockquote" if "expandable" in given:
            return {"type": "expandable_blockquote"}
    return {}


def _trim(text: str, entities: list[dict[str, object]]) -> tuple[str, list[dict[str, object]]]:
    """Cut white space off both ends, as Telegram does; entities move with the text, and empty ones are dropped."""
    kept = text.strip()
    cut = utf16_length(text[: len(text) - len(text.lstrip())])
    total = utf16_length(kept)
    moved = []
    for entity in entities:
        offset, length = int(str(entity["offset"])) - cut, int(str(entity["length"]))
        start, end = max(offset, 0), min(offset + length, total)
        if start < end:
            moved.append({**entity, "offset": start, "length": end - start})
    return kept, sorted(moved, key=lambda entity: (int(str(entity["offset"])), -int(str(entity["length"]))))
