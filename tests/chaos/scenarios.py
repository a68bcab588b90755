"""Short stories that only come out well as long as one named safety holds; each fails if it does not."""

import asyncio
from contextlib import suppress

from satchel.app import StartRefused
from satchel.errors import IdempotencyKeyReused, Quarantined, SatchelError
from satchel.inventory.actions import AdjustWallet, Drop
from satchel.inventory.model import Item
from satchel.inventory.proposal import Proposal
from satchel.inventory.record import new_item_id
from satchel.orchestrator import Intent, _record
from satchel.ports import PushStatus, Snapshot
from satchel.session import SessionLimits
from tests.builders import Play
from tests.integration.faults.conftest import Realm
from tests.integration.faults.rows import fetch

EARN = AdjustWallet(resource="gold", amount=5)
SOON_MS = 3_600_000
LEASE_WAIT_S = 3.0


async def _round(play: Play, times: int = 1) -> None:
    for _ in range(times):
        await play.satchel.worker._flush_buckets(list(range(256)), SOON_MS)


async def _claim(play: Play) -> Snapshot:
    snapshot = await play.satchel.orchestrator.backlog.claim_one(play.char_id)
    assert snapshot is not None
    return snapshot


async def _vault_gold(realm: Realm) -> int:
    rows = await fetch(realm.dsn, "SELECT amount FROM satchel.balance WHERE resource = 'gold' ORDER BY char_id")
    return int(rows[0][0]) if rows else 0


class OldAof:
    """The keys of a session, to be put back later: what a restart from an older AOF does, or a failover that lags."""

    def __init__(self, play: Play) -> None:
        keys = play.satchel.sessions.keys.of(play.char_id)
        self._redis = play.satchel.redis
        self._session = keys.session
        self._names = (keys.session, keys.journal, keys.marks)
        self._dumps: list[bytes | None] = []

    async def keep(self) -> None:
        self._dumps = [await self._redis.execute("DUMP", name) for name in self._names]

    async def put_back(self, *, run_id: str | None = None) -> None:
        """Put the keys back; as another incarnation of the server left them, unless told otherwise."""
        for name, dump in zip(self._names, self._dumps, strict=True):
            await self._redis.execute("DEL", name)
            if dump is not None:
                await self._redis.execute("RESTORE", name, 0, dump)
        await self._redis.execute("HSET", self._session, "run", run_id or "another incarnation")


# -- push --------------------------------------------------------------------------------------------------------------


async def a_regressed_history_that_climbs_past_the_vault_is_a_fork(realm: Realm) -> None:
    play = await realm.play()
    old = OldAof(play)
    await play.act(EARN)
    await old.keep()
    await play.act(EARN)
    await play.satchel.orchestrator.flush_session(1)
    await old.put_back(run_id=(await play.satchel.redis.link()).run_id)
    play.satchel.sessions.forget(1)
    for _ in range(3):
        await play.act(AdjustWallet(resource="gold", amount=1_000))

    await play.satchel.orchestrator.flush([await _claim(play)])

    assert await _vault_gold(realm) == 10
    assert await fetch(realm.dsn, "SELECT count(*) FROM satchel.forked_action") == [(3,)]


async def a_push_of_an_older_epoch_is_fenced(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN)
    old = await _claim(play)
    await play.satchel.sessions.attach(1)

    outcome = (await play.satchel.vault.push([old]))[0]

    assert (outcome.status, outcome.epoch) == (PushStatus.FENCED, 2)
    assert await _vault_gold(realm) == 0


async def a_forged_record_is_not_saved(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN)
    keys, redis = play.satchel.sessions.keys.of(1), play.satchel.redis
    entry = (await redis.execute("XRANGE", keys.journal, "-", "+"))[0]
    await redis.execute("DEL", keys.journal)
    forged = entry[1][3].replace(b'"after":5', b'"after":999')
    assert forged != entry[1][3]
    await redis.execute("XADD", keys.journal, entry[0], "h", entry[1][1], "r", forged)

    await _round(play)

    assert await _vault_gold(realm) == 0


