"""The protocol holds in every state within these bounds, and not without any of its parts."""

import pytest
from proof.model.protocol import Bounds, Rules
from proof.model.search import SMALL, VARIANTS, Found, search

TWO_FAILOVERS = Bounds(actions=2, epochs=3, failovers=2, restarts=0, attachers=2, flushers=1, players=1)
TWO_FLUSHERS = Bounds(actions=2, epochs=2, failovers=1, restarts=1, attachers=2, flushers=2, players=1)
TWO_PLAYERS = Bounds(actions=3, epochs=2, failovers=1, restarts=0, attachers=1, flushers=1, players=2)


@pytest.mark.parametrize("bounds", [TWO_FAILOVERS, TWO_FLUSHERS, TWO_PLAYERS], ids=["failovers", "flushers", "players"])
def test_protocol_loses_doubles_and_overwrites_nothing(bounds: Bounds) -> None:
    found = search(Rules(), bounds)

    assert found.wrong == "", found.in_words()
    assert found.states > 10_000


@pytest.mark.parametrize("name", VARIANTS)
def test_protocol_without_one_of_its_parts_fails(name: str) -> None:
    rules, bounds = VARIANTS[name]

    found = search(rules, bounds)

    assert found.wrong, f"{name} is no part that matters, or the bounds are too small: {found.in_words()}"
    assert 5 < len(found.trace) < 20


def test_a_search_that_is_not_complete_proves_nothing() -> None:
    with pytest.raises(MemoryError):
        search(Rules(), SMALL, states_max=1_000)


def test_a_trace_is_told_step_by_step() -> None:
    told = Found(3, 2, 0.1, "an action is lost", ("attach 1: open_epoch", "close, or eviction")).in_words()

    assert told.splitlines()[1:] == ["  1. attach 1: open_epoch", "  2. close, or eviction"]
