"""Many callers on one character are no fault: they share flushes, and nothing is attached for them."""

import asyncio

import pytest

from satchel.errors import SatchelError
from satchel.inventory.actions import AdjustWallet
from satchel.inventory.reads.reply import ActionReply
from tests.builders import Play
from tests.integration.faults.conftest import Realm

EARN = AdjustWallet(resource="gold", amount=1)


async def _attaches(play: Play) -> float:
    return play.satchel.metrics.registry.get_sample_value("satchel_attaches_total") or 0


@pytest.mark.parametrize("with_worker", [False, True])
async def test_thirty_durable_callers_of_one_character_attach_nothing(realm: Realm, with_worker: bool) -> None:
    play = await realm.play()
    await play.session()
    before = await _attaches(play)
    worker = asyncio.create_task(play.satchel.worker.run()) if with_worker else None
    gold = 0

    for _ in range(5):
        outcomes = await asyncio.gather(
            *(play.act(EARN, durability="durable") for _ in range(30)), return_exceptions=True
        )
        assert [outcome for outcome in outcomes if isinstance(outcome, SatchelError)] == []
        gold += sum(isinstance(outcome, ActionReply) for outcome in outcomes)
    if worker is not None:
        play.satchel.worker.stop()
        await worker

    assert await _attaches(play) == before
    assert (await play.session()).wallet == {"gold": gold}


async def test_durable_answers_of_one_moment_share_a_push(realm: Realm) -> None:
    play = await realm.play()
    await play.session()
    pushes = 0
    push = play.satchel.vault.push

    async def counted(snapshots: object) -> object:
        nonlocal pushes
        pushes += 1
        return await push(snapshots)  # type: ignore[arg-type]

    play.satchel.vault.push = counted  # type: ignore[assignment,method-assign]
    await asyncio.gather(*(play.act(EARN, durability="durable") for _ in range(30)))

    assert pushes <= 3