async def _plant(thief: Play, item: Item) -> None:
    session = await thief.session()
    proposal = Proposal(session, at_ms=0, action_id="dupe")
    proposal.put(item)
    intent = Intent(thief.char_id, (), "dupe", "b", "test", 0)
    await thief.satchel.sessions.save_session(session, _record(session, proposal, intent))


async def an_item_of_another_character_is_a_detected_dupe(realm: Realm) -> None:
    owner = await realm.play(1)
    thief = await Play.begin(owner.satchel, owner._clock, 2)
    potion = await owner.grant("healing_potion", 1)
    await owner.satchel.orchestrator.flush_session(1)
    await _plant(thief, (await owner.session()).items[potion])

    await _round(owner)

    rows = await fetch(realm.dsn, "SELECT quarantine IS NOT NULL FROM satchel.inventory ORDER BY char_id")
    assert rows == [(True,), (True,)]


async def a_poison_row_leaves_the_rest_of_its_batch_saved(realm: Realm) -> None:
    first = await realm.play(1)
    plays = [first, *[await Play.begin(first.satchel, first._clock, char_id) for char_id in range(2, 7)]]
    for play in plays:
        await play.act(EARN)
    await fetch(realm.dsn, "ALTER TABLE satchel.balance ADD CONSTRAINT mood CHECK (char_id <> 4)")

    await _round(first, first.satchel.worker.limits.rejections_max)

    saved = await fetch(realm.dsn, "SELECT char_id FROM satchel.inventory WHERE version = 1 ORDER BY char_id")
    kept_out = await fetch(realm.dsn, "SELECT char_id FROM satchel.inventory WHERE quarantine IS NOT NULL")
    assert saved == [(1,), (2,), (3,), (5,), (6,)]
    assert kept_out == [(4,)]


async def durable_is_not_told_of_a_save_that_lost(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN, key="k")
    await fetch(realm.dsn, "UPDATE satchel.inventory SET version = 1, h = repeat('e', 32), epoch = epoch + 1")

    try:
        reply = await play.act(EARN, key="k", durability="durable")
    except SatchelError:
        return
    rows = await fetch(realm.dsn, "SELECT count(*) FROM satchel.ledger WHERE h = $1", reply.h)
    assert rows == [(1,)], "durable was told, and the vault has nothing of it"


# -- attach ------------------------------------------------------------------------------------------------------------


async def a_session_of_another_incarnation_is_attached_first(realm: Realm) -> None:
    play = await realm.play()
    other = await realm.also(play)
    old = OldAof(play)
    await play.act(EARN)
    await play.satchel.orchestrator.flush_session(1)
    await old.keep()
    await other.act(EARN)
    await other.satchel.orchestrator.flush_session(1)
    await old.put_back()

    # This process still has its copy of the first save, and it fits what the server came back with.
    await play.act(EARN)
    await _round(play, 2)

    assert (await play.session()).wallet == {"gold": 15}
    assert await fetch(realm.dsn, "SELECT count(*) FROM satchel.forked_action") == [(0,)]


async def an_attacher_delayed_past_a_new_login_acknowledges_nothing(realm: Realm) -> None:
    play = await realm.play()
    late = await realm.also(play)
    gate, opened = asyncio.Event(), asyncio.Event()
    open_epoch = late.satchel.vault.open_epoch

    async def slow(*arguments: int, **options: int) -> object:
        state = await open_epoch(*arguments, **options)
        late.satchel.vault.open_epoch = open_epoch  # type: ignore[method-assign]
        opened.set()
        await gate.wait()
        return state

    late.satchel.vault.open_epoch = slow  # type: ignore[method-assign,assignment]
    attaching = asyncio.create_task(late.satchel.sessions.attach(1))
    await opened.wait()
    await play.act(EARN)
    await play.satchel.orchestrator.close_session(1)
    gate.set()
    await attaching

    await late.act(EARN)
    await _round(late, 2)

    assert (await late.session()).wallet == {"gold": 10}
    assert await fetch(realm.dsn, "SELECT count(*) FROM satchel.forked_action") == [(0,)]


