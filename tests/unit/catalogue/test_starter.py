from pathlib import Path

from satchel.catalogue import load_catalogue
from satchel.catalogue.loader import check_world
from satchel.catalogue.starter import copy_starter_world


def test_a_new_world_is_sound_and_equal_to_the_starter_world(tmp_path: Path) -> None:
    copy_starter_world(tmp_path / "world")

    assert check_world(tmp_path / "world") == []
    assert load_catalogue(tmp_path / "world").definitions == load_catalogue().definitions


def test_every_file_of_a_new_world_names_the_schema_that_lies_beside_it(tmp_path: Path) -> None:
    copy_starter_world(tmp_path)

    files = [tmp_path / "rules.json", *(tmp_path / "items").glob("*.json")]
    named = [path.read_text(encoding="utf-8").split('"$schema": "')[1].split('"')[0] for path in files]

    assert len(files) > 5
    assert all(
        (path.parent / schema).resolve() == tmp_path / "schema.json" for path, schema in zip(files, named, strict=True)
    )
