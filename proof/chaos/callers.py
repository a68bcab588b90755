"""The clients of a chaos run: double taps, retries, replays and hang-ups; they note what they saw."""

import asyncio
import random
import time
from collections import Counter

import msgspec

from proof.chaos.http_client import Wire, WireBroken
from proof.chaos.wishes import Sight
from proof.checker.history import Attempt, Outcome
from satchel.api.requests import RequestDecoder
from satchel.errors import ERRORS, Refusal
from satchel.inventory.actions import Operation
from satchel.inventory.book import BUILT_IN
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.item import new_item_id
from satchel.inventory.reads.reply import ActionReply
from satchel.inventory.reads.whole import InventoryView

__all__ = ["Habits", "Load"]

ALONE = RequestDecoder(BUILT_IN).alone
_encode = msgspec.json.Encoder().encode
_reply = msgspec.json.Decoder(ActionReply).decode
_view = msgspec.json.Decoder(InventoryView).decode


class Habits(msgspec.Struct, frozen=True):
    """How clients behave, as chances per request. `retries_max` is how often one asks again with the same key."""

    clients: int = 24
    read: float = 0.08
    double_tap: float = 0.05
    replay: float = 0.03
    hang_up: float = 0.01
    durable: float = 0.03
    close: float = 0.004
    give_up: float = 0.2
    retries_max: int = 12
    timeout_s: float = 6.0
    pause_s: float = 0.0


