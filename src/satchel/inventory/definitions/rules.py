"""The rule set of a game: slots, containers, categories, rarities, resources, sets."""

from typing import Annotated, Literal

from msgspec import Meta

from satchel.ids import INT_MAX
from satchel.inventory.definitions.entry import (
    Figure,
    ModifierName,
    Modifiers,
    Name,
    NotNegative,
    Positive,
    Strict,
    Text,
)

__all__ = [
    "Category",
    "Container",
    "GearScore",
    "ItemSet",
    "Rarity",
    "Resource",
    "RuleSet",
    "Section",
    "Slot",
    "SlotGroup",
]


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
    cap: Positive = INT_MAX


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
