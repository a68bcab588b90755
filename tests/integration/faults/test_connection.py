"""The one connection that all tasks share: what a cut, a pause or a cancellation does to the others."""

import asyncio
from pathlib import Path

import pytest

from satchel.embedded import ValkeyServer
from satchel.errors import SessionUnavailable
from satchel.inventory.actions import AdjustWallet
from satchel.session.redis import Address, RedisNode
from tests.builders import Play
from tests.integration.faults.byte_proxy import Proxy
from tests.integration.faults.conftest import Realm

EARN = AdjustWallet(resource="gold", amount=5)


@pytest.fixture
async def proxied(redis_realm: Realm, redis_proxy: Proxy) -> Play:
    redis_realm.url = f"unix://{redis_proxy.path}"
    return await redis_realm.play()


async def test_a_client_cancelled_in_mid_command_leaves_the_next_its_own_reply(redis_realm: Realm) -> None:
    play = await redis_realm.play()
    redis = play.satchel.redis
    await redis.execute("SET", "a", "of a")
    await redis.execute("SET", "b", "of b")

    calls = [asyncio.create_task(redis.execute("GET", "ab"[number % 2])) for number in range(20)]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    replies = await asyncio.gather(*calls, return_exceptions=True)

    assert [reply for reply in replies if isinstance(reply, bytes)] == [b"of b"] * 10
    assert await redis.execute("GET", "a") == b"of a"


async def test_an_action_cancelled_while_it_is_sent_is_found_by_its_key(redis_realm: Realm) -> None:
    play = await redis_realm.play()
    await play.session()

    call = asyncio.create_task(play.act(EARN, key="k"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    reply = await play.act(EARN, key="k")

    assert reply.version == 1
    assert (await play.session()).wallet == {"gold": 5}


async def test_a_cut_before_the_reply_is_an_unknown_outcome_and_the_key_tells_it(
    proxied: Play, redis_proxy: Proxy
) -> None:
    await proxied.act(EARN)
    redis_proxy.cut_at = b"adjust_wallet"

    with pytest.raises(SessionUnavailable):
        await proxied.act(EARN, key="k")
    reply = await proxied.act(EARN, key="k")

    assert reply.replayed
    assert (await proxied.session()).wallet == {"gold": 10}


async def test_nothing_is_sent_again_by_itself_after_a_reset(proxied: Play, redis_proxy: Proxy) -> None:
    await proxied.act(EARN)
    before = redis_proxy.connections
    redis_proxy.cut_at = b"adjust_wallet"

    with pytest.raises(SessionUnavailable):
        await proxied.act(EARN)

    # Whether it was saved is for the caller to ask; the library did not try a second time.
    assert redis_proxy.connections == before
    assert (await proxied.session()).wallet == {"gold": 10}


async def test_all_who_wait_learn_of_a_reset_and_the_next_connects_again(proxied: Play, redis_proxy: Proxy) -> None:
    redis = proxied.satchel.redis.nodes()[0]
    await redis.link()
    redis_proxy.holding = True
    calls = [asyncio.create_task(redis.execute("PING")) for _ in range(50)]
    await asyncio.sleep(0)

    redis_proxy.reset()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    redis_proxy.holding = False

    assert all(isinstance(outcome, SessionUnavailable) for outcome in outcomes)
    assert await redis.execute("PING") == b"PONG"


async def test_a_half_open_connection_is_given_up_after_the_reply_timeout(redis_proxy: Proxy) -> None:
    redis = RedisNode(Address(path=str(redis_proxy.path)), connect_timeout_s=0.2, reply_timeout_s=0.1)
    await redis.execute("PING")
    redis_proxy.holding = True

    with pytest.raises(SessionUnavailable):
        await redis.execute("PING")
    with pytest.raises(SessionUnavailable):
        await redis.execute("PING")

    redis_proxy.holding = False
    assert await redis.execute("PING") == b"PONG"
    redis.close()


async def test_many_who_want_to_connect_share_one_try_and_its_failure(redis_proxy: Proxy) -> None:
    redis_proxy.holding = True
    redis = RedisNode(Address(path=str(redis_proxy.path)), connect_timeout_s=0.2)

    outcomes = await asyncio.gather(*(redis.execute("PING") for _ in range(100)), return_exceptions=True)

    assert all(isinstance(outcome, SessionUnavailable) for outcome in outcomes)
    assert redis_proxy.connections == 1
    redis.close()


async def test_who_leaves_while_connecting_does_not_take_the_others_with_them(redis_proxy: Proxy) -> None:
    redis = RedisNode(Address(path=str(redis_proxy.path)))
    calls = [asyncio.create_task(redis.execute("PING")) for _ in range(3)]
    await asyncio.sleep(0)

    calls[0].cancel()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)

    assert isinstance(outcomes[0], asyncio.CancelledError)
    assert outcomes[1:] == [b"PONG", b"PONG"]
    redis.close()


async def test_replies_in_pieces_are_put_together(proxied: Play, redis_proxy: Proxy) -> None:
    redis_proxy.piece_bytes = 3

    replies = await asyncio.gather(*(proxied.act(EARN) for _ in range(10)))

    assert sorted(reply.version for reply in replies) == list(range(1, 11))


async def test_bytes_that_are_no_reply_break_the_connection_and_nothing_else(
    proxied: Play, redis_proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    await proxied.act(EARN, key="before")
    redis_proxy.holding = True
    call = asyncio.create_task(proxied.act(EARN, key="k"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    redis_proxy.say(b"?? no frame of this protocol\r\n")
    with pytest.raises(SessionUnavailable):
        await call
    redis_proxy.holding = False

    await proxied.act(EARN, key="k")
    assert (await proxied.session()).wallet == {"gold": 10}


async def test_commands_of_one_turn_reach_the_server_in_the_order_they_were_sent(redis_realm: Realm) -> None:
    redis = (await redis_realm.process()).redis.nodes()[0]
    link = await redis.link()

    replies = await asyncio.gather(*(link.send("RPUSH", "order", number) for number in range(200)))

    assert replies == list(range(1, 201))
    assert await redis.execute("LRANGE", "order", 0, -1) == [b"%d" % number for number in range(200)]


async def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path, valkey: ValkeyServer) -> None:
    valkey.stop()
    redis = RedisNode(Address.parse(f"{valkey.url}?db=0"))

    with pytest.raises(SessionUnavailable, match="cannot connect"):
        await redis.execute("PING")
    redis.close()
