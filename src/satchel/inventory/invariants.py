"""What must hold of every session, whatever was done to it.

Nothing here trusts what the session has worked out: places, sums and figures are computed afresh from the items. The
property tests ask after every step, `satchel audit` asks about stored inventories.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec

from satchel.ids import INT_MAX
from satchel.inventory.figures import Gear, SlotCount, Stats
from satchel.inventory.item import Item, ItemId
from satchel.inventory.model import InventorySessionDTO

__all__ = ["BrokenInvariant", "broken_invariants"]


class BrokenInvariant(msgspec.Struct, frozen=True):
    """One thing that must not be: a stable `code`, and the ids and figures that show it."""

    code: str
    data: dict[str, Any]  # JSON of any shape


def broken_invariants(session: InventorySessionDTO) -> list[BrokenInvariant]:
    """List every broken invariant; empty when the session is sound.

    A catalogue that took something away (a smaller bag, a lower stack limit or cap) leaves items behind that no action
    could have led to; they are listed too. Items whose definition is unknown are held to nothing but their place.

    Returns:
        Broken invariants with these codes and data:

        - `item_misfiled` item_id, key: the item stands under another id.
        - `place_ambiguous` item_id: neither just worn nor just kept.
        - `slot_shared` slot, items: worn in one slot together.
        - `slot_incompatible` item_id, slot, fits.
        - `position_shared` container, position, items.
        - `position_out_of_range` item_id, container, position, limit.
        - `container_incompatible` item_id, container.
        - `quantity_out_of_range` item_id, quantity, limit.
        - `durability_out_of_range` item_id, durability, limit.
        - `quick_slot_shared` quick_slot, items.
        - `quick_slot_unavailable` item_id, quick_slot, available: beyond the belt, on a worn item, or not carried.
        - `balance_out_of_range` resource, balance, limit.
        - `shelf_shared` item_id: it lies on the shelf of dropped items, and is owned all the same.
        - `index_stale` index, found, expected: `worn`, `quick_slots`, `cells` or `by_definition`.
        - `figure_stale` figure, found, expected: a cached figure is not what a fresh computation gives.
    """
    checks = (_places, _shared_places, _amounts, _quick_slots, _balances, _indexes, _figures)
    return [broken for check in checks for broken in check(session)]


def _places(session: InventorySessionDTO) -> Iterator[BrokenInvariant]:
    catalogue, limits = session.catalogue, _worn_gear(session).slot_limits
    for key, item in session.items.items():
        if key != item.id:
            yield _broken("item_misfiled", item_id=item.id, key=key)
        kept = item.container is not None and item.position is not None
        if kept == (item.slot is not None) or (item.container is None) != (item.position is None):
            yield _broken("place_ambiguous", item_id=item.id)
        known = item.definition in catalogue.definitions
        fits = catalogue.slots_of.get(item.definition, ())
        if known and item.slot is not None and item.slot not in fits:
            yield _broken("slot_incompatible", item_id=item.id, slot=item.slot, fits=list(fits))
        container = catalogue.containers.get(item.container or "")
        if container is None or item.position is None:
            continue
        limit = limits[container.id]
        if not 0 <= item.position < limit:
            place = {"container": container.id, "position": item.position, "limit": limit}
            yield _broken("position_out_of_range", item_id=item.id, **place)
        if known and container.accepts and session.definition_of(item).category not in container.accepts:
            yield _broken("container_incompatible", item_id=item.id, container=container.id)


def _shared_places(session: InventorySessionDTO) -> Iterator[BrokenInvariant]:
    in_slot: dict[str, list[ItemId]] = defaultdict(list)
    on_position: dict[tuple[str, int], list[ItemId]] = defaultdict(list)
    for item in session.items.values():
        for slot in session.occupied_slots(item):
            in_slot[slot].append(item.id)
        if item.slot is None:
            on_position[item.container or "", item.position or 0].append(item.id)
    for slot, items in in_slot.items():
        if len(items) > 1:
            yield _broken("slot_shared", slot=slot, items=sorted(items))
    for (container, position), items in on_position.items():
        if len(items) > 1:
            yield _broken("position_shared", container=container, position=position, items=sorted(items))


def _amounts(session: InventorySessionDTO) -> Iterator[BrokenInvariant]:
    for item_id in session.shelf.keys() & session.items.keys():
        yield _broken("shelf_shared", item_id=item_id)
    for item in session.items.values():
        known = session.catalogue.definitions.get(item.definition)
        limit = INT_MAX if known is None else known.stack_max
        if not 1 <= item.quantity <= limit:
            yield _broken("quantity_out_of_range", item_id=item.id, quantity=item.quantity, limit=limit)
        most = None if known is None else known.durability_max
        if (
            known is not None
            and item.durability is not None
            and not 0 <= item.durability <= (-1 if most is None else most)
        ):
            yield _broken("durability_out_of_range", item_id=item.id, durability=item.durability, limit=most)


def _quick_slots(session: InventorySessionDTO) -> Iterator[BrokenInvariant]:
    bound: dict[int, list[ItemId]] = defaultdict(list)
    available = _worn_gear(session).quick_slots
    for item in session.items.values():
        if item.quick_slot is None:
            continue
        bound[item.quick_slot].append(item.id)
        if not 1 <= item.quick_slot <= available or item.container not in session.catalogue.carried:
            yield _broken("quick_slot_unavailable", item_id=item.id, quick_slot=item.quick_slot, available=available)
    for number, items in bound.items():
        if len(items) > 1:
            yield _broken("quick_slot_shared", quick_slot=number, items=sorted(items))


def _balances(session: InventorySessionDTO) -> Iterator[BrokenInvariant]:
    for name, balance in session.wallet.items():
        resource = session.catalogue.resources.get(name)
        limit = INT_MAX if resource is None else resource.cap
        if not 1 <= balance <= limit:
            yield _broken("balance_out_of_range", resource=name, balance=balance, limit=limit)


def _indexes(session: InventorySessionDTO) -> Iterator[BrokenInvariant]:
    items = session.items.values()
    cells: dict[str, dict[int, ItemId]] = {container: {} for container in session.cells}
    by_definition: dict[str, set[ItemId]] = defaultdict(set)
    for item in items:
        by_definition[item.definition].add(item.id)
        if item.slot is None:
            cells.setdefault(item.container or "", {})[item.position or 0] = item.id
    # An item's own slot goes before slots that other items occupy in addition to theirs.
    worn = {slot: item.id for item in items for slot in session.occupied_slots(item)}
    worn |= {item.slot: item.id for item in items if item.slot is not None}
    expected: dict[str, tuple[Any, Any]] = {
        "worn": (session.worn, worn),
        "quick_slots": (session.quick_slots, {i.quick_slot: i.id for i in items if i.quick_slot is not None}),
        "by_definition": ({name: set(ids) for name, ids in session.by_definition.items()}, by_definition),
        "cells": ({name: found.at for name, found in session.cells.items()}, cells),
        "cells.taken": (
            {name: found.taken for name, found in session.cells.items()},
            {name: sum(1 << position for position in at if position >= 0) for name, at in cells.items()},
        ),
    }
    for index, (found, right) in expected.items():
        if found != right:
            yield _broken("index_stale", index=index, found=repr(found), expected=repr(dict(right)))


def _figures(session: InventorySessionDTO) -> Iterator[BrokenInvariant]:
    gear, weight_g = _worn_gear(session), sum(_carried_weight_g(session, item) for item in session.items.values())
    used = {name: sum(item.container == name for item in session.items.values()) for name in gear.slot_limits}
    fresh = Stats(
        weight_g=weight_g,
        weight_limit_g=gear.weight_limit_g,
        quick_slots=gear.quick_slots,
        gear_score=gear.gear_score,
        slots={name: SlotCount(used[name], limit) for name, limit in gear.slot_limits.items()},
        modifiers=gear.modifiers,
        sets=gear.sets,
    )
    if session.weight_g != weight_g:
        yield _broken("figure_stale", figure="weight_g", found=session.weight_g, expected=weight_g)
    for figure in ("gear_score", "modifiers", "quick_slots", "sets", "slot_limits", "weight_limit_g"):
        found, expected = getattr(session.gear, figure), getattr(gear, figure)
        if found != expected:
            yield _broken("figure_stale", figure=f"gear.{figure}", found=found, expected=expected)
    for figure in Stats.__struct_fields__:
        found, expected = getattr(session.stats, figure), getattr(fresh, figure)
        if found != expected:
            yield _broken("figure_stale", figure=f"stats.{figure}", found=repr(found), expected=repr(expected))


def _worn_gear(session: InventorySessionDTO) -> Gear:
    return Gear(session.catalogue, [item for item in session.items.values() if item.slot is not None])


def _carried_weight_g(session: InventorySessionDTO, item: Item) -> int:
    if item.slot is None and item.container not in session.catalogue.carried:
        return 0
    return session.definition_of(item).weight_g * item.quantity


def _broken(code: str, **data: Any) -> BrokenInvariant:  # JSON of any shape
    return BrokenInvariant(code, data)
