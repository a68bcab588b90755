"""The statements of `queries.sql`, by name."""

import re
from importlib import resources
from types import MappingProxyType

__all__ = ["QUERIES"]


def _load() -> dict[str, str]:
    text = (resources.files("satchel.vault") / "queries.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)[1:]
    return {name: statement.strip().rstrip(";") for name, statement in zip(parts[::2], parts[1::2], strict=True)}


QUERIES = MappingProxyType(_load())
"""Statement by name; each begins with the comment that says what it does, so that the server's logs do too."""
