"""What Redis does to us: kills, restarts, losses, full memory, and what it must not be set to."""

from pathlib import Path

import pytest

from satchel.embedded import ValkeyServer
from satchel.errors import SessionUnavailable
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet, Grant
from tests.builders import Play
from tests.integration.faults.conftest import Realm
from tests.integration.faults.rows import fetch

EARN = AdjustWallet(resource="gold", amount=5)


async def _noticed(play: Play) -> None:
    """Wait until the process knows that its connection is gone."""
    link = play.satchel.redis.nodes()[0].live()
    if link is not None:
        await link.lost.wait()


async def _kill(valkey: ValkeyServer, play: Play) -> None:
    valkey.kill()
    await _noticed(play)


# -- kills and losses --------------------------------------------------------------------------------------------------


async def test_kill_9_of_redis_with_fsync_always_keeps_every_acknowledged_action(
    redis_realm: Realm, valkey: ValkeyServer
) -> None:
    play = await redis_realm.play()
    for _ in range(20):
        await play.act(EARN)
    before = await play.session()
    await _kill(valkey, play)
    valkey.start()

    after = await play.session()

    assert (after.version, after.h, after.wallet) == (before.version, before.h, {"gold": 100})
    assert after.epoch == before.epoch + 1
    await play.satchel.orchestrator.flush_session(HolderId(1))
    assert await fetch(redis_realm.dsn, "SELECT amount FROM satchel.balance") == [(100,)]


async def test_a_session_of_the_server_before_is_attached_before_anything_is_acknowledged(
    redis_realm: Realm, valkey: ValkeyServer
) -> None:
    play = await redis_realm.play()
    await play.act(EARN)
    valkey.stop()
    await _noticed(play)
    valkey.start()

    assert await play.satchel.sessions.get_session(HolderId(1)) is None
    reply = await play.act(EARN)
    assert (reply.version, reply.epoch) == (2, 2)


async def test_flushall_loses_what_was_not_flushed_and_nothing_else(redis_realm: Realm) -> None:
    play = await redis_realm.play()
    await play.act(EARN)
    await play.satchel.orchestrator.flush_session(HolderId(1))
    await play.act(EARN)
    await play.satchel.redis.execute("FLUSHALL")

    reply = await play.act(AdjustWallet(resource="gold", amount=1))

    assert (reply.version, reply.epoch) == (2, 2)
    assert (await play.session()).wallet == {"gold": 6}


async def test_restart_from_an_older_copy_of_the_aof_takes_the_vaults_newer_state(
    redis_realm: Realm, valkey: ValkeyServer
) -> None:
    play = await redis_realm.play()
    await play.act(EARN)
    copy = _copy_of_aof(valkey)
    await play.act(EARN)
    await play.satchel.orchestrator.flush_session(HolderId(1))
    await _kill(valkey, play)
    _put_back(valkey, copy)
    valkey.start()

    reply = await play.act(AdjustWallet(resource="gold", amount=1))

    assert reply.version == 3
    assert (await play.session()).wallet == {"gold": 11}
    assert await fetch(redis_realm.dsn, "SELECT count(*) FROM satchel.forked_action") == [(0,)]


async def test_a_history_from_an_older_aof_that_climbs_past_the_vault_is_set_aside_and_overwrites_nothing(
    redis_realm: Realm, valkey: ValkeyServer
) -> None:
    play = await redis_realm.play()
    await play.act(EARN)
    copy = _copy_of_aof(valkey)
    await play.act(EARN)
    await play.satchel.orchestrator.flush_session(HolderId(1))
    await _kill(valkey, play)
    _put_back(valkey, copy)
    valkey.start()
    # The old primary's epoch and run_id are all that is wrong with it: make it look attached, as a split brain would.
    keys = play.satchel.sessions.keys.of(1)
    run_id = (await play.satchel.redis.nodes()[0].link()).run_id
    await play.satchel.redis.execute("HSET", keys.session, "run", run_id)
    for _ in range(3):
        await play.act(AdjustWallet(resource="gold", amount=1000))
    assert (await play.session()).version == 4

    await play.satchel.worker.flush_due(3_600_000)

    assert await fetch(
        redis_realm.dsn, "SELECT version, amount FROM satchel.inventory JOIN satchel.balance USING (char_id)"
    ) == [(2, 10)]
    assert await fetch(redis_realm.dsn, "SELECT version FROM satchel.forked_action ORDER BY version") == [
        (2,),
        (3,),
        (4,),
    ]
    assert (await play.session()).wallet == {"gold": 10}


