"""What no type can say: that names mean something, and that entries agree with each other."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from satchel.catalogue.contents import Contents, Place
from satchel.catalogue.problem import Problem, unknown
from satchel.inventory.definitions.entry import Modifiers
from satchel.inventory.definitions.items import ItemDefinition
from satchel.inventory.definitions.rules import RuleSet

__all__ = ["check_definition", "check_rules", "check_together"]

ENGINE_MODIFIERS = ("weight_limit_g", "quick_slots")
RESERVED = ("worn", "unknown")


class _Named(Protocol):
    @property
    def id(self) -> str: ...


def check_rules(place: Place[RuleSet], _contents: Contents) -> list[Problem]:
    """Check `rules.json` by itself."""
    rules = place.entry
    lists: dict[str, Sequence[_Named]] = {
        "slot_groups": rules.slot_groups,
        "slots": rules.slots,
        "containers": rules.containers,
        "sections": rules.sections,
        "categories": rules.categories,
        "rarities": rules.rarities,
        "resources": rules.resources,
        "sets": rules.sets,
    }
    found: list[Problem] = []
    for field, entries in lists.items():
        counts = Counter(entry.id for entry in entries)
        found += [place.problem(field, f"{name!r} stands {count} times") for name, count in counts.items() if count > 1]
        found += [place.problem(field, f"{name!r} is a reserved name") for name in RESERVED if name in counts]
    groups = _ids(rules.slot_groups)
    sections, categories = _ids(rules.sections), _ids(rules.categories)
    needed = ("slots", "containers", "categories", "rarities")
    found += [place.problem(field, "must not be empty") for field in needed if not lists[field]]
    found += [
        place.nested_problem("slots", number, "group", unknown("slot group", slot.group, groups))
        for number, slot in enumerate(rules.slots)
        if slot.group not in groups
    ]
    found += [
        place.nested_problem("categories", number, "section", unknown("section", category.section, sections))
        for number, category in enumerate(rules.categories)
        if category.section not in sections
    ]
    for number, container in enumerate(rules.containers):
        found += [
            place.nested_problem("containers", number, "accepts", unknown("category", name, categories))
            for name in container.accepts
            if name not in categories
        ]
    if not any(not container.accepts for container in rules.containers):
        homeless = categories - {name for container in rules.containers for name in container.accepts}
        found += [place.problem("containers", f"no container takes the category {n!r}") for n in sorted(homeless)]
    found += [
        place.nested_problem("sets", number, "bonuses", text)
        for number, item_set in enumerate(rules.sets)
        for bonus in item_set.bonuses.values()
        for text in _wrong_modifiers(bonus, rules)
    ]
    return found


def check_definition(place: Place[ItemDefinition], contents: Contents) -> list[Problem]:
    """Check one definition against the rule set."""
    rules = contents.only(RuleSet).entry
    return [place.problem(field, message) for field, message in _definition_mistakes(place.entry, rules)]


def check_together(contents: Contents) -> list[Problem]:
    """Check what only shows in all entries together; each by itself is right."""
    place, definitions = contents.only(RuleSet), contents.all(ItemDefinition)
    rules = place.entry
    found: list[Problem] = []
    for number, item_set in enumerate(rules.sets):
        pieces = sum(definition.set == item_set.id for definition in definitions.values())
        if item_set.bonuses and max(item_set.bonuses) > pieces:
            message = f"a bonus needs {max(item_set.bonuses)} pieces, but {pieces} definitions name the set"
            found.append(place.nested_problem("sets", number, "bonuses", message))
    used = {name for definition in definitions.values() for name in definition.modifiers}
    used |= {name for item_set in rules.sets for bonus in item_set.bonuses.values() for name in bonus}
    found += [
        place.problem("gear_score.weights", unknown("modifier", name, sorted(used)))
        for name in rules.gear_score.weights
        if name not in used
    ]
    return found


def _definition_mistakes(definition: ItemDefinition, rules: RuleSet) -> Iterator[tuple[str, str]]:
    categories, rarities, sets = _ids(rules.categories), _ids(rules.rarities), _ids(rules.sets)
    slots = _ids(rules.slots)
    places = slots | {slot.kind for slot in rules.slots}
    if definition.category not in categories:
        yield "category", unknown("category", definition.category, categories)
    if definition.rarity not in rarities:
        yield "rarity", unknown("rarity", definition.rarity, rarities)
    if definition.set is not None and definition.set not in sets:
        yield "set", unknown("set", definition.set, sets)
    for name in definition.fits:
        if name not in places:
            yield "fits", unknown("slot or slot kind", name, sorted(places))
    for name in definition.also_occupies:
        if name not in slots:
            yield "also_occupies", unknown("slot", name, slots)
    for message in _wrong_modifiers(definition.modifiers, rules):
        yield "modifiers", message
    yield from _contradictions(definition, rules)


def _contradictions(definition: ItemDefinition, rules: RuleSet) -> Iterator[tuple[str, str]]:
    fitted = {slot.id for slot in rules.slots if {slot.id, slot.kind} & set(definition.fits)}
    if definition.also_occupies and not definition.fits:
        yield "also_occupies", "an item that fits no slot cannot occupy one"
    for name in sorted(fitted & set(definition.also_occupies)):
        yield "also_occupies", f"it fits {name!r} itself"
    if definition.fits and definition.stack_max > 1:
        yield "stack_max", "a wearable item cannot be stacked"
    if definition.durability_max is not None and definition.stack_max > 1:
        yield "durability_max", "a stackable item has no durability"
    if definition.modifiers and not definition.fits:
        yield "modifiers", "only worn items have modifiers, and this one fits no slot"
    if definition.set is not None and not definition.fits:
        yield "set", "only worn items count for a set, and this one fits no slot"
    if definition.quick and definition.use is None:
        yield "quick", "a quick slot needs an item that can be used"
    if definition.quick and definition.fits:
        yield "quick", "a wearable item cannot be put into a quick slot"
    if definition.use is not None and definition.use.consumes > definition.stack_max:
        yield "use.consumes", f"more than a stack holds ({definition.stack_max})"
    if definition.modifiers.get("quick_slots", 0) > rules.quick_slots_max:
        yield "modifiers.quick_slots", f"more than quick_slots_max of rules.json ({rules.quick_slots_max})"


def _wrong_modifiers(modifiers: Modifiers, rules: RuleSet) -> Iterator[str]:
    containers = [container.id for container in rules.containers]
    for name in modifiers:
        prefix, dot, rest = name.partition(".")
        if dot and prefix != "slots":
            yield f"no such modifier: {name!r} (with a dot there is only slots.<container>)"
        elif dot and rest not in containers:
            yield unknown("container", rest, containers)


def _ids(entries: Iterable[_Named]) -> set[str]:
    return {entry.id for entry in entries}
