"""What the vault takes."""

from satchel.errors import SatchelError
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet
from satchel.inventory.decision import Intent, record_of
from satchel.inventory.item import Item
from satchel.inventory.proposal import Proposal
from satchel.ports import PushStatus
from tests.builders import Play
from tests.controls.scenarios.setups import EARN, OldAof, claim, flush_round, vault_gold
from tests.integration.faults.conftest import Realm
from tests.integration.faults.rows import fetch


async def a_regressed_history_that_climbs_past_the_vault_is_a_fork(realm: Realm) -> None:
    play = await realm.play()
    old = OldAof(play)
    await play.act(EARN)
    await old.keep()
    await play.act(EARN)
    await play.satchel.orchestrator.flush_session(HolderId(1))
    await old.put_back(run_id=(await play.satchel.redis.nodes()[0].link()).run_id)
    play.satchel.sessions.forget(HolderId(1))
    for _ in range(3):
        await play.act(AdjustWallet(resource="gold", amount=1_000))

    await play.satchel.orchestrator.flush([await claim(play)])

    assert await vault_gold(realm) == 10
    assert await fetch(realm.dsn, "SELECT count(*) FROM satchel.forked_action") == [(3,)]


async def a_push_of_an_older_epoch_is_fenced(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN)
    old = await claim(play)
    await play.satchel.sessions.attach(HolderId(1))

    outcome = (await play.satchel.vault.push([old]))[0]

    assert (outcome.status, outcome.head.epoch) == (PushStatus.FENCED, 2)
    assert await vault_gold(realm) == 0


async def a_forged_record_is_not_saved(realm: Realm) -> None:
    play = await realm.play()
    await play.act(EARN)
    keys, redis = play.satchel.sessions.keys.of(1), play.satchel.redis
    entry = (await redis.execute("XRANGE", keys.journal, "-", "+"))[0]
    await redis.execute("DEL", keys.journal)
    forged = entry[1][3].replace(b'"after":5', b'"after":999')
    assert forged != entry[1][3]
    await redis.execute("XADD", keys.journal, entry[0], "h", entry[1][1], "r", forged)

    await flush_round(play)

    assert await vault_gold(realm) == 0


async def _plant(thief: Play, item: Item) -> None:
    session = await thief.session()
    proposal = Proposal(session, at_ms=0, action_id="dupe")
    proposal.put(item)
    intent = Intent(thief.char_id, (), "dupe", "b", "test", 0)
    await thief.satchel.sessions.save_session(session, record_of(session, proposal, intent))


async def an_item_of_another_character_is_a_detected_dupe(realm: Realm) -> None:
    owner = await realm.play(1)
    thief = await Play.begin(owner.satchel, owner.clock, HolderId(2))
    potion = await owner.grant("healing_potion", 1)
    await owner.satchel.orchestrator.flush_session(HolderId(1))
    await _plant(thief, (await owner.session()).items[potion])

    await flush_round(owner)

    rows = await fetch(realm.dsn, "SELECT quarantine IS NOT NULL FROM satchel.inventory ORDER BY char_id")
    assert rows == [(True,), (True,)]


async def a_poison_row_leaves_the_rest_of_its_batch_saved(realm: Realm) -> None:
    first = await realm.play(1)
    plays = [first, *[await Play.begin(first.satchel, first.clock, HolderId(char_id)) for char_id in range(2, 7)]]
    for play in plays:
        await play.act(EARN)
    await fetch(realm.dsn, "ALTER TABLE satchel.balance ADD CONSTRAINT mood CHECK (char_id <> 4)")

    await flush_round(first, first.satchel.worker.limits.rejections_max)

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