def _copy_of_aof(valkey: ValkeyServer) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (valkey.data_directory / "appendonlydir").iterdir()}


def _put_back(valkey: ValkeyServer, copy: dict[Path, bytes]) -> None:
    for path in (valkey.data_directory / "appendonlydir").iterdir():
        if path not in copy:
            path.unlink()
    for path, content in copy.items():
        path.write_bytes(content)


async def test_every_cut_of_the_aof_within_the_last_commit_leaves_the_session_before_or_after_it(
    redis_realm: Realm, valkey: ValkeyServer
) -> None:
    play = await redis_realm.play()
    await play.act(EARN)
    before = _copy_of_aof(valkey)
    await play.act(EARN)
    after = _copy_of_aof(valkey)
    grown = next(path for path in after if after[path] != before.get(path))
    start, end = len(before[grown]), len(after[grown])

    seen = []
    for cut in range(start, end + 1, max(1, (end - start) // 12)):
        await _kill(valkey, play)
        _put_back(valkey, {**after, grown: after[grown][:cut]})
        valkey.start()
        session = await play.session()
        seen.append((session.version, session.wallet))

    assert set(map(str, seen)) <= {str((1, {"gold": 5})), str((2, {"gold": 10}))}
    assert seen[0] == (1, {"gold": 5})


async def test_a_server_that_stops_answering_is_given_up_and_found_again(
    redis_realm: Realm, valkey: ValkeyServer
) -> None:
    play = await redis_realm.play()
    await play.act(EARN, key="k")
    play.satchel.redis.nodes()[0].reply_timeout_s = 0.2
    (await play.satchel.redis.nodes()[0].link()).close()
    await _noticed(play)
    await play.session()
    valkey.pause()
    with pytest.raises(SessionUnavailable):
        await play.act(EARN, key="during")
    valkey.resume()

    reply = await play.act(EARN, key="during")

    assert (await play.session()).wallet == {"gold": 10}
    assert reply.version == 2


async def test_scripts_are_loaded_again_after_a_script_flush(redis_realm: Realm) -> None:
    play = await redis_realm.play()
    await play.act(EARN)
    await play.satchel.redis.execute("SCRIPT", "FLUSH")

    reply = await play.act(EARN)

    assert (reply.version, reply.replayed) == (2, False)


# -- memory ------------------------------------------------------------------------------------------------------------


async def test_a_save_without_memory_is_rejected_before_the_first_write_and_a_flush_goes_on(redis_realm: Realm) -> None:
    play = await redis_realm.play()
    await play.act(EARN)
    redis, keys = play.satchel.redis, play.satchel.sessions.keys.of(1)
    before = await _document(play.satchel.redis, keys.session, keys.journal)
    await redis.execute("CONFIG", "SET", "maxmemory", 1)

    with pytest.raises(SessionUnavailable, match="OOM"):
        await play.act(Grant(definition="healing_potion", quantity=1), key="k")
    assert await _document(redis, keys.session, keys.journal) == before
    assert await play.satchel.worker.flush_due(3_600_000) == 1
    assert await fetch(redis_realm.dsn, "SELECT version FROM satchel.inventory") == [(1,)]
    assert await redis.execute("PTTL", keys.session) > 0

    await redis.execute("CONFIG", "SET", "maxmemory", 0)
    reply = await play.act(Grant(definition="healing_potion", quantity=1), key="k")
    assert (reply.version, reply.replayed) == (2, False)


async def _document(redis: object, session: str, journal: str) -> object:
    execute = redis.execute  # type: ignore[attr-defined]
    return sorted(await execute("HGETALL", session)), await execute("XRANGE", journal, "-", "+")


async def test_a_full_memory_with_eviction_of_mortal_keys_never_evicts_a_dirty_session(redis_realm: Realm) -> None:
    play = await redis_realm.play()
    await play.act(EARN)
    redis, keys = play.satchel.redis, play.satchel.sessions.keys.of(1)
    await redis.execute("CONFIG", "SET", "maxmemory-policy", "volatile-lru")
    await redis.execute("SET", "mortal", "x", "PX", 3_600_000)
    await redis.execute("CONFIG", "SET", "maxmemory", 1)

    with pytest.raises(SessionUnavailable, match="OOM"):
        await play.act(EARN)
    found = await redis.execute("EXISTS", keys.session, keys.journal, keys.marks)
    assert await redis.execute("EXISTS", "mortal") == 0
    assert found == 3
