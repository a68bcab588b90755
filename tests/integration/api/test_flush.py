"""What `POST /inventory/{char_id}/flush` says is what the vault holds."""

import asyncio

from satchel.failpoints import intercept
from satchel.ids import HolderId
from tests.integration.api.conftest import Service
from tests.wire import Wire


async def test_flush_tells_no_version_that_came_after_it(service: Service, wire: Wire, char: int) -> None:
    await wire.grant(char, "iron_sword")
    acting: list[asyncio.Task[str]] = []
    wrote = asyncio.Event()

    def act_during_the_push(name: str) -> None:
        if name == "push.after_begin" and not acting:
            acting.append(asyncio.create_task(wire.grant(char, "iron_sword")))
            acting[0].add_done_callback(lambda _: wrote.set())

    vault = service.satchel.vault
    with intercept(act_during_the_push):
        answer = await wire.send("POST", f"/inventory/{char}/flush")
    await asyncio.wait_for(wrote.wait(), 20)

    assert answer.json["version"] <= (await vault.read_state(HolderId(char))).head.version
