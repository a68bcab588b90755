"""The starter world as the beginning of another one."""

from importlib import resources
from pathlib import Path

from satchel.catalogue.kinds import FILES

__all__ = ["copy_starter_world"]


def copy_starter_world(path: Path) -> None:
    """Copy rule set, definitions and schema into a directory of their own; each file names the schema beside it.

    Args:
        path: The directory; made if it is missing.
    """
    package = Path(str(resources.files("satchel.catalogue")))
    files = [file for kind in FILES for file in sorted((package / "data").glob(kind.pattern))]
    for file in (package / "schema.json", *files):
        copy = path / file.relative_to(package if file.parent == package else package / "data")
        copy.parent.mkdir(parents=True, exist_ok=True)
        # The schema lies beside the copied files, not above them.
        copy.write_text(file.read_text(encoding="utf-8").replace("../schema.json", "schema.json"), encoding="utf-8")
