"""The figures that follow from the items: capacity, weight, modifiers, gear score."""

from collections.abc import Iterable

import msgspec

from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.item import Item

__all__ = ["Gear", "SlotCount", "Stats"]


class SlotCount(msgspec.Struct, frozen=True, gc=False):
    """Positions of a container: taken, and in all."""

    used: int
    limit: int


class Stats(msgspec.Struct, frozen=True, gc=False):
    """The derived figures. `sets` counts the different worn pieces of each set."""

    weight_g: int
    weight_limit_g: int
    quick_slots: int
    gear_score: int
    slots: dict[str, SlotCount]
    modifiers: dict[str, int]
    sets: dict[str, int]


class Gear:
    """What follows from the worn items alone; computed again only when one of them changes."""

    __slots__ = ("gear_score", "modifiers", "quick_slots", "sets", "slot_limits", "weight_limit_g")

    def __init__(self, catalogue: Catalogue, worn: Iterable[Item]) -> None:
        rules = catalogue.rules
        modifiers: dict[str, int] = {}
        pieces: dict[str, set[str]] = {}
        bonuses: list[dict[str, int]] = []
        score = weighted = 0
        for item in worn:
            definition = catalogue.definition(item.definition)
            score += catalogue.rarity_score.get(definition.rarity, 0)
            bonuses.append(definition.modifiers)
            if item.properties:
                bonuses.append(item.properties)
            if definition.set:
                pieces.setdefault(definition.set, set()).add(definition.id)
        for set_id, worn_pieces in pieces.items():
            steps = catalogue.sets[set_id].bonuses
            bonuses += [bonus for needed, bonus in steps.items() if len(worn_pieces) >= needed]
        for bonus in bonuses:
            for name, value in bonus.items():
                modifiers[name] = modifiers.get(name, 0) + value
        weights = rules.gear_score.weights
        for name, value in modifiers.items():
            weighted += value * weights.get(name, 0)
        self.modifiers = dict(sorted(modifiers.items()))
        self.sets = {set_id: len(worn_pieces) for set_id, worn_pieces in sorted(pieces.items())}
        self.gear_score = score + weighted // rules.gear_score.divisor
        self.weight_limit_g = max(0, rules.weight_limit_g + modifiers.get("weight_limit_g", 0))
        self.quick_slots = min(rules.quick_slots_max, max(0, modifiers.get("quick_slots", 0)))
        self.slot_limits = {
            container: max(0, slots + modifiers.get(modifier, 0)) for container, slots, modifier in catalogue.capacities
        }
