"""What raises between the change in memory and the answer leaves the process's copy equal to what is stored."""

import pytest

from satchel.failpoints import FailpointReached, intercept
from satchel.inventory.actions import AdjustWallet, Grant
from tests.builders import state
from tests.integration.faults.conftest import Realm


@pytest.mark.parametrize("place", ["satchel.orchestrator.record_of", "satchel.session.manager.seal"])
async def test_an_action_that_fails_while_it_is_written_down_leaves_no_trace(
    realm: Realm, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    play = await realm.play()
    await play.act(AdjustWallet(resource="gold", amount=5))

    def broken(*_: object) -> None:
        raise UnicodeEncodeError("utf-8", "\udce9", 0, 1, "surrogates not allowed")

    with monkeypatch.context() as patch:
        patch.setattr(place, broken)
        with pytest.raises(UnicodeEncodeError):
            await play.act(AdjustWallet(resource="gold", amount=1_000), Grant(definition="oathkeeper"))
    await play.act(AdjustWallet(resource="gold", amount=1))

    session = await play.session()
    assert (session.version, session.wallet, session.items) == (2, {"gold": 6}, {})


@pytest.mark.parametrize("failpoint", ["action.after_decide", "commit.before_send", "commit.after_reply"])
async def test_an_action_that_fails_on_its_way_leaves_the_copy_as_it_is_stored(realm: Realm, failpoint: str) -> None:
    play = await realm.play()
    await play.act(AdjustWallet(resource="gold", amount=5))

    def strike(name: str) -> None:
        if name == failpoint:
            raise FailpointReached(name)

    with intercept(strike), pytest.raises(FailpointReached):
        await play.act(Grant(definition="iron_sword"))
    here = state(await play.session())
    play.satchel.sessions.forget(play.char_id)

    assert state(await play.session()) == here
