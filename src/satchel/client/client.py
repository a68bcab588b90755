"""The client: everything a game does with inventories."""

import asyncio
import os
import random
from collections import OrderedDict
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Literal, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from satchel.client.transport import NO_REFUSALS, Answer, HttpTransport, Refusals, Transport, decode_answer
from satchel.clock import Clock, clock_ms
from satchel.errors import SatchelError, SessionUnavailable
from satchel.inventory.actions import Operation
from satchel.inventory.character import Character, CharacterEntry
from satchel.inventory.facts import Fact
from satchel.inventory.item import new_item_id
from satchel.inventory.reads.bag import BagPage
from satchel.inventory.reads.card import ItemCard
from satchel.inventory.reads.characters import CharacterList
from satchel.inventory.reads.doll import Doll
from satchel.inventory.reads.history import HistoryPage
from satchel.inventory.reads.reply import ActionReply
from satchel.inventory.reads.wallet import WalletView
from satchel.inventory.reads.whole import CatalogueView, InventoryView
from satchel.inventory.request import make_request

__all__ = ["InventoryClient"]

Reply = TypeVar("Reply")
ATTEMPTS = 5
BACKOFF_S = 0.05
KEPT_MAX = 64
"""Most reads whose answers are kept, so that the API can say that they are still the present ones."""


