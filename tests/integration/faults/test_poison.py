"""Rows that the vault refuses, doubled items, damaged sessions: who is kept out, and who is not harmed."""

import pytest

from satchel.errors import Quarantined, SessionUnavailable, UnreadableSession
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet, Drop
from satchel.inventory.item import Item
from satchel.inventory.record import open_record, seal
from tests.builders import Play
from tests.integration.faults.conftest import Realm
from tests.integration.faults.flushing import SOON_MS, copies_equal, is_clean
from tests.integration.faults.rows import fetch

EARN = AdjustWallet(resource="gold", amount=5)


async def _crowd(realm: Realm, number: int) -> list[Play]:
    first = await realm.play(1)
    plays = [
        first,
        *[await Play.begin(first.satchel, first.clock, HolderId(char_id)) for char_id in range(2, number + 1)],
    ]
    for play in plays:
        await play.act(EARN)
    return plays


async def _poison(play: Play) -> None:
    """Let the session's journal say what the vault's checks refuse: a balance below zero."""
    keys, redis = play.satchel.sessions.keys.of(play.char_id), play.satchel.redis
    entries = await redis.execute("XRANGE", keys.journal, "-", "+")
    record = open_record(entries[-1][1][3])
    bad = record.__class__(
        **{
            **{name: getattr(record, name) for name in record.__struct_fields__},
            "wallet_changes": (record.wallet_changes[0].__class__("gold", 0, -7),),
        }
    )
    sealed = seal("0" * 32, bad)
    await redis.execute("DEL", keys.journal)
    await redis.execute("XADD", keys.journal, "1-0", "h", sealed.h, "r", sealed.json)
    await redis.execute("HSET", keys.session, "h", sealed.h)


async def _rounds(play: Play, number: int) -> None:
    for _ in range(number):
        await play.satchel.worker.flush_all(SOON_MS)


async def test_a_poison_row_is_found_by_halving_and_the_rest_of_its_batch_is_saved(realm: Realm) -> None:
    plays = await _crowd(realm, 12)
    await _poison(plays[6])

    await _rounds(plays[0], 1)

    saved = await fetch(realm.dsn, "SELECT char_id FROM satchel.inventory WHERE version = 1 ORDER BY char_id")
    assert saved == [(play.char_id,) for play in plays if play is not plays[6]]


async def test_poison_for_ever_ends_in_the_dead_letter_and_in_quarantine(realm: Realm) -> None:
    one, poisoned = await _crowd(realm, 2)
    await _poison(poisoned)

    await _rounds(one, one.satchel.worker.limits.rejections_max)

    assert await fetch(realm.dsn, "SELECT char_id, base_version, version FROM satchel.dead_letter") == [(2, 0, 1)]
    reason = (await fetch(realm.dsn, "SELECT quarantine FROM satchel.inventory WHERE char_id = 2"))[0][0]
    assert "balance_amount_check" in reason
    with pytest.raises(Quarantined):
        await poisoned.act(EARN)
    assert (await poisoned.session()).version == 1
    assert (await one.act(EARN)).version == 2
    assert (await one.satchel.orchestrator.backlog.measure()).dirty_sessions == 1  # the poisoned one counts as no lag


async def test_poison_that_passes_is_saved_and_nobody_is_kept_out(realm: Realm) -> None:
    one, two = await _crowd(realm, 2)
    await fetch(realm.dsn, "ALTER TABLE satchel.balance ADD CONSTRAINT mood CHECK (amount <> 5)")
    await _rounds(one, one.satchel.worker.limits.rejections_max - 1)

    await fetch(realm.dsn, "ALTER TABLE satchel.balance DROP CONSTRAINT mood")
    await one.satchel.worker.flush_due(SOON_MS)

    assert await is_clean(one.satchel)
    await copies_equal(one)
    await copies_equal(two)
    assert await fetch(realm.dsn, "SELECT count(*) FROM satchel.dead_letter") == [(0,)]


async def test_an_item_that_would_exist_twice_keeps_both_owners_out_and_deletes_nothing(realm: Realm) -> None:
    owner, thief = await _crowd(realm, 2)
    potion = await owner.grant("healing_potion", 1)
    await owner.satchel.orchestrator.flush_session(HolderId(1))
    await _plant(thief, (await owner.session()).items[potion])

    await _rounds(owner, 1)

    found = await fetch(realm.dsn, "SELECT char_id, quarantine FROM satchel.inventory ORDER BY char_id")
    assert all("duplicate_item" in str(reason) for _, reason in found)
    for play in (owner, thief):
        with pytest.raises(Quarantined):
            await play.act(EARN)
    assert await fetch(realm.dsn, "SELECT uid::text, char_id FROM satchel.item") == [(str(potion), 1)]
    assert await fetch(realm.dsn, "SELECT char_id FROM satchel.dead_letter") == [(2,)]


