from satchel.inventory.actions import AdjustWallet
from tests.builders import Play


async def test_cold_session_is_attached_by_the_first_action(play: Play) -> None:
    reply = await play.act(AdjustWallet(resource="gold", amount=5))

    assert (reply.version, reply.epoch) == (1, 1)
