"""Servers that are killed or stopped in the middle of an action: the key tells what became of it."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from proof.chaos.http_client import Wire, WireBroken
from proof.chaos.machine import Machine
from proof.ramdisk import in_memory

from tests.patience import eventually_now

CHARACTER = b'{"owner":"tg:1","name":"Ann"}'
EARN = b'{"char_id":1,"action":"adjust_wallet","resource":"gold","amount":1}'


@pytest.fixture(scope="module")
async def machine() -> AsyncIterator[Machine]:
    """Two API processes and a worker."""
    async with Machine(random.Random(1), below=in_memory()) as machine:
        yield machine


@pytest.fixture
async def wires(machine: Machine) -> AsyncIterator[tuple[Wire, Wire]]:
    """Clients of both, with character 1 at hand."""
    wires = tuple(Wire(port, machine.token, 20) for port in machine.ports)
    await wires[0].request("PUT", "/characters/1", CHARACTER)
    await act(wires[0])
    yield wires[0], wires[1]
    for wire in wires:
        wire.close()


async def act(wire: Wire, key: str = "") -> dict[str, object]:
    status, answer = await wire.request("POST", "/inventory/action", EARN, key)
    assert status == 200, answer
    return dict(msgspec.json.decode(answer))


@pytest.mark.parametrize(
    ("failpoint", "replayed"),
    [
        ("action.after_decide", False),
        ("commit.before_send", False),
        ("commit.after_reply", True),
        ("api.before_reply", True),
    ],
)
async def test_action_of_a_server_that_was_killed_is_done_once_under_its_key(
    machine: Machine, wires: tuple[Wire, Wire], failpoint: str, replayed: bool
) -> None:
    doomed, other = wires
    before = await act(other)
    await machine.apis[0].kill()
    await machine.apis[0].start(f"{failpoint}:kill")
    doomed.close()

    with pytest.raises(WireBroken):
        await act(doomed, f"key {failpoint}")
    died_of = await machine.apis[0].ended(20)
    again = await act(other, f"key {failpoint}")

    assert died_of == -signal.SIGKILL
    assert (again["replayed"], again["version"]) == (replayed, int(str(before["version"])) + 1)
    await machine.apis[0].start()


async def test_server_that_was_stopped_between_decision_and_commit_decides_again(
    machine: Machine, wires: tuple[Wire, Wire]
) -> None:
    stopped, other = wires
    await machine.apis[0].kill()
    await machine.apis[0].start("commit.before_send:pause")
    stopped.close()
    slow = asyncio.create_task(act(stopped, "key of the stopped"))

    def is_stopped() -> bool:
        return Path(f"/proc/{machine.apis[0].pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"

    await asyncio.to_thread(eventually_now, is_stopped)
    meanwhile = await act(other)
    machine.apis[0].signal(signal.SIGCONT)
    late = await slow

    assert (late["replayed"], late["version"]) == (False, int(str(meanwhile["version"])) + 1)