class InventoryClient:
    """Everything a game does with inventories.

    Every action carries an idempotency key, so that trying again after a lost answer does it once. Errors are those of
    `satchel.errors`: a `Refusal` is for the player; what is `retryable` was tried 5 times already.

    A read that is made again sends the entity tag of the answer before; if nothing changed, the same object comes back
    and nothing is sent or decoded. Do not change what you get.

    Args:
        transport: `HttpTransport(url, token)` or `InProcessTransport(dispatcher, api, ...)`.
        owner: Act as this player, with no more rights than theirs.
        clock: Milliseconds since 1970; what the idempotency keys that are made here say.

    Example:
        async with InventoryClient.over_http("http://127.0.0.1:8080", token) as client:
            await client.put_character(1, Character(owner="tg:4711", name="Ann", level=12))
            granted = await client.act(1, Grant(definition="iron_sword"))
            sword = granted.changes[0].item

            player = client.acting_for("tg:4711")
            worn = await player.act(1, Equip(item_id=sword))
            assert worn.stats.modifiers["attack"] > 0
            try:
                await player.act(1, Equip(item_id=sword, slot="head"))
            except SlotIncompatible as refusal:
                assert "main_hand" in refusal.data["fits"]
    """

    def __init__(self, transport: Transport, owner: str | None = None, clock: Clock = clock_ms) -> None:
        self._transport = transport
        self._owner = owner
        self._clock = clock
        self._kept: OrderedDict[str, tuple[str, Any]] = OrderedDict()

    @classmethod
    def over_http(
        cls, url: str, token: str, owner: str | None = None, *, refusals: Refusals = NO_REFUSALS
    ) -> "InventoryClient":
        """Talk to an API somewhere else.

        Args:
            url: Where it is, e.g. `http://127.0.0.1:8080`.
            token: A service or player token.
            owner: Act as this player.
            refusals: A game's own refusals by code (`game.refusals`): those classes are raised again. Without them a
                refusal of a game is a `Refusal` with its code and data.
        """
        return cls(HttpTransport(url, token, refusals=refusals), owner)

    def acting_for(self, owner: str) -> "InventoryClient":
        """The same client, acting as a player; it shares the connections."""
        return InventoryClient(self._transport, owner, self._clock)

    async def __aenter__(self) -> "InventoryClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of connections."""
        await self._transport.close()

    # -- actions -------------------------------------------------------------------------------------------------------

    async def act(
        self,
        char_id: int,
        *operations: Operation,
        key: str | None = None,
        expected_version: int | None = None,
        dry_run: bool = False,
        durability: Literal["session", "durable"] = "session",
        facts: Mapping[str, Fact] | None = None,
    ) -> ActionReply:
        """Perform operations, all or nothing: `await client.act(1, Equip(item_id=sword))`.

        Args:
            char_id: On whose inventory.
            operations: What to do, up to 50.
            key: The idempotency key; made here if there is none. Give your own to make a retry of yours safe too.
            expected_version: Refuse unless the inventory is at this version.
            dry_run: Only tell what would happen, and every reason against it.
            durability: `durable` waits until PostgreSQL has it.
            facts: What the game knows and its vetoes may ask for; a service may tell them, a player's token may not.

        Raises:
            SatchelError: What the API answered, after up to 5 tries of what may pass.
        """
        options: dict[str, Any] = {"char_id": char_id, "dry_run": dry_run, "durability": durability}
        if expected_version is not None:
            options["expected_version"] = expected_version
        if facts is not None:
            options["facts"] = dict(facts)
        request = make_request(options, operations)
        if key is None:
            key = new_item_id(self._clock(), os.urandom(16).hex(), 0)
        for attempt in range(ATTEMPTS):
            try:
                return await self._transport.action(request, key, self._owner)
            except SatchelError as error:
                if not error.retryable or attempt == ATTEMPTS - 1:
                    raise
            await _back_off(attempt)
        raise SessionUnavailable(reason="out of tries")

    # -- characters and sessions ---------------------------------------------------------------------------------------

    async def put_character(self, char_id: int, character: Character) -> None:
        """Make a character, or change it."""
        await self._call("PUT", f"/characters/{char_id}", msgspec.json.encode(character))

    async def find_characters(self, owner: str) -> tuple[CharacterEntry, ...]:
        """The characters of a player, by id, with their level as the vault knows it; one SQL statement."""
        return (await self._get(_with_query("/characters", {"owner": owner}), CharacterList)).characters

    async def open_session(self, char_id: int) -> None:
        """Load the session ahead of the first action."""
        await self._call("POST", f"/inventory/{char_id}/session")

    async def close_session(self, char_id: int) -> None:
        """Flush the session and remove it."""
        await self._call("DELETE", f"/inventory/{char_id}/session")

    async def flush(self, char_id: int) -> None:
        """Bring PostgreSQL up to date."""
        await self._call("POST", f"/inventory/{char_id}/flush")

    async def keep_facts(self, char_id: int, facts: Mapping[str, Fact], for_s: int = 600) -> None:
        """Keep facts for the actions to come, in the place of those kept before; an empty mapping forgets them.

        Args:
            char_id: Whose actions.
            facts: What the game's vetoes and rules may ask for.
            for_s: After how many seconds they run out, up to a day.
        """
        body = msgspec.json.encode({"facts": dict(facts), "for_s": for_s})
        await self._call("PUT", f"/inventory/{char_id}/facts", body)

    # -- reads ---------------------------------------------------------------------------------------------------------

    async def get_inventory(self, char_id: int) -> InventoryView:
        """All of it."""
        return await self._get(f"/inventory/{char_id}", InventoryView)

    async def get_doll(self, char_id: int) -> Doll:
        """What is worn."""
        return await self._get(f"/inventory/{char_id}/doll", Doll)

    async def get_bag(self, char_id: int, **query: str | int) -> BagPage:
        """A page of the bag; the query's names are those of `GET /inventory/{char_id}/bag`."""
        return await self._get(_with_query(f"/inventory/{char_id}/bag", query), BagPage)

    async def get_item(self, char_id: int, item_id: str, lang: str = "en", slot: str | None = None) -> ItemCard:
        """The card of an item, compared with what is worn in the slot, or with what it would replace."""
        query = {"lang": lang} | ({"slot": slot} if slot is not None else {})
        return await self._get(_with_query(f"/inventory/{char_id}/items/{quote(item_id, safe='')}", query), ItemCard)

    async def get_wallet(self, char_id: int) -> WalletView:
        """All balances."""
        return await self._get(f"/inventory/{char_id}/wallet", WalletView)

    async def get_history(self, char_id: int, **query: int) -> HistoryPage:
        """Who did what, newest first; `before` and `limit` as for `GET /inventory/{char_id}/history`."""
        return await self._get(_with_query(f"/inventory/{char_id}/history", query), HistoryPage)

    async def get_catalogue(self) -> CatalogueView:
        """The rule set and all definitions."""
        return await self._get("/catalogue", CatalogueView)

    # -- parts ---------------------------------------------------------------------------------------------------------

    async def _get(self, path: str, type_: type[Reply]) -> Reply:
        etag, kept = self._kept.pop(path, ("", None))
        answer = await self._call("GET", path, headers={"If-None-Match": etag} if etag else {})
        found: Reply = kept if answer.status == 304 else decode_answer(answer, type_, self._transport.refusals)
        if answer.etag:
            self._kept[path] = (answer.etag, found)
            if len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        return found

    async def _call(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Make a request; all of them may be repeated: they are reads, or lead to the same state."""
        for attempt in range(ATTEMPTS):
            try:
                answer = await self._transport.call(method, path, body, self._owner, headers or {})
                if answer.status >= 400:
                    decode_answer(answer, object, self._transport.refusals)
                return answer
            except SatchelError as error:
                if not error.retryable or attempt == ATTEMPTS - 1:
                    raise
            await _back_off(attempt)
        raise SessionUnavailable(reason="out of tries")


async def _back_off(attempt: int) -> None:
    await asyncio.sleep(BACKOFF_S * 2**attempt * random.uniform(0.5, 1.0))  # noqa: S311 - jitter


def _with_query(path: str, query: Mapping[str, str | int]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
