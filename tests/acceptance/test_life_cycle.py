"""`satchel up` from start to end, and past every end that nobody planned."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from satchel.client import InventoryClient
from satchel.inventory.actions import AdjustWallet, Equip, Grant
from satchel.inventory.character import Character
from tests.patience import PATIENCE_S, eventually, eventually_now
from tests.programs import Program, run, running

TOKEN = "a-token-for-these-tests"
HERO = Character("tg:1", "Ann", 20)


@contextmanager
def up(place: Path, *arguments: str, **settings: str) -> Iterator[Program]:
    given = {"SATCHEL_SERVICE_TOKEN": TOKEN, "SATCHEL_FLUSH_DELAY_S": "60", **settings}
    with running("up", "--port", "0", *arguments, cwd=place, **given) as program:
        yield program.wait_ready()


def client_of(program: Program) -> InventoryClient:
    return InventoryClient.over_http(program.url, TOKEN)


def peek(place: Path, char_id: int) -> dict[str, tuple[str, str]]:
    """What `satchel peek` tells: session and vault, by name; under `journal` how many saves are unflushed."""
    done = run("peek", str(char_id), "--json", cwd=place)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    rows = {row["what"]: (row["session"], row["vault"]) for row in report["rows"]}
    return {**rows, "journal": (str(len(report["journal"])), "")}


def children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


async def readiness(program: Program) -> tuple[int, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(program.url.rsplit(":", 1)[1]))
    writer.write(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = (await reader.read()).decode()
    writer.close()
    return int(answer.split()[1]), answer


async def test_stop_tells_readiness_first_finishes_requests_and_saves_everything(place: Path) -> None:
    with up(place, SATCHEL_DRAIN_GRACE_S="3") as program:
        engines = children(program.process.pid)
        async with client_of(program) as client:
            for char_id in range(1, 11):
                await client.put_character(char_id, HERO)
                await client.act(char_id, Grant(definition="iron_sword"))
            port = int(program.url.rsplit(":", 1)[1])
            body = b'{"char_id":1,"action":"grant","definition":"bread"}'
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head = f"POST /inventory/action HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:20])
            program.process.send_signal(signal.SIGTERM)
            status, told = await eventually(lambda: readiness(program), lambda found: found[0] == 503)
            assert program.process.poll() is None
            writer.write(body[20:])
            async with asyncio.timeout(PATIENCE_S):
                answered = await reader.readline()
            writer.close()
        code = program.wait()

    assert (status, "shutting_down" in told) == (503, True)
    assert answered.startswith(b"HTTP/1.1 200 ")
    assert (code, program.complaints[-1]) == (0, "stopped; everything is saved\n")
    assert len(engines) == 2
    assert [pid for pid in engines if alive(pid)] == []
    for char_id in (1, 10):
        found = peek(place, char_id)
        assert found["version"] == ("2" if char_id == 1 else "1",) * 2
        assert found["journal"] == ("0", "")


async def test_second_signal_does_not_wait_and_what_is_unsaved_is_still_there(place: Path) -> None:
    with up(place, SATCHEL_DRAIN_GRACE_S="60") as program:
        async with client_of(program) as client:
            await client.put_character(1, HERO)
            await client.act(1, AdjustWallet(resource="gold", amount=7))
        program.process.send_signal(signal.SIGTERM)
        await eventually(lambda: readiness(program), lambda found: found[0] == 503)
        code = program.end(signal.SIGINT)

    assert (code, program.complaints[-1]) == (1, "stopped; what is unsaved waits safely in Redis\n")
    with up(place) as again:
        async with client_of(again) as client:
            assert (await client.get_inventory(1)).wallet == {"gold": 7}
        assert again.end() == 0
    assert peek(place, 1)["wallet"] == ("gold=7", "gold=7")


async def test_ctrl_c_is_a_clean_stop(place: Path) -> None:
    with up(place, SATCHEL_DRAIN_GRACE_S="0") as program:
        async with client_of(program) as client:
            await client.put_character(1, HERO)
            await client.act(1, AdjustWallet(resource="gold", amount=7))
        code = program.end(signal.SIGINT)

    assert (code, program.complaints[-1]) == (0, "stopped; everything is saved\n")


async def test_kill_takes_the_engines_along_and_the_next_start_goes_on_with_the_data(place: Path) -> None:
    seen: list[int] = []
    sword = ""
    for round_ in range(3):
        with up(place) as program:
            seen += children(program.process.pid)
            async with client_of(program) as client:
                if round_ == 0:
                    await client.put_character(1, HERO)
                    sword = (await client.act(1, Grant(definition="iron_sword"))).changes[0].item
                    await client.act(1, Equip(item_id=sword))
                reply = await client.act(1, AdjustWallet(resource="gold", amount=1))
                assert (reply.version, reply.wallet_changes[0].after) == (3 + round_, 1 + round_)
                assert sword in (await client.get_inventory(1)).worn.values()
            # The next start follows at once, while the engines may still be dying.
            program.process.kill()
            program.process.wait()

    assert len(seen) == 6
    assert eventually_now(lambda: [pid for pid in seen if alive(pid)], lambda found: not found) == []


async def test_second_start_on_the_same_data_uses_the_running_engines(place: Path) -> None:
    with up(place) as first, up(place) as second:
        async with client_of(first) as one, client_of(second) as two:
            await one.put_character(1, HERO)
            await two.act(1, AdjustWallet(resource="gold", amount=1))
            assert children(second.process.pid) == []
            assert second.end() == 0
            reply = await one.act(1, AdjustWallet(resource="gold", amount=1))

    assert reply.wallet_changes[0].after == 2


async def test_second_start_on_the_same_port_fails_and_leaves_the_first_alone(place: Path) -> None:
    with up(place) as first:
        port = first.url.rsplit(":", 1)[1]
        second = run("up", "--port", port, cwd=place, SATCHEL_SERVICE_TOKEN=TOKEN)
        async with client_of(first) as client:
            await client.put_character(1, HERO)
            reply = await client.act(1, AdjustWallet(resource="gold", amount=1))

    assert (second.returncode, second.stdout, second.stderr.count("\n")) == (1, "", 1)
    assert f"cannot listen on 127.0.0.1:{port}" in second.stderr
    assert reply.version == 1


async def test_request_that_outlasts_the_deadline_is_told_to_try_again(place: Path) -> None:
    with ExitStack() as frozen, up(place, SATCHEL_DRAIN_DEADLINE_S="1") as program:
        async with client_of(program) as client:
            await client.put_character(1, HERO)
            await client.open_session(1)
        valkey = next(pid for pid in children(program.process.pid) if b"valkey" in _command(pid))
        os.kill(valkey, signal.SIGSTOP)
        frozen.callback(_resume, valkey)
        body = b'{"char_id":1,"action":"sort","container":"bag"}'
        reader, writer = await asyncio.open_connection("127.0.0.1", int(program.url.rsplit(":", 1)[1]))
        head = f"POST /inventory/action HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        program.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_S):
            answer, _, told = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        frozen.close()
        program.wait()

    problem = msgspec.json.decode(told)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 1" in answer.lower()
    assert (problem["code"], problem["status"], problem["retryable"]) == ("shutting_down", 503, True)


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def _resume(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        return


def test_no_port_is_left_open_by_the_engines(place: Path) -> None:
    with up(place) as program:
        inodes = {
            os.readlink(link)
            for pid in (child for engine in children(program.process.pid) for child in (engine, *children(engine)))
            for link in Path(f"/proc/{pid}/fd").iterdir()
            if link.is_symlink() and os.path.lexists(link)
        }
        tcp = [
            line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
        ]
        listening = {f"socket:[{line[9]}]" for line in tcp if line[3] == "0A"}
        own = socket.create_connection(("127.0.0.1", int(program.url.rsplit(":", 1)[1])))
        own.close()

    assert inodes & listening == set()
    assert any(name.startswith("socket:") for name in inodes)
