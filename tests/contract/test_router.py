"""Sessions that live on two servers: what concerns all buckets goes to both."""

from collections.abc import Iterator

import pytest

from satchel.ids import HolderId
from satchel.inventory.model import InventorySessionDTO
from satchel.ports import BacklogFigures, Reindexed, Saved, ScanPlace, Settlement
from satchel.session.guard import check_server, claim_namespace
from satchel.session.inspection import SessionInspection, Unsaved
from satchel.testing import FakeRedis, FakeServer
from satchel.testing.keyspace import Command, Reply
from satchel.testing.redis import FakeLink
from tests.builders import HERO
from tests.contract.contract_stage import NOW_MS, HookedVault, Stage
from tests.contract.router import Router

EVEN, ODD = 4, 1
"""Characters whose buckets are even and odd."""

FAR_MS = 3_600_000


class Forgetful(FakeServer):
    """A server that keeps nothing on disk."""

    def call(self, command: Command, link: FakeLink | None = None) -> Reply:
        if command[:2] == (b"CONFIG", b"GET") and command[2] == b"appendonly":
            return [b"appendonly", b"no"]
        return super().call(command, link)


@pytest.fixture
def servers() -> tuple[FakeServer, FakeServer]:
    """Two servers that know nothing of each other."""
    return FakeServer(), FakeServer()


@pytest.fixture
def router(servers: tuple[FakeServer, FakeServer]) -> Iterator[Router]:
    """The way to both."""
    router = Router(*(FakeRedis(server) for server in servers))
    yield router
    router.close()


@pytest.fixture
async def spread(router: Router) -> Stage:
    """Two dirty sessions, one on each server."""
    stage = Stage(router, router, HookedVault(), "two")
    for char_id in (EVEN, ODD):
        await stage.vault.create_character(HolderId(char_id), HERO)
        assert isinstance(await stage.earn(5, session=await stage.sessions.load_session(HolderId(char_id))), Saved)
    return stage


def _names(server: FakeServer, kind: str) -> list[str]:
    found = server.call((b"SCAN", b"0", b"MATCH", f"*:{kind}:*".encode(), b"COUNT", b"1000"))
    return sorted(name.decode().rsplit(":", 1)[1] for name in found[1])


async def test_each_session_lives_on_the_server_of_its_bucket(
    spread: Stage, servers: tuple[FakeServer, FakeServer]
) -> None:
    even, odd = servers

    assert [spread.keys.bucket_of(HolderId(char_id)) % 2 for char_id in (EVEN, ODD)] == [0, 1]
    assert (_names(even, "s"), _names(odd, "s")) == ([str(EVEN)], [str(ODD)])


async def test_a_session_is_bound_to_the_server_that_it_lives_on(
    spread: Stage, servers: tuple[FakeServer, FakeServer]
) -> None:
    even, _ = servers
    even.restart()

    assert await spread.sessions.get_session(HolderId(EVEN)) is None
    assert isinstance(await spread.sessions.get_session(HolderId(ODD)), InventorySessionDTO)
    assert (await spread.sessions.load_session(HolderId(EVEN))).epoch == 2


async def test_claim_push_and_settle_reach_both_servers(spread: Stage) -> None:
    for char_id in (EVEN, ODD):
        snapshots = await spread.backlog.claim(spread.keys.bucket_of(HolderId(char_id)), 10, 10, FAR_MS)
        (outcome,) = await spread.vault.push(snapshots)
        assert await spread.backlog.settle(HolderId(char_id), outcome.head) == Settlement.CLEAN

    assert await spread.backlog.measure() == BacklogFigures(0, 0)
    assert [spread.vault.characters[HolderId(char_id)].version for char_id in (EVEN, ODD)] == [1, 1]


async def test_measure_and_inspection_see_both_servers(spread: Stage, router: Router) -> None:
    inspection = SessionInspection(router, spread.keys)

    assert await spread.backlog.measure() == BacklogFigures(2, NOW_MS)
    assert sorted(unsaved.char_id for unsaved in await inspection.unsaved(NOW_MS + 1)) == sorted((EVEN, ODD))
    assert isinstance((await inspection.unsaved(NOW_MS + 1))[0], Unsaved)
    assert [await inspection.is_scheduled(HolderId(char_id)) for char_id in (EVEN, ODD)] == [True, True]


async def test_defer_reaches_both_servers(spread: Stage) -> None:
    await spread.backlog.defer([HolderId(EVEN), HolderId(ODD)], 2 * FAR_MS)

    scores = [await spread.redis.execute("ZSCORE", spread.keys.of(char_id).due, char_id) for char_id in (EVEN, ODD)]
    assert [int(score) for score in scores] == [NOW_MS + 2 * FAR_MS] * 2


async def test_a_look_through_all_keys_goes_from_server_to_server(spread: Stage) -> None:
    for char_id in (EVEN, ODD):
        keys = spread.keys.of(char_id)
        await spread.redis.execute("DEL", keys.due, keys.dirty)

    assert await spread.backlog.reindex(ScanPlace(), 1_000) == Reindexed(ScanPlace(1), 1, ())
    assert await spread.backlog.reindex(ScanPlace(1), 1_000) == Reindexed(ScanPlace(), 1, ())
    assert await spread.backlog.measure() == BacklogFigures(2, NOW_MS)


async def test_a_look_through_all_keys_begins_anew_when_its_server_has_left(spread: Stage) -> None:
    assert (await spread.backlog.reindex(ScanPlace(7, 3), 1_000)).ahead == ScanPlace(1)


async def test_the_settings_of_every_server_are_checked() -> None:
    good, bad = FakeServer(), Forgetful()
    router = Router(FakeRedis(good), FakeRedis(bad))

    (problem,) = await check_server(router, "always")

    assert problem.startswith("appendonly is off")
    router.close()


async def test_a_namespace_is_claimed_once_for_all_servers(spread: Stage, router: Router) -> None:
    assert await claim_namespace(router, spread.keys, "vault") == []
    assert len(await claim_namespace(router, spread.keys, "another")) == 1