async def _plant(thief: Play, item: Item) -> None:
    """Give a session an item that another character owns, as a defect would."""
    from satchel.inventory.decision import Intent, record_of
    from satchel.inventory.proposal import Proposal

    session = await thief.session()
    proposal = Proposal(session, at_ms=0, action_id="dupe")
    proposal.put(item)
    intent = Intent(thief.char_id, (), "dupe", "b", "test", 0)
    await thief.satchel.sessions.save_session(session, record_of(session, proposal, intent))


async def test_a_quarantine_that_comes_while_its_owner_is_being_attached_is_not_missed(realm: Realm) -> None:
    play = await realm.play()
    other = await realm.also(play)
    state = await play.satchel.vault.open_epoch(HolderId(1), 0, 0)

    await other.satchel.orchestrator.quarantine(HolderId(1), "found twice")
    assert await play.satchel.sessions.attacher.adopt(state)

    assert await play.satchel.vault.read_epoch(HolderId(1)) != state.head.epoch
    with pytest.raises(Quarantined):
        await play.act(EARN)


async def test_a_session_that_did_not_hear_of_its_quarantine_learns_it_at_its_next_flush(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN)
    await play.satchel.vault.quarantine(HolderId(1), "the worker died before it told the session")

    await _rounds(play, 2)

    with pytest.raises(Quarantined):
        await play.act(EARN)


async def test_an_unreadable_session_whose_journal_is_whole_loses_nothing(realm: Realm) -> None:
    play = await realm.play()
    other = await realm.also(play)
    await play.act(EARN)
    await play.satchel.redis.execute("HSET", play.satchel.sessions.keys.of(1).session, "who", b"\xc1")

    reply = await other.act(EARN)

    assert reply.version == 2
    assert (await other.session()).wallet == {"gold": 10}
    assert await fetch(realm.dsn, "SELECT quarantine FROM satchel.inventory") == [(None,)]


async def test_an_unreadable_session_that_cannot_be_saved_is_replaced_and_quarantined(realm: Realm) -> None:
    play = await realm.play()
    other = await realm.also(play)
    await play.act(EARN, durability="durable")
    await play.act(EARN)
    keys = play.satchel.sessions.keys.of(1)
    await play.satchel.redis.execute("HSET", keys.session, "who", b"\xc1", "h", "0" * 32)
    await play.satchel.redis.execute("XTRIM", keys.journal, "MAXLEN", 0)

    session = await other.satchel.orchestrator.init_session(HolderId(1))

    assert (session.version, session.wallet) == (1, {"gold": 5})
    with pytest.raises(Quarantined):
        await other.act(EARN)


async def test_an_unreadable_session_is_never_a_crash_loop_for_anybody_else(realm: Realm) -> None:
    play, calm = await _crowd(realm, 2)
    await play.satchel.redis.execute("HDEL", play.satchel.sessions.keys.of(1).session, "fver")

    await _rounds(play, 2)

    await copies_equal(calm)
    assert await fetch(realm.dsn, "SELECT version FROM satchel.inventory WHERE char_id = 2") == [(1,)]


async def test_an_unreadable_document_is_a_defect_when_looked_at_directly(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN)
    await play.satchel.redis.execute("HSET", play.satchel.sessions.keys.of(1).session, "who", b"\xc1")

    with pytest.raises(UnreadableSession):
        await play.satchel.sessions.peek(HolderId(1))


async def test_a_character_deleted_while_it_is_played_is_kept_out_and_its_session_stays(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN)
    await fetch(realm.dsn, "DELETE FROM satchel.inventory")

    await _rounds(play, 1)

    with pytest.raises(Quarantined):
        await play.act(EARN)
    peeked = await play.satchel.sessions.peek(HolderId(1))
    assert peeked is not None
    assert len(peeked.journal) == 1


async def test_a_closed_session_has_to_be_saved_first(realm: Realm) -> None:
    play = await realm.play()
    potion = await play.grant("healing_potion", 1)
    await play.act(Drop(item_id=potion))

    assert not await play.satchel.sessions.close_session(HolderId(1))
    await play.satchel.orchestrator.close_session(HolderId(1))

    assert await play.satchel.sessions.peek(HolderId(1)) is None
    assert await play.satchel.sessions.close_session(HolderId(1))
    await copies_equal(play)


async def test_a_close_of_a_session_that_keeps_changing_gives_up_and_loses_nothing(realm: Realm) -> None:
    from satchel.failpoints import intercept

    play = await realm.play()
    await play.act(EARN)
    keys = play.satchel.sessions.keys.of(1)

    def stay_dirty(name: str) -> None:
        if name == "settle.before_send":
            raise SessionUnavailable(reason="connection lost")

    with intercept(stay_dirty), pytest.raises(SessionUnavailable):
        await play.satchel.orchestrator.close_session(HolderId(1))

    assert await play.satchel.redis.execute("EXISTS", keys.session) == 1
