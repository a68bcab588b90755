"""What kinds of items exist and by which rules they are worn, stacked and carried.

These are plain data: the catalogue loader reads them from files and checks them, the rules read them. A
`Catalogue` adds the tables that the rules look things up in, made once at start.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = [
    "AMOUNT_MAX",
    "Catalogue",
    "Category",
    "Container",
    "Effect",
    "GearScore",
    "ItemDefinition",
    "ItemSet",
    "Rarity",
    "Requirements",
    "Resource",
    "RuleSet",
    "Section",
    "Slot",
    "SlotGroup",
    "Text",
]

AMOUNT_MAX = 2**53 - 1
"""Largest quantity or balance: every JSON reader, JavaScript's included, keeps it exact."""

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,47}$", description="a lower-case identifier")]
Positive = Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
NotNegative = Annotated[int, Meta(ge=0, le=AMOUNT_MAX)]
ModifierName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,47}(\.[a-z][a-z0-9_]{0,47})?$")]
Figure = Annotated[int, Meta(ge=-1_000_000_000, le=1_000_000_000)]
Modifiers = dict[ModifierName, Figure]


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all catalogue entries: unknown keys are errors, entries never change."""


class Text(Strict, frozen=True, kw_only=True):
    """A text in every language of the game, keyed by language."""

    en: Annotated[str, Meta(min_length=1, max_length=400)]
    ru: Annotated[str, Meta(min_length=1, max_length=400)]


class SlotGroup(Strict, frozen=True, kw_only=True):
    """A group of slots shown together, e.g. the armour layer, in the order of the file."""

    id: Name
    name: Text


class Slot(Strict, frozen=True, kw_only=True):
    """A place on the body. Slots of one `kind` are interchangeable: two rings, the free one first."""

    id: Name
    group: Name
    kind: Name
    name: Text


class Container(Strict, frozen=True, kw_only=True):
    """A place to keep items that are not worn.

    `slots` is the base number of positions; the modifier `slots.<id>` of worn gear adds to it. `accepts` lists the
    categories it takes (empty: all). Only a `carried` container counts towards the carried weight.
    """

    id: Name
    name: Text
    slots: Annotated[int, Meta(ge=0, le=100_000)]
    accepts: tuple[Name, ...] = ()
    carried: bool = True


class Section(Strict, frozen=True, kw_only=True):
    """A tab of the bag: a group of categories."""

    id: Name
    name: Text


class Category(Strict, frozen=True, kw_only=True):
    """A kind of definitions, e.g. `potion`; shown in one section."""

    id: Name
    section: Name
    name: Text


class Rarity(Strict, frozen=True, kw_only=True):
    """A rarity; the order of the file is their order. `score` is its part of the gear score."""

    id: Name
    name: Text
    score: NotNegative = 0


class Resource(Strict, frozen=True, kw_only=True):
    """A balance of the wallet. `cap` is the most a character can hold."""

    id: Name
    group: Literal["currency", "resource", "component"]
    name: Text
    cap: Positive = AMOUNT_MAX


class ItemSet(Strict, frozen=True, kw_only=True):
    """A set bonus: with at least `n` different pieces worn, the modifiers under every key up to `n` apply."""

    id: Name
    name: Text
    bonuses: dict[Annotated[int, Meta(ge=1, le=32)], Modifiers]


class GearScore(Strict, frozen=True, kw_only=True):
    """The gear score of what is worn: rarity scores, plus the sum of modifier x weight divided by `divisor`."""

    weights: dict[ModifierName, Figure] = {}
    divisor: Positive = 1


class RuleSet(Strict, frozen=True, kw_only=True):
    """How a character of this game carries and wears things. One file, `rules.json`.

    `drop_undo_s` is for how many seconds a dropped item can be taken back (0: not at all).
    """

    name: Name
    weight_limit_g: NotNegative
    slot_groups: tuple[SlotGroup, ...]
    slots: tuple[Slot, ...]
    containers: tuple[Container, ...]
    sections: tuple[Section, ...]
    categories: tuple[Category, ...]
    rarities: tuple[Rarity, ...]
    resources: tuple[Resource, ...]
    sets: tuple[ItemSet, ...] = ()
    gear_score: GearScore = GearScore()
    quick_slots_max: Annotated[int, Meta(ge=0, le=32)] = 0
    drop_undo_s: Annotated[int, Meta(ge=0, le=86_400)] = 0


class Requirements(Strict, frozen=True, kw_only=True):
    """What a character needs to wear or use an item. `classes` is compared with the attribute `class`."""

    level: NotNegative = 0
    attributes: dict[Name, NotNegative] = {}
    classes: tuple[Name, ...] = ()


class Effect(Strict, frozen=True, kw_only=True):
    """What using the item does; the engine consumes `consumes` of it, the game applies `effect`."""

    effect: Name
    consumes: NotNegative = 1
    values: dict[Name, Figure] = {}


class ItemDefinition(Strict, frozen=True, kw_only=True):
    """A kind of item.

    `fits` names slots or slot kinds, in order of preference; `also_occupies` the slots that it fills besides the
    one it is put in (a two-hander: the off hand). `modifiers` apply while worn; the engine itself reads
    `slots.<container>`, `weight_limit_g` and `quick_slots`, all others are the game's.
    """

    id: Name
    category: Name
    rarity: Name
    name: Text
    description: Text
    weight_g: NotNegative = 0
    stack_max: Positive = 1
    fits: tuple[Name, ...] = ()
    also_occupies: tuple[Name, ...] = ()
    requires: Requirements = Requirements()
    modifiers: Modifiers = {}
    durability_max: Positive | None = None
    set: Name | None = None
    use: Effect | None = None
    quick: bool = False
    droppable: bool = True
    tradable: bool = True


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
