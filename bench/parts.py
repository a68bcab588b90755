"""Where the time of an action goes: `python -m bench.parts` times every part of it, without servers.

One process, a character with 50 items, the six actions of the load in turn; medians in microseconds.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import hiredis
import uvloop

from bench.bench_world import (
    CAP,
    ORE,
    POTION,
    SWORD,
    bench_catalogue,
    character_items,
    hero,
    item_uid,
    make_world,
)
from satchel.access import SCOPES, Caller
from satchel.api import Gatekeeper
from satchel.api.action import ActionRoute
from satchel.api.requests import RequestDecoder
from satchel.clock import clock_ms
from satchel.dispatcher import Dispatcher
from satchel.inventory.book import BUILT_IN
from satchel.inventory.decision import propose, record_of
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.reads.reply import dropped_by, reply_json
from satchel.inventory.record import GENESIS, seal
from satchel.orchestrator import InventoryCoreOrchestrator
from satchel.session import InventorySessionManager, Keys, SessionBacklog
from satchel.session.codec import changed_fields
from satchel.session.facts import SessionFacts
from satchel.session.redis import Address, Argument, Link, RedisNode, Reply
from satchel.telemetry import Metrics
from satchel.testing import FakeVault

ITEMS = 50
ROUNDS = 2_000
TOKEN = "bench-service-token"

Result = TypeVar("Result")


class Timer:
    """Times calls by name."""

    def __init__(self) -> None:
        self.ns: dict[str, list[int]] = {}

    def __call__(self, name: str, call: Callable[..., Result], *arguments: Any) -> Result:
        """Call, and note how long it took."""
        began = time.perf_counter_ns()
        result = call(*arguments)
        self.ns.setdefault(name, []).append(time.perf_counter_ns() - began)
        return result


class _InstantLink(Link):
    """Packs a command, and has its answer at once."""

    def __init__(self) -> None:
        super().__init__(asyncio.get_running_loop(), 0)
        self.alive = True

    def send(self, *command: Argument) -> "asyncio.Future[Reply]":
        hiredis.pack_command(command)  # type: ignore[arg-type]  # the stub knows no unions
        answer = self._loop.create_future()
        answer.set_result(1)
        return answer

    def recognise(self, reply: Reply) -> None:
        self.run_id = "0" * 81


_NO_FACTS = SessionFacts(RedisNode(Address()), Keys())
"""Never asked: no action of Satchel reads facts."""


class _Undecided:
    """Stands where the orchestrator is: the parts are timed one by one."""

    book = BUILT_IN


async def _dial() -> Link:
    return _InstantLink()


def bodies(char_id: int) -> list[bytes]:
    """The actions of the load, as they are sent."""
    sword, potion, ore, cap = (item_uid(char_id, number) for number in (SWORD, POTION, ORE, CAP))
    actions: list[dict[str, object]] = [
        {"action": "equip", "item_id": sword, "slot": "main_hand"},
        {"action": "use", "item_id": potion},
        {"action": "move", "item_id": cap, "container": "bag", "position": ITEMS + 2},
        {"action": "unequip", "item_id": sword, "container": "bag", "position": SWORD},
        {"action": "drop", "item_id": ore, "quantity": 1},
        {"action": "move", "item_id": cap, "container": "bag", "position": CAP},
    ]
    return [json.dumps({"char_id": char_id, **action}, separators=(",", ":")).encode() for action in actions]


def time_parts(session: InventorySessionDTO) -> dict[str, float]:
    """Every part by itself; medians in us."""
    timer, dispatcher = Timer(), Dispatcher(_Undecided(), session.catalogue, clock_ms, _NO_FACTS)  # type: ignore[arg-type]
    caller, gatekeeper, keys = Caller("service", SCOPES), Gatekeeper(TOKEN), Keys().of(1)
    decode_request = RequestDecoder(BUILT_IN).decode
    authorization = f"Bearer {TOKEN}".encode()
    for body in bodies(1) * ROUNDS:
        timer("who asks", gatekeeper.caller, authorization, None)
        request = timer("decode the body", decode_request, body)
        intent = timer("action id, digest, intent", dispatcher.intent_of, request, caller, None, "")
        proposal = timer("rules", propose, session, intent, BUILT_IN)
        record = timer("net changes, stats, record", record_of, session, proposal, intent)
        sealed = timer("encode and chain the record", seal, session.h, record)
        removed, written = timer("pack what changed", changed_fields, record)
        command = ("EVALSHA", "0" * 40, 5, keys.session, keys.journal, keys.marks, keys.due, keys.dirty, "0" * 81,
                   1, session.version, session.h, b"0" * 28, record.version, sealed.h, sealed.json, intent.at_ms,
                   intent.at_ms, 1, 1_000, "1", len(removed), *removed, *written)  # fmt: skip
        timer("pack the command", hiredis.pack_command, command)
        dropped = dropped_by(record.dropped)
        timer("cut the answer", _answer, sealed.json, sealed.h, dropped)
        session.version, session.h = sealed.version, sealed.h
    return {name: statistics.median(found) / 1000 for name, found in timer.ns.items()}


async def time_whole(session: InventorySessionDTO) -> float:
    """The whole route, from ASGI to ASGI, with a Redis that answers at once; median in us."""
    metrics = Metrics()
    redis, vault = RedisNode(Address(), dial=_dial), FakeVault()
    await redis.link()
    sessions = InventorySessionManager(redis, vault, session.catalogue, clock_ms, metrics=metrics)
    orchestrator = InventoryCoreOrchestrator(sessions, SessionBacklog(redis, clock_ms), vault, metrics)
    route = ActionRoute(Dispatcher(orchestrator, session.catalogue, clock_ms, _NO_FACTS), Gatekeeper(TOKEN))
    sessions.keep(session)
    headers = [(b"authorization", f"Bearer {TOKEN}".encode()), (b"content-type", b"application/json")]
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message.get("status"))

    took = []
    for body in bodies(1) * ROUNDS:

        async def receive(body: bytes = body) -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        began = time.perf_counter_ns()
        await route({"type": "http", "method": "POST", "headers": headers}, receive, send)
        took.append(time.perf_counter_ns() - began)
    if set(sent) != {200, None}:
        raise RuntimeError(f"answers: {set(sent)}")
    return statistics.median(took) / 1000


def main() -> None:
    """Time, and print a table."""
    with tempfile.TemporaryDirectory(prefix="satchel-bench-") as directory:
        catalogue = bench_catalogue(make_world(Path(directory)))

    def session() -> InventorySessionDTO:
        items = character_items(catalogue, 1, ITEMS)
        return InventorySessionDTO(catalogue, 1, hero(1), items, {"gold": 100}, epoch=1, h=GENESIS)

    parts = time_parts(session())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        whole = runner.run(time_whole(session()))
    print(f"Python {sys.version.split()[0]}; {ITEMS} items; medians of {6 * ROUNDS:,} actions\n")
    print("| part | us |\n|---|---|")
    for name, us in parts.items():
        print(f"| {name} | {us:.1f} |")
    print(f"| all parts | {sum(parts.values()):.1f} |")
    print(f"| the whole route, with a Redis that answers at once | {whole:.1f} |")


def _answer(record_json: bytes, h: str, dropped: Any) -> bytes:
    return reply_json(record_json, h, dropped, replayed=False, durability="session")


if __name__ == "__main__":
    main()
