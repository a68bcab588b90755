"""Settings of Redis, and of its namespace, under which the promises do not hold."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest

from satchel.embedded import ValkeyServer
from satchel.errors import StartRefused
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet
from satchel.ports import BacklogFigures, Replayed
from satchel.runtime.config import Settings
from satchel.session import SessionBacklog
from tests.integration.faults.conftest import Realm, private_valkey
from tests.integration.faults.rows import fetch

EARN = AdjustWallet(resource="gold", amount=5)


# -- settings that the promise does not hold with ----------------------------------------------------------------------


@pytest.fixture
def wrong_valkey(request: pytest.FixtureRequest, engine_room: Path) -> Iterator[ValkeyServer]:
    server = private_valkey(engine_room, **request.param)
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("wrong_valkey", "named"),
    [
        ({"maxmemory_policy": "allkeys-lru"}, "maxmemory-policy is allkeys-lru"),
        ({"maxmemory_policy": "allkeys-random"}, "maxmemory-policy is allkeys-random"),
        ({"appendonly": "no"}, "appendonly is off"),
        ({"appendfsync": "everysec"}, "appendfsync is everysec"),
        ({"appendfsync": "no"}, "appendfsync is no"),
    ],
    indirect=["wrong_valkey"],
)
async def test_start_is_refused_on_a_redis_that_may_lose_sessions(
    settings: Settings, vault_dsn: str, wrong_valkey: ValkeyServer, named: str, stack: AsyncExitStack
) -> None:
    realm = Realm(settings, vault_dsn, wrong_valkey.url, stack)

    with pytest.raises(StartRefused, match=named):
        await realm.process()


@pytest.mark.parametrize("wrong_valkey", [{"appendfsync": "everysec"}], indirect=True)
async def test_everysec_is_taken_by_those_who_ask_for_it(
    settings: Settings, vault_dsn: str, wrong_valkey: ValkeyServer, stack: AsyncExitStack
) -> None:
    settings = msgspec.structs.replace(settings, appendfsync="everysec")

    play = await Realm(settings, vault_dsn, wrong_valkey.url, stack).play()

    assert (await play.act(EARN)).version == 1


async def test_start_is_refused_with_another_number_of_buckets(realm: Realm) -> None:
    satchel = await realm.process()
    await satchel.redis.execute("HSET", satchel.sessions.keys.deployment, "buckets", "128")

    with pytest.raises(StartRefused, match="was made with buckets 128, not 256"):
        await realm.process()


async def test_start_is_refused_in_the_namespace_of_another_vault(realm: Realm) -> None:
    await realm.process()
    # The other deployment's vault is this one under another name.
    await fetch(realm.dsn, "UPDATE satchel.deployment SET id = gen_random_uuid()")

    with pytest.raises(StartRefused, match="belongs to another deployment; set SATCHEL_NAMESPACE"):
        await realm.process()


async def test_two_namespaces_on_one_redis_do_not_see_each_other(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN)
    namespace = realm.settings.namespace
    realm.settings = msgspec.structs.replace(realm.settings, namespace=namespace + "-b")

    other = await realm.also(play)

    assert await other.satchel.sessions.get_session(HolderId(1)) is None
    assert await other.satchel.orchestrator.backlog.measure() == BacklogFigures(0, 0)
    assert isinstance(other.satchel.orchestrator.backlog, SessionBacklog)
    assert not isinstance(await play.satchel.sessions.get_session(HolderId(1)), Replayed)


# -- numbers -----------------------------------------------------------------------------------------------------------


async def test_versions_epochs_and_ids_up_to_2_to_the_53_are_exact(realm: Realm) -> None:
    char_id, high = 2**53 - 1, 2**53 - 10
    play = await realm.play(char_id)
    await fetch(realm.dsn, "UPDATE satchel.inventory SET version = $1, epoch = $1", high)

    for _ in range(3):
        await play.act(EARN)
    await play.satchel.orchestrator.flush_session(HolderId(char_id))
    reply = await play.act(EARN)

    assert (reply.version, reply.epoch) == (high + 4, high + 1)
    await play.satchel.orchestrator.flush_session(HolderId(char_id))
    assert await fetch(realm.dsn, "SELECT version FROM satchel.ledger ORDER BY version") == [
        (high + number,) for number in range(1, 5)
    ]
