"""The rule set and all definitions of a game, with the tables that rules look things up in."""

from satchel.inventory.definitions.entry import Text
from satchel.inventory.definitions.items import ItemDefinition
from satchel.inventory.definitions.rules import RuleSet

__all__ = ["Catalogue"]


class Catalogue:
    """The rule set and all definitions, with the tables that rules look things up in.

    Attributes:
        rules: The rule set.
        definitions: By id, in the order of the files.
        version: Digest of everything in it; changes with any entry.
        slots_of: Definition id to the slot ids that it fits, in order of preference.
        home_of: Category id to the container that new items of it go to.
        capacities: Container id, its base number of positions, and the name of the modifier that adds to it.
        name_rank: Language to definition id to its place among the names of that language; equal names share one.
        modifier_weight: Definition id to its modifiers, weighted for the gear score.
    """

    def __init__(self, rules: RuleSet, definitions: dict[str, ItemDefinition], version: str) -> None:
        self.rules = rules
        self.definitions = definitions
        self.version = version
        self.slots = {slot.id: slot for slot in rules.slots}
        self.containers = {container.id: container for container in rules.containers}
        self.categories = {category.id: category for category in rules.categories}
        self.category_rank = {category: rank for rank, category in enumerate(self.categories)}
        self.rarity_rank = {rarity.id: rank for rank, rarity in enumerate(rules.rarities)}
        self.rarity_score = {rarity.id: rarity.score for rarity in rules.rarities}
        self.resources = {resource.id: resource for resource in rules.resources}
        self.sets = {item_set.id: item_set for item_set in rules.sets}
        self.capacities = tuple((c.id, c.slots, f"slots.{c.id}") for c in rules.containers)
        self.carried = frozenset(container.id for container in rules.containers if container.carried)
        self.slots_of = {id_: self._slots_for(definition) for id_, definition in definitions.items()}
        self.home_of = {category: self._home_for(category) for category in self.categories}
        self.name_rank = {
            "en": _ranked({id_: definition.name.en.casefold() for id_, definition in definitions.items()}),
            "ru": _ranked({id_: definition.name.ru.casefold() for id_, definition in definitions.items()}),
        }
        weights = rules.gear_score.weights
        self.modifier_weight = {
            id_: sum(value * weights.get(name, 0) for name, value in definition.modifiers.items())
            for id_, definition in definitions.items()
        }
        self._unknown: dict[str, ItemDefinition] = {}

    def definition(self, definition_id: str) -> ItemDefinition:
        """Get a definition, or a stand-in for one that the catalogue no longer has.

        Items whose definition was removed are kept: they stay where they are, weigh nothing, fit nothing and join no
        stack.
        """
        found = self.definitions.get(definition_id) or self._unknown.get(definition_id)
        if found is None:
            text = Text(en=definition_id, ru=definition_id)
            found = ItemDefinition(
                id=definition_id,
                category="unknown",
                rarity="unknown",
                name=text,
                description=text,
                droppable=False,
                tradable=False,
            )
            self._unknown[definition_id] = found
        return found

    def _slots_for(self, definition: ItemDefinition) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for wanted in definition.fits:
            found |= {slot.id: None for slot in self.rules.slots if wanted in (slot.id, slot.kind)}
        return tuple(found)

    def _home_for(self, category: str) -> str:
        specific = (c.id for c in self.rules.containers if category in c.accepts)
        general = (c.id for c in self.rules.containers if not c.accepts)
        return next(specific, "") or next(general, self.rules.containers[0].id)


def _ranked(names: dict[str, str]) -> dict[str, int]:
    places = {name: place for place, name in enumerate(sorted(set(names.values())))}
    return {id_: places[name] for id_, name in names.items()}
