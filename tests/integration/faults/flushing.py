"""Steps and looks that tests of flushing share."""

from collections.abc import Iterator
from contextlib import contextmanager

from satchel.failpoints import FailpointReached, intercept
from satchel.ports import BacklogFigures, Snapshot
from satchel.runtime.app import Satchel
from tests.builders import Play

__all__ = ["SOON_MS", "claim_one", "copies_equal", "failing_at", "is_clean"]


SOON_MS = 3_600_000
"""Look this far ahead: what is leased or deferred is flushed too."""


@contextmanager
def failing_at(name: str, times: int = 1) -> Iterator[list[str]]:
    """Fail at a place, the first times that it is reached."""
    reached: list[str] = []

    def fail(place: str) -> None:
        if place == name and len(reached) < times:
            reached.append(place)
            raise FailpointReached(place)

    with intercept(fail):
        yield reached


async def copies_equal(play: Play) -> None:
    """The vault holds what the session shows, and its ledger has no gap."""
    session, state = await play.session(), await play.satchel.vault.read_state(play.char_id)
    assert (state.head.version, state.head.h) == (session.version, session.h)
    assert {item.id: item for item in state.items} == session.items
    assert state.wallet == session.wallet
    entries = await play.satchel.vault.read_ledger(play.char_id, session.version + 1, 1_000)
    assert [entry.version for entry in entries] == list(range(session.version, 0, -1))


async def is_clean(satchel: Satchel) -> bool:
    return await satchel.orchestrator.backlog.measure() == BacklogFigures(0, 0)


# -- orders that may happen --------------------------------------------------------------------------------------------


async def claim_one(play: Play) -> Snapshot:
    snapshot = await play.satchel.orchestrator.backlog.claim_one(play.char_id)
    assert snapshot is not None
    return snapshot