async def an_overtaken_attacher_does_not_touch_the_session(realm: Realm) -> None:
    play = await realm.play()
    late = await realm.also(play)
    state = await late.satchel.vault.open_epoch(1, 32, 256)
    await play.act(EARN)

    adopted = await late.satchel.sessions._adopt_state(state, False)

    assert not adopted
    assert await play.satchel.sessions.get_session(1) is not None
    assert (await play.act(EARN)).epoch == 2


async def an_unconfirmed_session_acknowledges_nothing(realm: Realm) -> None:
    play = await realm.play()
    other = await realm.also(play)
    await play.act(EARN)
    state = await play.satchel.vault.open_epoch(1, 32, 256, epoch_floor=1)
    await play.satchel.sessions._adopt_state(state, False)

    reply = await other.act(EARN)

    assert reply.epoch == state.epoch + 1


async def an_attach_under_way_does_not_miss_a_quarantine(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN)
    await play.satchel.vault.quarantine(1, "the worker died before it told the session")

    await _round(play, 2)

    try:
        await play.act(EARN)
    except Quarantined:
        return
    raise AssertionError("a quarantined character acts")


# -- commit ------------------------------------------------------------------------------------------------------------


async def a_key_acts_once(realm: Realm) -> None:
    play = await realm.play()
    for _ in range(3):
        await play.act(EARN, key="k")

    assert (await play.session()).wallet == {"gold": 5}


async def a_key_that_was_forgotten_acts_never_again(realm: Realm) -> None:
    play, key = await realm.play(), new_item_id(1_000, "key", 0)
    play.satchel.orchestrator.backlog.limits = SessionLimits(records_kept=1, marks_kept=2)  # type: ignore[attr-defined]
    play.satchel.dispatcher._clock = lambda: 1_000
    for number in range(4):
        await play.act(EARN, key=key if not number else None)
    await play.satchel.orchestrator.flush_session(1)

    with suppress(SatchelError):
        await play.act(EARN, key=key)

    assert (await play.session()).wallet == {"gold": 20}


async def a_key_with_another_body_is_refused(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN, key="k")

    try:
        await play.act(AdjustWallet(resource="gold", amount=7), key="k")
    except IdempotencyKeyReused:
        return
    raise AssertionError("another body was answered with the stored answer")


async def a_dirty_session_never_expires(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN)
    keys = play.satchel.sessions.keys.of(1)

    ttls = [await play.satchel.redis.execute("PTTL", key) for key in (keys.session, keys.journal, keys.marks)]

    assert ttls == [-1, -1, -1]


async def a_stale_copy_overwrites_nothing(realm: Realm) -> None:
    play = await realm.play()
    other = await realm.also(play)
    await play.act(EARN)
    await other.session()
    await play.act(EARN)

    await other.act(EARN)

    assert (await other.session()).wallet == {"gold": 15}


async def an_equal_version_of_another_epoch_is_no_match(realm: Realm) -> None:
    play = await realm.play()
    other = await realm.also(play)
    await play.act(EARN)
    await other.satchel.sessions.attach(1)

    reply = await play.act(EARN)

    assert reply.epoch == 2


async def an_equal_version_of_another_history_is_no_match(realm: Realm) -> None:
    play = await realm.play()
    other = await realm.also(play)
    old = OldAof(play)
    await play.session()
    await old.keep()
    await play.act(EARN)
    await old.put_back(run_id=(await play.satchel.redis.link()).run_id)
    await other.act(AdjustWallet(resource="timber", amount=7))

    await play.act(EARN)

    # Decided on the present history: the timber is there, and the first five gold are not.
    assert (await play.session()).wallet == {"gold": 5, "timber": 7}


