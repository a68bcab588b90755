"""Each broken invariant is noticed; a sound session has none."""

from collections.abc import Callable
from typing import Unpack

import msgspec
import pytest

from satchel.inventory.invariants import broken_invariants
from satchel.inventory.item import Item, ItemFields, Shelved
from tests.builders import Bench, item_id

Breakage = Callable[[Bench], object]


def _bench() -> Bench:
    bench = Bench()
    bench.has("warlord_belt", slot="belt")
    bench.has("iron_sword", slot="main_hand")
    bench.has("healing_potion", 5, quick_slot=1)
    bench.has("sealed_letter", container="quest")
    bench.has("forgotten_relic", 3, container="stash")
    bench.owns("gold", 7)
    return bench


def _misfile(bench: Bench) -> None:
    found = next(iter(bench.session.by_definition["iron_sword"]))
    bench.session.items[found] = msgspec.structs.replace(bench.session.items[found], id=item_id(77))


def _set(bench: Bench, definition: str, **fields: Unpack[ItemFields]) -> None:
    """Change an item behind the session's back."""
    found = next(iter(bench.session.by_definition[definition]))
    bench.session.items[found] = bench.session.items[found].replace(**fields)


def _codes(bench: Bench) -> set[str]:
    return {broken.code for broken in broken_invariants(bench.session)}


def test_a_sound_session_has_no_broken_invariant() -> None:
    assert broken_invariants(_bench().session) == []


@pytest.mark.parametrize(
    ("code", "breakage"),
    [
        ("item_misfiled", _misfile),
        ("place_ambiguous", lambda bench: _set(bench, "iron_sword", container="bag", position=9)),
        ("place_ambiguous", lambda bench: _set(bench, "sealed_letter", container=None, position=None)),
        ("place_ambiguous", lambda bench: _set(bench, "sealed_letter", position=None)),
        ("slot_shared", lambda bench: bench.has("greatsword", slot="main_hand")),
        ("slot_shared", lambda bench: bench.has("iron_sword", slot="main_hand")),
        ("slot_incompatible", lambda bench: bench.has("bread", slot="head")),
        ("position_shared", lambda bench: _set(bench, "sealed_letter", container="bag", position=0)),
        ("position_out_of_range", lambda bench: bench.has("bread", position=24)),
        ("position_out_of_range", lambda bench: _set(bench, "sealed_letter", position=-1)),
        ("container_incompatible", lambda bench: bench.has("bread", container="quest")),
        ("quantity_out_of_range", lambda bench: bench.has("bread", 11)),
        ("quantity_out_of_range", lambda bench: bench.has("bread", 0)),
        ("quantity_out_of_range", lambda bench: bench.has("forgotten_relic", -1)),
        ("durability_out_of_range", lambda bench: _set(bench, "iron_sword", durability=101)),
        ("durability_out_of_range", lambda bench: _set(bench, "iron_sword", durability=-1)),
        ("durability_out_of_range", lambda bench: bench.has("bread", durability=0)),
        ("quick_slot_shared", lambda bench: bench.has("mana_potion", quick_slot=1)),
        ("quick_slot_unavailable", lambda bench: bench.has("mana_potion", quick_slot=5)),
        ("quick_slot_unavailable", lambda bench: bench.has("mana_potion", quick_slot=0)),
        ("quick_slot_unavailable", lambda bench: bench.has("mana_potion", container="stash", quick_slot=2)),
        ("quick_slot_unavailable", lambda bench: _set(bench, "iron_sword", quick_slot=2)),
        ("balance_out_of_range", lambda bench: bench.session.wallet.update(gold=-1)),
        ("balance_out_of_range", lambda bench: bench.session.wallet.update(gold=0)),
        ("balance_out_of_range", lambda bench: bench.session.wallet.update(lantern_mark=10_001)),
        ("shelf_shared", lambda bench: _shelve(bench)),
        ("index_stale", lambda bench: bench.session.worn.pop("main_hand")),
        ("index_stale", lambda bench: bench.session.quick_slots.clear()),
        ("index_stale", lambda bench: bench.session.by_definition.pop("iron_sword")),
        ("index_stale", lambda bench: bench.session.cells["bag"].at.clear()),
        ("index_stale", lambda bench: setattr(bench.session.cells["bag"], "taken", 0)),
        ("figure_stale", lambda bench: setattr(bench.session, "weight_g", 1)),
        ("figure_stale", lambda bench: bench.session.gear.modifiers.clear()),
        ("figure_stale", lambda bench: setattr(bench.session.gear, "gear_score", 1)),
        ("figure_stale", lambda bench: bench.session.stats.modifiers.clear()),
    ],
)
def test_what_is_broken_is_named(code: str, breakage: Breakage) -> None:
    bench = _bench()
    assert bench.session.stats

    breakage(bench)

    assert code in _codes(bench)


def _shelve(bench: Bench) -> None:
    item: Item = next(iter(bench.session.items.values()))
    bench.session.shelf[item.id] = Shelved(item, 0)


def test_a_broken_invariant_carries_what_shows_it() -> None:
    bench = Bench()
    bread = bench.has("bread", 11)

    (broken,) = broken_invariants(bench.session)

    assert (broken.code, broken.data) == ("quantity_out_of_range", {"item_id": bread, "quantity": 11, "limit": 10})
