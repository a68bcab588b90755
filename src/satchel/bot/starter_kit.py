"""What a demo deployment gives to newcomers: a character and a packed bag."""

from satchel.inventory.actions import AdjustWallet, Grant, Operation
from satchel.inventory.character import Character
from satchel.inventory.definitions.catalogue import Catalogue

__all__ = ["DEMO_CHARACTERS_FROM", "hero", "kit"]

DEMO_CHARACTERS_FROM = 2**52
"""A demo character has its player's Telegram id plus this; no other character has such an id."""

ITEMS = (
    ("iron_sword", 1),
    ("steel_sword", 1),
    ("duelist_blade", 1),
    ("oathkeeper", 1),
    ("greatsword", 1),
    ("viper_fang", 1),
    ("oak_shield", 1),
    ("leather_cap", 1),
    ("linen_shirt", 1),
    ("small_backpack", 1),
    ("traveller_belt", 1),
    ("healing_potion", 12),
    ("mana_potion", 5),
    ("scroll_of_light", 3),
    ("bread", 4),
    ("iron_ore", 30),
)
MONEY = (("gold", 250), ("silver", 1_200), ("timber", 40))
OTHERS_MAX = 12


def hero(owner: str, name: str) -> Character:
    """A newcomer's character, which can wear most of the kit."""
    printable = "".join(letter for letter in name if letter.isprintable()).strip()[:64]
    return Character(owner, printable or "Hero", 12, {"class": "warden", "strength": 14, "agility": 14, "wisdom": 10})


def kit(catalogue: Catalogue) -> list[Operation]:
    """The actions that pack the bag. A catalogue other than the starter world gives its first definitions."""
    known = [(name, quantity) for name, quantity in ITEMS if name in catalogue.definitions]
    items = known or [(name, 1) for name in list(catalogue.definitions)[:OTHERS_MAX]]
    grants: list[Operation] = [Grant(definition=name, quantity=quantity, partial=True) for name, quantity in items]
    return [*grants, *(AdjustWallet(resource=name, amount=n) for name, n in MONEY if name in catalogue.resources)]