async def a_refusal_is_decided_on_the_present_state(realm: Realm) -> None:
    play = await realm.play()
    other = await realm.also(play)
    await other.session()
    potion = await play.grant("healing_potion", 1)

    reply = await other.act(Drop(item_id=potion))

    assert reply.version == 2


async def a_quarantined_character_does_not_act(realm: Realm) -> None:
    play = await realm.play()
    await play.session()
    await play.satchel.sessions.quarantine(1, "looked at")

    try:
        await play.act(EARN)
    except Quarantined:
        return
    raise AssertionError("a quarantined character acts")


# -- claim and settle --------------------------------------------------------------------------------------------------


async def what_was_saved_during_a_flush_is_kept_until_it_is_flushed_itself(realm: Realm) -> None:
    play = await realm.play()
    play.satchel.orchestrator.backlog.limits = SessionLimits(records_kept=0)  # type: ignore[attr-defined]
    await play.act(EARN)
    first = await _claim(play)
    await play.act(EARN)
    await play.satchel.orchestrator.flush([first])

    await _round(play, 2)

    assert await _vault_gold(realm) == 10


async def a_session_that_changed_during_its_flush_stays_in_the_index(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN)
    first = await _claim(play)
    await play.act(EARN)
    await play.satchel.orchestrator.flush([first])
    keys = play.satchel.sessions.keys.of(1)

    assert (await play.satchel.orchestrator.backlog.measure())[0] == 1
    assert await play.satchel.redis.execute("PTTL", keys.session) == -1


async def what_a_dead_worker_had_claimed_is_claimed_by_another(realm: Realm) -> None:
    play = await realm.play()
    backlog = play.satchel.orchestrator.backlog
    backlog.limits = SessionLimits(lease_ms=1)  # type: ignore[attr-defined]
    await play.act(EARN)
    bucket = play.satchel.sessions.keys.bucket_of(1)
    assert await backlog.claim(bucket, 10, 100, 10_000)

    try:
        async with asyncio.timeout(LEASE_WAIT_S):
            while not await backlog.claim(bucket, 10, 100):
                await play.satchel.redis.execute("PING")
    except TimeoutError:
        raise AssertionError("nobody may flush it any more") from None


async def a_dirty_session_that_no_index_names_is_found(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN)
    keys = play.satchel.sessions.keys.of(1)
    await play.satchel.redis.execute("DEL", keys.due, keys.dirty)

    await play.satchel.worker._mend()
    while play.satchel.worker._cursor:
        await play.satchel.worker._mend()
    await _round(play)

    assert await _vault_gold(realm) == 5


# -- connections and servers -------------------------------------------------------------------------------------------


async def who_is_cancelled_takes_no_reply_from_the_next(realm: Realm) -> None:
    redis = (await realm.process()).redis
    name = realm.settings.namespace
    await redis.execute("SET", f"{name}-a", "of a", "PX", 60_000)
    await redis.execute("SET", f"{name}-b", "of b", "PX", 60_000)
    calls = [asyncio.create_task(redis.execute("GET", f"{name}-{'ab'[number % 2]}")) for number in range(10)]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()

    replies = await asyncio.gather(*calls, return_exceptions=True)

    assert replies[1::2] == [b"of b"] * 5


async def a_redis_that_evicts_anything_is_refused(realm: Realm) -> None:
    redis = (await realm.process()).redis
    before = (await redis.execute("CONFIG", "GET", "maxmemory-policy"))[1]
    await redis.execute("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    try:
        await realm.process()
    except StartRefused:
        return
    finally:
        await redis.execute("CONFIG", "SET", "maxmemory-policy", before)
    raise AssertionError("started on a Redis that may evict unsaved sessions")


async def the_namespace_of_another_vault_is_refused(realm: Realm) -> None:
    await realm.process()
    await fetch(realm.dsn, "UPDATE satchel.deployment SET id = gen_random_uuid()")

    try:
        await realm.process()
    except StartRefused:
        return
    raise AssertionError("started in the namespace of another vault")
