"""Simulated clients: they carry out the steps of a plan, and write down what they were told."""

import asyncio
from collections.abc import Callable

import msgspec

from proof.simulation.fault_plan import Step
from proof.simulation.processes import Process, Transport, Work
from satchel.errors import BadRequest, Refusal, SatchelError
from satchel.ids import HolderId
from satchel.inventory.actions import (
    AdjustWallet,
    Consume,
    Drop,
    Equip,
    Grant,
    Move,
    Operation,
    Split,
    Unequip,
)
from satchel.inventory.item import Item, ItemId
from satchel.inventory.reads.reply import ActionReply

__all__ = ["Attempt", "Player", "Read"]

TRIES = 3


class Attempt(msgspec.Struct):
    """One call of `act`, retries and all. Times are numbers of events; `code` is empty after an answer."""

    client: int
    key: str
    char_id: int
    operations: tuple[Operation, ...]
    durable: bool
    asked: int
    answered: int = 0
    code: str = ""
    refused: bool = False
    reply: ActionReply | None = None


class Read(msgspec.Struct, frozen=True):
    """A state that was read, and when it was asked for."""

    char_id: int
    asked: int
    version: int
    h: str
    wallet: dict[str, int]
    items: dict[ItemId, Item]


class Player:
    """One client.

    Args:
        number: Its number.
        transport: Its way to the API.
        event: The number of the present event.
    """

    def __init__(self, number: int, transport: Transport, event: Callable[[], int]) -> None:
        self.number = number
        self.attempts: list[Attempt] = []
        self.reads: list[Read] = []
        self._transport = transport
        self._client = transport.client()
        self._event = event
        self._items: dict[int, dict[ItemId, Item]] = {}
        self._versions: dict[int, int] = {}

    async def run(self, steps: tuple[Step, ...]) -> None:
        """Carry out all steps, one after the other."""
        for number, step in enumerate(steps):
            await self._do(number, step)

    # -- parts ---------------------------------------------------------------------------------------------------------

    async def _do(self, number: int, step: Step) -> None:
        if step.kind == "read":
            await self._read(step.char_id)
        elif step.kind == "open":
            await self._ask(lambda at: at.orchestrator.init_session(step.char_id))
        elif step.kind == "close":
            await self._ask(lambda at: at.orchestrator.close_session(step.char_id))
        elif step.kind == "flush":
            await self._ask(lambda at: at.orchestrator.flush_session(step.char_id))
        elif step.kind == "again":
            if self.attempts:
                earlier = self.attempts[step.number % len(self.attempts)]
                await self._act(earlier.key, earlier.char_id, earlier.operations, step)
        else:
            operations = self._operations(step)
            if operations:
                key = f"{self.number}-{number}-{step.kind}"
                taps = [self._act(key, step.char_id, operations, step) for _ in range(1 + step.tapped_twice)]
                await asyncio.gather(*taps)

    def _operations(self, step: Step) -> tuple[Operation, ...]:
        amount, items = step.number, list(self._items.get(step.char_id, {}).values())
        match step.kind:
            case "gold":
                return (AdjustWallet(resource="gold", amount=amount),)
            case "spend":
                return (AdjustWallet(resource="gold", amount=-amount), Grant(definition="healing_potion"))
            case "ore" | "preview":
                return (Grant(definition="iron_ore", quantity=amount),)
            case "smelt":
                return (Consume(definition="iron_ore", quantity=amount),)
            case "sword":
                return (Grant(definition="iron_sword"),)
        if not items:
            return ()
        item = items[amount % len(items)]
        match step.kind:
            case "equip":
                return (Unequip(item_id=item.id) if item.slot else Equip(item_id=item.id),)
            case "move":
                return (Move(item_id=item.id, container="bag", position=amount),)
            case "split":
                return (Split(item_id=item.id, quantity=1 + amount % 3),)
        return (Drop(item_id=item.id),)

    async def _act(self, key: str, char_id: int, operations: tuple[Operation, ...], step: Step) -> None:
        if step.kind == "preview":
            await self._quietly(self._client.act(char_id, *operations, key=key, dry_run=True))
            return
        attempt = Attempt(self.number, key, char_id, operations, step.durable, self._event())
        self.attempts.append(attempt)
        try:
            attempt.reply = await self._client.act(
                char_id,
                *operations,
                key=key,
                expected_version=self._versions.get(char_id) if step.expects_version else None,
                durability="durable" if step.durable else "session",
            )
            self._learn(char_id, attempt.reply)
        except SatchelError as error:
            attempt.code = error.code
            attempt.refused = isinstance(error, Refusal | BadRequest)
        attempt.answered = self._event()

    def _learn(self, char_id: int, reply: ActionReply) -> None:
        items = self._items.setdefault(char_id, {})
        self._versions[char_id] = reply.version
        for change in reply.changes:
            if change.after is not None:
                items[change.item] = change.after
            else:
                items.pop(change.item, None)

    async def _read(self, char_id: int) -> None:
        asked = self._event()

        async def look(at: Process) -> Read:
            session = await at.orchestrator.init_session(HolderId(char_id))
            # As the API does it: what is shown is taken at once, before anything else may happen to it.
            return Read(char_id, asked, session.version, session.h, dict(session.wallet), dict(session.items))

        read = await self._ask(look)
        if isinstance(read, Read):
            self.reads.append(read)
            self._items[char_id] = dict(read.items)
            self._versions[char_id] = read.version

    async def _ask(self, work: Work) -> object:
        for _ in range(TRIES):
            try:
                return await self._transport.ask(work)
            except SatchelError as error:
                if not error.retryable:
                    return None
            await asyncio.sleep(0.1)
        return None

    async def _quietly(self, work: "asyncio.Future[ActionReply] | object") -> None:
        try:
            await work  # type: ignore[misc]  # a coroutine
        except SatchelError:
            return
