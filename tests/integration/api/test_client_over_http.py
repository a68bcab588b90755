"""What only a client over HTTP meets: lost answers, servers of others, and silence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from satchel.client import HttpTransport, InventoryClient
from satchel.client import client as client_module
from satchel.errors import (
    InsufficientFunds,
    SessionUnavailable,
)
from satchel.inventory.actions import AdjustWallet
from tests.integration.api.conftest import TOKEN, Service
from tests.wire import Wire

GOLD = AdjustWallet(resource="gold", amount=5)

pytestmark = pytest.mark.usefixtures("hurried")


# -- only over HTTP ----------------------------------------------------------------------------------------------------


class Middleman:
    """Stands between client and API, and loses the first answers."""

    def __init__(self, port: int, lost: int) -> None:
        self.seen: list[bytes] = []
        self._port = port
        self._lost = lost

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
            )
            body = await reader.readexactly(length)
            self.seen.append(head)
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
            far_writer.write(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + body)
            answer = await far_reader.read()
            far_writer.close()
            if len(self.seen) > self._lost:
                writer.write(answer)
                await writer.drain()
        finally:
            writer.close()

    def keys(self) -> list[bytes]:
        lines = [line for head in self.seen for line in head.split(b"\r\n")]
        return [line for line in lines if line.lower().startswith(b"idempotency-key:")]


@asynccontextmanager
async def middleman(service: Service, lost: int) -> AsyncIterator[tuple[Middleman, InventoryClient]]:
    between = Middleman(service.port, lost)
    server = await asyncio.start_server(between, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, InventoryClient.over_http(url, TOKEN) as client:
        yield between, client


async def test_action_whose_answer_was_lost_is_tried_again_with_the_same_key_and_done_once(
    service: Service, wire: Wire, char: int
) -> None:
    async with middleman(service, lost=2) as (between, client):
        reply = await client.act(char, GOLD)

    assert reply.replayed is True
    assert (len(between.seen), len(set(between.keys()))) == (3, 1)
    assert (await wire.send("GET", f"/inventory/{char}")).json["wallet"] == {"gold": 5}


async def test_read_whose_answer_was_lost_is_made_again(service: Service, char: int) -> None:
    async with middleman(service, lost=1) as (between, client):
        assert (await client.get_doll(char)).char_id == char

    assert len(between.seen) == 2


async def test_refusal_is_told_at_once(service: Service, char: int) -> None:
    async with middleman(service, lost=0) as (between, client):
        with pytest.raises(InsufficientFunds):
            await client.act(char, AdjustWallet(resource="gold", amount=-1))

    assert len(between.seen) == 1


async def test_answers_that_never_come_end_in_session_unavailable_after_five_tries(service: Service, char: int) -> None:
    async with middleman(service, lost=99) as (between, client):
        with pytest.raises(SessionUnavailable):
            await client.act(char, GOLD)

    assert len(between.seen) == client_module.ATTEMPTS


async def test_unreachable_api_is_session_unavailable() -> None:
    async with InventoryClient.over_http("http://127.0.0.1:1", TOKEN) as client:
        with pytest.raises(SessionUnavailable):
            await client.act(1, GOLD)


@pytest.mark.parametrize("answer", [b"<html>", b'{"code": 7}', b"\xff", b"null", b'{"version": "x"}'])
@pytest.mark.parametrize("status", ["200 OK", "404 Not Found", "502 Bad Gateway"])
async def test_server_that_is_none_of_ours_is_session_unavailable(status: str, answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {len(answer)}\r\n\r\n"
        writer.write(head.encode() + answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, InventoryClient.over_http(url, TOKEN) as client:
        with pytest.raises(SessionUnavailable):
            await client.act(1, GOLD)
        with pytest.raises(SessionUnavailable):
            await client.get_doll(1)


async def test_server_that_does_not_answer_is_given_up() -> None:
    quiet = asyncio.Event()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await quiet.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, InventoryClient(HttpTransport(url, TOKEN, timeout_s=0.05)) as client:
        with pytest.raises(SessionUnavailable):
            await client.act(1, GOLD)
        quiet.set()
