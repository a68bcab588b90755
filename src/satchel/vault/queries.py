"""The statements of the `.sql` files, by name."""

import re
from importlib import resources
from types import MappingProxyType

__all__ = ["INSPECTION", "QUERIES"]


def _load(file: str) -> dict[str, str]:
    text = (resources.files("satchel.vault") / file).read_text(encoding="utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)[1:]
    return {name: statement.strip().rstrip(";") for name, statement in zip(parts[::2], parts[1::2], strict=True)}


QUERIES = MappingProxyType(_load("queries.sql"))
"""Name to statement. Each statement begins with the comment that says what it does, so server logs show it too."""

INSPECTION = MappingProxyType(_load("inspection.sql"))
"""The same for the tools of operators. No action runs any of these."""
