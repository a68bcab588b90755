"""The starter world as the beginning of another one."""

from importlib import resources
from pathlib import Path

__all__ = ["copy_starter_world"]


def copy_starter_world(path: Path) -> None:
    """Copy rule set, definitions and schema into a directory of their own; each file names the schema beside it.

    Args:
        path: The directory; made if it is missing.
    """
    package = resources.files("satchel.catalogue")
    (path / "items").mkdir(parents=True, exist_ok=True)
    (path / "schema.json").write_text((package / "schema.json").read_text(encoding="utf-8"), encoding="utf-8")
    rules = (package / "data" / "rules.json").read_text(encoding="utf-8")
    (path / "rules.json").write_text(rules.replace("../schema.json", "schema.json"), encoding="utf-8")
    for source in (package / "data" / "items").iterdir():
        definitions = source.read_text(encoding="utf-8")
        (path / "items" / source.name).write_text(definitions.replace("../../schema", "../schema"), encoding="utf-8")
