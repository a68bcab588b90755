"""Clients that mean harm, or break: raw bytes on the socket."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from satchel.runtime.serve import listen
from tests.integration.api.conftest import TOKEN, Service
from tests.patience import PATIENCE_S, eventually
from tests.wire import Wire


class Connection:
    """A connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def write(self, text: str | bytes) -> None:
        self.writer.write(text if isinstance(text, bytes) else text.encode())

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Read one answer."""
        async with asyncio.timeout(PATIENCE_S):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            body = await self.reader.readexactly(int(headers["content-length"]))
        return int(head[0].split()[1]), headers, body

    async def rest(self) -> bytes:
        """Everything until the server closes the connection."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""


@asynccontextmanager
async def connected(service: Service) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()


def request(body: bytes, *headers: str, path: str = "/inventory/action") -> bytes:
    lines = (f"POST {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {TOKEN}", *headers)
    return "\r\n".join((*lines, f"Content-Length: {len(body)}", "", "")).encode() + body


def pay(char: int, amount: int = 1) -> bytes:
    return b'{"char_id":%d,"action":"adjust_wallet","resource":"gold","amount":%d}' % (char, amount)


async def _gold(wire: Wire, char: int) -> int:
    found: int = (await wire.send("GET", f"/inventory/{char}")).json["wallet"].get("gold", 0)
    return found


async def test_pipelined_requests_are_answered_in_order(service: Service, char: int) -> None:
    async with connected(service) as connection:
        connection.write(b"".join(request(pay(char, amount)) for amount in range(1, 9)))
        answers = [await connection.answer() for _ in range(8)]

    changes = [msgspec.json.decode(body)["wallet_changes"][0] for _, _, body in answers]
    assert [change["after"] - change["before"] for change in changes] == list(range(1, 9))


async def test_pipelined_requests_of_two_kinds_keep_their_order(service: Service, char: int) -> None:
    async with connected(service) as connection:
        connection.write(request(pay(char)) + b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" + request(b"{}"))
        answers = [(await connection.answer())[0] for _ in range(3)]

    assert answers == [200, 200, 400]


async def test_request_that_comes_byte_by_byte_is_one_request(service: Service, wire: Wire, char: int) -> None:
    async with connected(service) as connection:
        for byte in request(pay(char)):
            connection.write(bytes([byte]))
            await connection.writer.drain()
        status, _, _ = await connection.answer()

    assert (status, await _gold(wire, char)) == (200, 1)


async def test_client_that_leaves_before_the_answer_does_not_undo_the_action(
    service: Service, wire: Wire, char: int
) -> None:
    async with connected(service) as connection:
        connection.write(request(pay(char), "Idempotency-Key: gone"))
        await connection.writer.drain()

    await eventually(lambda: _gold(wire, char))
    again = await wire.done(char, "adjust_wallet", resource="gold", amount=1, headers={"Idempotency-Key": "gone"})
    assert (again["replayed"], await _gold(wire, char)) == (True, 1)


async def test_clients_that_leave_while_they_wait_free_their_places(service: Service, wire: Wire, char: int) -> None:
    for _ in range(3):
        sockets = [await asyncio.open_connection("127.0.0.1", service.port) for _ in range(60)]
        for _, writer in sockets:
            writer.write(request(pay(char)))
            writer.transport.abort()

    await eventually(lambda: wire.act(char, "sort", container="bag"), lambda answer: answer.status == 200)


SMUGGLED = {
    "two lengths": b"POST /inventory/action HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 50\r\n\r\n{}",
    "length and chunks": (
        b"POST /inventory/action HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "a negative length": b"POST /inventory/action HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "a length that is no number": b"POST /inventory/action HTTP/1.1\r\nHost: x\r\nContent-Length: 2x\r\n\r\n{}",
    "a zero byte in a header": b"GET /livez HTTP/1.1\r\nHost: x\r\nX-A: a\x00b\r\n\r\n",
    "a bare line feed in a header": b"GET /livez HTTP/1.1\r\nHost: x\r\nX-A: a\rb\r\n\r\n",
    "a blank before the colon": b"GET /livez HTTP/1.1\r\nHost : x\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 4,
    "a chunk that is too long": (
        b"POST /inventory/action HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}"
    ),
}


@pytest.mark.parametrize("what", SMUGGLED)
async def test_request_that_two_readers_would_read_differently_ends_the_connection(what: str, service: Service) -> None:
    async with connected(service) as connection:
        connection.write(SMUGGLED[what] + b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        answered = await connection.rest()

    assert answered.startswith(b"HTTP/1.1 400 ")
    assert answered.count(b"HTTP/1.1 ") == 1


async def test_nothing_of_a_request_gets_into_the_headers_of_its_answer(service: Service) -> None:
    evil = "%0d%0aX-Evil:%201"
    async with connected(service) as connection:
        connection.write(
            f"GET /inventory/1{evil}/doll HTTP/1.1\r\nHost: x{evil}\r\nAuthorization: Bearer {TOKEN}\r\n"
            f"If-None-Match: {evil}\r\nIdempotency-Key: {evil}\r\nX-Satchel-Acting-For: {evil}\r\n\r\n"
        )
        status, headers, _ = await connection.answer()

    assert status == 404
    assert set(headers) == {"content-type", "content-length"}


async def test_of_a_header_that_is_there_twice_every_route_takes_the_first(service: Service, char: int) -> None:
    twice = ("X-Satchel-Acting-For: tg:2", "X-Satchel-Acting-For: tg:1")
    async with connected(service) as connection:
        connection.write(request(pay(char), "Authorization: Bearer wrong", *twice))
        connection.write(request(b'{"char_id":%d,"action":"sort","container":"bag"}' % char, *twice))
        connection.write(request(b"", *twice, path=f"/inventory/{char}/session"))
        codes = [msgspec.json.decode((await connection.answer())[2])["code"] for _ in range(3)]

    assert codes == ["forbidden", "not_owner", "not_owner"]


async def test_expectation_is_met_before_the_body_comes(service: Service, char: int) -> None:
    body = pay(char)
    async with connected(service) as connection:
        connection.write(request(body, "Expect: 100-continue")[: -len(body)])
        async with asyncio.timeout(PATIENCE_S):
            assert (await connection.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        connection.write(body)
        status, _, _ = await connection.answer()

    assert status == 200


async def test_connection_is_kept_after_a_refused_body(service: Service, char: int) -> None:
    async with connected(service) as connection:
        connection.write(request(b" " * 200_000))
        assert (await connection.answer())[0] == 413
        connection.write(request(pay(char)))
        assert (await connection.answer())[0] == 200


async def test_hundred_slow_clients_do_not_hold_up_others(service: Service, wire: Wire, char: int) -> None:
    slow = [await asyncio.open_connection("127.0.0.1", service.port) for _ in range(100)]
    for _, writer in slow:
        writer.write(request(pay(char))[:-5])
        await writer.drain()

    async with asyncio.timeout(PATIENCE_S):
        await wire.done(char, "adjust_wallet", resource="gold", amount=1)

    for _, writer in slow:
        writer.close()
    assert await _gold(wire, char) == 1


async def test_answers_are_not_held_back_for_an_acknowledgement() -> None:
    # Head and body are two writes: without TCP_NODELAY the second one waits some 40 ms for the other side.
    bound = listen("127.0.0.1", 0)
    accepted: asyncio.Future[socket.socket] = asyncio.get_running_loop().create_future()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set_result(writer.get_extra_info("socket"))
        writer.close()

    async with await asyncio.start_server(serve, sock=bound) as server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        nodelay = (await accepted).getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        writer.close()

    assert nodelay
