"""Times to live, and the indexes of what is dirty: a dirty session is immortal, and always found."""

import os
import random
import secrets

from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet
from tests.builders import Play
from tests.integration.faults.conftest import Realm
from tests.integration.faults.flushing import SOON_MS, copies_equal, is_clean

SEED = int(os.environ.get("SATCHEL_TEST_SEED", "0")) or secrets.randbelow(2**32)
STEPS = 250
EARN = AdjustWallet(resource="gold", amount=5)


async def _check(play: Play, char_id: int, note: str) -> None:
    """The probe: dirty means immortal and in both indexes; clean means mortal and in neither."""
    redis, keys = play.satchel.redis, play.satchel.sessions.keys.of(char_id)
    version, flushed = await redis.execute("HMGET", keys.session, "ver", "fver")
    if version is None:
        return
    ttls = [await redis.execute("PTTL", key) for key in (keys.session, keys.journal, keys.marks)]
    indexed = [await redis.execute("ZSCORE", key, char_id) is not None for key in (keys.due, keys.dirty)]
    if version != flushed:
        assert all(ttl_ms in (-1, -2) for ttl_ms in ttls), f"{note}: a dirty session would expire: {ttls}"
        assert ttls[:2] == [-1, -1], f"{note}: {ttls}"
        assert indexed == [True, True], f"{note}: a dirty session that no index names"
    else:
        assert ttls[0] > 0, f"{note}: a clean session that never expires"


async def test_no_random_sequence_leaves_a_dirty_session_mortal_or_unindexed(realm: Realm) -> None:
    dice, repeat = random.Random(SEED), f"repeat with SATCHEL_TEST_SEED={SEED} python -m pytest {__file__}"
    first = await realm.play(1)
    processes = [first.satchel, await realm.process()]
    await Play.begin(first.satchel, first.clock, HolderId(2))

    for step in range(STEPS):
        char_id, satchel = dice.choice((1, 2)), dice.choice(processes)
        play = Play(satchel, first.clock, HolderId(char_id))
        deed = dice.choice(("act", "act", "act", "flush", "claim", "attach", "close", "durable", "sweep"))
        note = f"step {step}, {deed} on {char_id}; {repeat}"
        match deed:
            case "act":
                await play.act(EARN)
            case "durable":
                await play.act(EARN, durability="durable")
            case "flush":
                await satchel.orchestrator.flush_session(HolderId(char_id))
            case "claim":
                await satchel.orchestrator.backlog.claim_one(HolderId(char_id))
            case "attach":
                await satchel.sessions.attach(HolderId(char_id))
            case "close":
                await satchel.sessions.close_session(HolderId(char_id))
            case "sweep":
                await satchel.worker.flush_all(SOON_MS)
        for one in (1, 2):
            await _check(play, one, note)


async def test_a_lost_index_is_rebuilt_by_the_workers_slow_sweep(realm: Realm) -> None:
    plays = [await realm.play(1)]
    plays += [await Play.begin(plays[0].satchel, plays[0].clock, HolderId(char_id)) for char_id in range(2, 8)]
    satchel = plays[0].satchel
    for play in plays:
        await play.act(EARN)
        keys = play.satchel.sessions.keys.of(play.char_id)
        await satchel.redis.execute("DEL", keys.due, keys.dirty)
    assert await satchel.worker.flush_due(SOON_MS) == 0

    mended = await satchel.worker.reindex()
    while satchel.worker.reindexing:
        mended += await satchel.worker.reindex()

    assert mended == len(plays)
    await satchel.worker.flush_due(SOON_MS)
    assert await is_clean(satchel)
    for play in plays:
        await copies_equal(play)


async def test_the_slow_sweep_looks_at_a_bounded_number_of_keys_a_turn(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN)
    await play.satchel.redis.execute(
        "MSET", *[part for n in range(3_000) for part in (f"{realm.settings.namespace}-x{n}", "1")]
    )

    turns = 1
    await play.satchel.worker.reindex()
    while play.satchel.worker.reindexing:
        await play.satchel.worker.reindex()
        turns += 1

    assert turns >= 3
    await play.satchel.redis.execute("DEL", *[f"{realm.settings.namespace}-x{n}" for n in range(3_000)])
