"""The kinds of items of a game."""

from satchel.inventory.definitions.entry import Figure, Modifiers, Name, NotNegative, Positive, Strict, Text

__all__ = ["Effect", "ItemDefinition", "Requirements"]


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

    `fits` names slots or slot kinds, in order of preference; `also_occupies` the slots that it fills beside the
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