class Load:
    """Runs the clients and keeps their histories.

    Args:
        ports: Where APIs listen.
        token: The service token.
        catalogue: What there is.
        dice: Chooses.
        habits: How clients behave.

    Attributes:
        attempts: Everything that was asked since the last `take`.
        codes: How often each error was told.
        acknowledged_ns: When an action of a character was acknowledged last that had been asked for at that time; see
            `acknowledged_since`.
    """

    def __init__(
        self, ports: list[int], token: str, catalogue: Catalogue, dice: random.Random, habits: Habits | None = None
    ) -> None:
        self.habits = habits or Habits()
        self.attempts: list[Attempt] = []
        self.codes: Counter[str] = Counter()
        self.acknowledged: dict[int, int] = {}
        self.sights: dict[int, Sight] = {}
        self._weights: list[float] = []
        self._catalogue = catalogue
        self._dice = dice
        self._ports = ports
        self._token = token
        self._keys = 0
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []
        self._progress = asyncio.Event()

    # -- running -------------------------------------------------------------------------------------------------------

    def populate(self, char_ids: list[int]) -> None:
        """Say which characters are played; the first ones are hot, the last ones rarely touched."""
        self.sights = {
            char_id: self.sights.get(char_id) or Sight(char_id, self._catalogue, self._dice) for char_id in char_ids
        }
        self._weights = [1.0 / (rank + 1) ** 0.7 for rank in range(len(char_ids))]

    def start(self) -> None:
        """Let the clients loose."""
        self._stopping = False
        self._tasks = [asyncio.create_task(self._client(number)) for number in range(self.habits.clients)]

    async def stop(self) -> None:
        """Let every client finish what it is at."""
        self._stopping = True
        await asyncio.gather(*self._tasks)
        self._tasks = []

    def take(self) -> list[Attempt]:
        """Hand over what was noted."""
        attempts, self.attempts = self.attempts, []
        return attempts

    async def acknowledged_since(self, char_ids: list[int], moment_ns: int, timeout_s: float) -> bool:
        """Wait until every one of these characters had an action acknowledged that was asked for after a moment."""
        try:
            async with asyncio.timeout(timeout_s):
                while any(self.acknowledged.get(char_id, 0) < moment_ns for char_id in char_ids):
                    self._progress.clear()
                    await self._progress.wait()
        except TimeoutError:
            return False
        return True

    # -- one client ----------------------------------------------------------------------------------------------------

    async def _client(self, number: int) -> None:
        wires = [Wire(port, self._token, self.habits.timeout_s) for port in self._ports]
        earlier: list[tuple[int, str, tuple[Operation, ...], bool]] = []
        try:
            while not self._stopping:
                await self._one_step(wires, number, earlier)
                if self.habits.pause_s:
                    await asyncio.sleep(self._dice.random() * self.habits.pause_s)
        finally:
            for wire in wires:
                wire.close()

    async def _one_step(
        self, wires: list[Wire], number: int, earlier: list[tuple[int, str, tuple[Operation, ...], bool]]
    ) -> None:
        dice, habits = self._dice, self.habits
        (char_id,) = dice.choices(list(self.sights), self._weights)
        wire = wires[number % len(wires)] if dice.random() < 0.7 else dice.choice(wires)
        roll = dice.random()
        if roll < habits.read:
            await self._read(wire, char_id)
        elif roll < habits.read + habits.close:
            await self._close(wire, char_id)
        elif earlier and roll < habits.read + habits.close + habits.replay:
            await self._insist(wires, *dice.choice(earlier))
        else:
            durable = dice.random() < habits.durable
            asked = (char_id, self._new_key(number), self.sights[char_id].wish(), durable)
            if dice.random() < habits.double_tap:
                extra = Wire(dice.choice(self._ports), self._token, habits.timeout_s)
                try:
                    await asyncio.gather(self._insist(wires, *asked), self._act(extra, *asked))
                finally:
                    extra.close()
            else:
                await self._insist(wires, *asked)
            earlier.append(asked)
            del earlier[:-20]

    async def _insist(
        self, wires: list[Wire], char_id: int, key: str, operations: tuple[Operation, ...], durable: bool
    ) -> None:
        """Ask, and ask again with the same key while the outcome is unknown."""
        for attempt in range(self.habits.retries_max):
            outcome = await self._act(self._dice.choice(wires), char_id, key, operations, durable)
            if outcome in ("ok", "refused") or (outcome == "unknown" and self._dice.random() < self.habits.give_up):
                return
            if self._stopping and attempt:
                return
            await asyncio.sleep(min(1.0, 0.02 * 2**attempt) * self._dice.random())

    async def _act(
        self, wire: Wire, char_id: int, key: str, operations: tuple[Operation, ...], durable: bool
    ) -> Outcome:
        body = _body(char_id, operations, durable)
        hang_up = self._dice.random() < self.habits.hang_up
        invoked = time.monotonic_ns()
        reply, code = None, ""
        try:
            status, answer = await wire.request("POST", "/inventory/action", body, key, hang_up=hang_up)
        except WireBroken:
            outcome: Outcome = "unknown"
        else:
            if status == 200:
                reply, outcome = _reply(answer), "ok"
            else:
                outcome, code = _judge(answer)
                self.codes[code] += 1
        answered = time.monotonic_ns()
        attempt = Attempt(char_id, key, operations, invoked, answered, outcome, reply=reply, code=code, durable=durable)
        self.attempts.append(attempt)
        if reply is not None:
            self.sights[char_id].learn(reply) if char_id in self.sights else None
            self._note_progress(char_id, invoked)
        return outcome

    async def _read(self, wire: Wire, char_id: int) -> None:
        invoked = time.monotonic_ns()
        try:
            status, answer = await wire.request("GET", f"/inventory/{char_id}")
        except WireBroken:
            return
        if status == 200:
            view = _view(answer)
            self.sights[char_id].look(view)
            now = time.monotonic_ns()
            self.attempts.append(Attempt(char_id, "", (), invoked, now, "ok", view=view))
        else:
            self.codes[_judge(answer)[1]] += 1

    async def _close(self, wire: Wire, char_id: int) -> None:
        try:
            await wire.request("DELETE", f"/inventory/{char_id}/session")
        except WireBroken:
            return

    def _note_progress(self, char_id: int, invoked_ns: int) -> None:
        if invoked_ns > self.acknowledged.get(char_id, 0):
            self.acknowledged[char_id] = invoked_ns
            self._progress.set()

    def _new_key(self, number: int) -> str:
        self._keys += 1
        return new_item_id(time.time_ns() // 1_000_000, f"{id(self)}:{number}:{self._keys}", self._keys & 0xFFF)


def _body(char_id: int, operations: tuple[Operation, ...], durable: bool) -> bytes:
    options = {"char_id": char_id, "durability": "durable"} if durable else {"char_id": char_id}
    if len(operations) > 1:
        return _encode({**options, "operations": operations})
    (operation,) = operations
    flat = ALONE[type(operation)]
    fields = {name: getattr(operation, name) for name in operation.__struct_fields__}
    return _encode(flat(**fields, **options))


def _judge(answer: bytes) -> tuple[Outcome, str]:
    """What a problem document says about the outcome."""
    try:
        code = str(msgspec.json.decode(answer)["code"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return "unknown", "no_problem_document"
    error = ERRORS.get(code)
    if error is not None and issubclass(error, Refusal):
        return "refused", code
    if code in ("rate_limited", "quarantined", "idempotency_key_reused") or (error is not None and error.status == 400):
        return "not_done", code
    return "unknown", code
