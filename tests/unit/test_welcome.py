"""The first thing that a newcomer pastes has to work, in any world."""

import json
import re

from satchel.catalogue import load_catalogue
from satchel.cli.welcome import ANN, welcome
from satchel.inventory.character import missing_requirements
from satchel.inventory.definitions.catalogue import Catalogue


def test_welcome_gives_something_that_the_new_character_can_wear() -> None:
    catalogue = load_catalogue()

    text = welcome("http://127.0.0.1:8080", "a-token", catalogue)

    granted = json.loads(re.findall(r"-d '(\{.*grant.*\})'", text)[0])["definition"]
    assert catalogue.slots_of[granted]
    assert not missing_requirements(ANN, catalogue.definitions[granted].requires)
    assert text.count("  curl -s ") == 3


def test_welcome_grants_nothing_in_a_world_without_things_to_wear() -> None:
    empty = Catalogue(load_catalogue().rules, {}, "0")

    text = welcome("http://127.0.0.1:8080", "a-token", empty)

    assert text.count("  curl -s ") == 1
