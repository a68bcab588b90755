import asyncio

from satchel.failpoints import intercept
from satchel.inventory.actions import AdjustWallet
from satchel.inventory.reads.reply import ActionReply
from tests.builders import Play


async def test_cold_session_is_attached_by_the_first_action(play: Play) -> None:
    reply = await play.act(AdjustWallet(resource="gold", amount=5))

    assert (reply.version, reply.epoch) == (1, 1)


async def test_cold_read_never_shows_an_action_that_is_not_saved_yet(play: Play) -> None:
    acting: list[asyncio.Task[ActionReply]] = []

    def act_before_the_lock_is_given_back(name: str) -> None:
        if name == "attach.before_unlock" and not acting:
            acting.append(asyncio.create_task(play.act(AdjustWallet(resource="gold", amount=5))))

    with intercept(act_before_the_lock_is_given_back):
        session = await play.session()
        seen = (session.version, dict(session.wallet))
    await acting[0]

    assert seen in [(0, {}), (1, {"gold": 5})]
