"""The data that everything is measured on: the starter world with room for large bags, and characters full of items.

Every id follows from the character and the item's number, so that the load generator knows them without asking.
"""

import json
import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from satchel.catalogue import load_catalogue
from satchel.inventory.character import Character
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.item import Item, ItemId

__all__ = ["BAG_SLOTS", "HERO", "SWORD", "Cast", "bench_catalogue", "character_items", "item_uid", "make_world"]

BAG_SLOTS = 20_000
STACK_MAX = 10**9

SWORD, POTION, ORE, CAP = range(4)
"""Numbers of the items that the load acts on: one to wear, one to use, one to drop from, one to move."""

HEAD = ("iron_sword", "healing_potion", "iron_ore", "leather_cap")
WORN = (("oak_shield", "off_hand"), ("linen_shirt", "shirt"), ("leather_belt", "belt"), ("silver_ring", "ring_1"))
HERO: dict[str, int | str] = {"class": "warden", "strength": 30, "agility": 30, "wisdom": 30}


def make_world(directory: Path) -> Path:
    """Write the bench's world: the starter world, with a bag and stacks so large that the load never runs out."""
    world = directory / "world"
    shutil.copytree(str(resources.files("satchel.catalogue") / "data"), world, dirs_exist_ok=True)
    rules_path = world / "rules.json"
    rules = json.loads(rules_path.read_text())
    rules["weight_limit_g"] = 10**15
    for container in rules["containers"]:
        if container["id"] == "bag":
            container["slots"] = BAG_SLOTS
    rules_path.write_text(json.dumps(rules, ensure_ascii=False))
    for path in (world / "items").glob("*.json"):
        content = json.loads(path.read_text())
        for definition in content["definitions"]:
            if definition["id"] in ("healing_potion", "iron_ore"):
                definition["stack_max"] = STACK_MAX
        path.write_text(json.dumps(content, ensure_ascii=False))
    for path in (world, *world.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return world


def bench_catalogue(world: Path) -> Catalogue:
    """Load the bench's world."""
    return load_catalogue(world)


def item_uid(char_id: int, number: int) -> ItemId:
    """The id of a character's item."""
    return ItemId(
        f"0199{char_id >> 20 & 0xFFFF:04x}-{char_id >> 4 & 0xFFFF:04x}-7{char_id & 0xF:x}00-8000-{number:012x}"
    )


def character_items(catalogue: Catalogue, char_id: int, count: int) -> Iterator[Item]:
    """Lay out a character's items: four to act on, four worn, and a bag full of the rest of the world."""
    for number, id_ in enumerate(HEAD[:count]):
        quantity = STACK_MAX // 2 if id_ in ("healing_potion", "iron_ore") else 1
        durability = catalogue.definition(id_).durability_max
        yield Item(item_uid(char_id, number), id_, quantity, "bag", number, durability=durability)
    for number, (id_, slot) in enumerate(WORN[: max(0, count - 4)], start=4):
        durability = catalogue.definition(id_).durability_max
        yield Item(item_uid(char_id, number), id_, 1, slot=slot, durability=durability)
    used = {*HEAD, *(id_ for id_, _ in WORN)}
    fillers = [d for id_, d in catalogue.definitions.items() if id_ not in used and d.category != "quest"]
    for number in range(8, count):
        definition = fillers[number % len(fillers)]
        quantity = min(definition.stack_max, 1 + number % 20)
        properties = {"attack": 3, "luck": 1} if definition.fits and number % 5 == 0 else {}
        yield Item(
            item_uid(char_id, number),
            definition.id,
            quantity,
            "bag",
            number - 4,
            durability=definition.durability_max,
            properties=properties,
        )


def hero(char_id: int) -> Character:
    """A character that may wear everything."""
    return Character(f"bench:{char_id}", f"Hero {char_id}", 20, dict(HERO))


class Cast:
    """A range of characters, all with the same number of items."""

    def __init__(self, first: int, count: int, items: int) -> None:
        self.first = first
        self.count = count
        self.items = items

    @property
    def ids(self) -> range:
        """Their ids."""
        return range(self.first, self.first + self.count)
