"""Read-only queries for the tools of operators: audit, history, quarantine and restore."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg
import msgspec

from satchel.errors import CharacterNotFound, VaultUnavailable
from satchel.ids import HolderId
from satchel.inventory.item import Item, ItemId
from satchel.ports import LedgerEntry, VaultState
from satchel.vault.postgres import PASSING_ERRORS
from satchel.vault.queries import INSPECTION
from satchel.vault.rows import character_of_row, entry_of_row, head_of_row, item_of_row

__all__ = ["Aside", "DeadLetter", "ForkedAction", "QuarantineRow", "VaultInspection", "View"]

ROWS_AT_ONCE = 500
"""How many ledger rows are kept in memory at once."""


class QuarantineRow(msgspec.Struct, frozen=True):
    """A character that may not act, or that has dead letters or forked actions."""

    char_id: HolderId
    name: str
    owner: str
    version: int
    reason: str
    dead_letters: int
    forked_actions: int


class DeadLetter(msgspec.Struct, frozen=True):
    """Saves that the vault refused for good."""

    id: int
    at: datetime
    epoch: int
    base_version: int
    version: int
    reason: str
    records_json: str


class ForkedAction(msgspec.Struct, frozen=True):
    """A save of a history that lost; `in_ledger` says whether the ledger has the very same save."""

    id: int
    at: datetime
    epoch: int
    version: int
    h: str
    record_json: str
    in_ledger: bool


class Aside(msgspec.Struct, frozen=True):
    """Counts of everything that was set aside."""

    dead_letters: int
    forked_actions: int
    quarantined: int


class View:
    """Reads the vault as it was at one moment, so that everything fits together."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection

    async def states(self, above: int, limit: int) -> list[VaultState]:
        """Read the next characters above an id, without their history."""
        return await self._with_contents(await self._connection.fetch(INSPECTION["page_of_heads"], above, limit))

    async def state(self, char_id: HolderId) -> VaultState:
        """Read one character, without its history.

        Raises:
            CharacterNotFound: The vault has no such character.
        """
        states = await self._with_contents(await self._connection.fetch(INSPECTION["head"], char_id))
        if not states:
            raise CharacterNotFound(char_id=char_id)
        return states[0]

    async def ledger(self, above: Mapping[HolderId, int]) -> AsyncIterator[LedgerEntry]:
        """Read ledgers, one character after the other, oldest rows first; a few hundred rows are in memory at once.

        Args:
            above: Characters to versions; rows above the version are read.
        """
        characters, versions = list(above), list(above.values())
        async for row in self._connection.cursor(INSPECTION["ledger_of"], characters, versions, prefetch=ROWS_AT_ONCE):
            yield entry_of_row(row)

    async def _with_contents(self, heads: Sequence[asyncpg.Record]) -> list[VaultState]:
        ids = [head["char_id"] for head in heads]
        items: dict[HolderId, list[Item]] = {char_id: [] for char_id in ids}
        wallets: dict[HolderId, dict[str, int]] = {char_id: {} for char_id in ids}
        for row in await self._connection.fetch(INSPECTION["items_of"], ids):
            items[row["char_id"]].append(item_of_row(row))
        for char_id, resource, amount in await self._connection.fetch(INSPECTION["balances_of"], ids):
            wallets[char_id][resource] = amount
        return [
            VaultState(
                char_id=head["char_id"],
                head=head_of_row(head),
                character=character_of_row(head),
                items=tuple(items[head["char_id"]]),
                wallet=wallets[head["char_id"]],
                quarantine=head["quarantine"],
            )
            for head in heads
        ]


class VaultInspection:
    """Reads the vault for operators, on a connection of its own.

    Args:
        connection: Made by `open`.
    """

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection

    @classmethod
    @asynccontextmanager
    async def open(cls, dsn: str, timeout_s: float = 10.0) -> "AsyncIterator[VaultInspection]":
        """Connect, and close at the end.

        Raises:
            VaultUnavailable: The vault is away, now or at any later query.
        """
        try:
            connection = await asyncpg.connect(dsn, timeout=timeout_s, server_settings={"application_name": "satchel"})
            try:
                yield cls(connection)
            finally:
                await connection.close(timeout=timeout_s)
        except PASSING_ERRORS as error:
            raise VaultUnavailable(reason=f"{type(error).__name__}: {error}") from error

    @asynccontextmanager
    async def view(self) -> AsyncIterator[View]:
        """Open a view of the present moment: one transaction that sees no later change."""
        async with self._connection.transaction(isolation="repeatable_read", readonly=True):
            yield View(self._connection)

    async def count_characters(self) -> int:
        """Count the characters."""
        return int(await self._connection.fetchval(INSPECTION["count_characters"]))

    async def owners(self, item_ids: Sequence[ItemId]) -> dict[ItemId, HolderId]:
        """Find the owners of items; items that do not exist are left out."""
        found = await self._connection.fetch(INSPECTION["owners_of"], list(item_ids))
        return {ItemId(row[0]): row[1] for row in found}

    async def lineage(self, item_id: str) -> list[LedgerEntry]:
        """Find every ledger row of any character that touched an item, oldest first; reads the whole ledger."""
        return [entry_of_row(row) for row in await self._connection.fetch(INSPECTION["lineage"], item_id)]

    async def version_at(self, char_id: HolderId, at: datetime) -> int:
        """Find the version of a character at a moment; 0 before its first save."""
        return await self._connection.fetchval(INSPECTION["version_at"], char_id, at) or 0

    async def quarantined(self, with_aside: bool = False) -> list[QuarantineRow]:
        """List characters that may not act; `with_aside` adds those with dead letters or forked actions."""
        found = await self._connection.fetch(INSPECTION["quarantined"], with_aside)
        return [QuarantineRow(*row) for row in found]

    async def dead_letters(self, char_id: HolderId) -> list[DeadLetter]:
        """List saves that the vault refused for good, oldest first."""
        return [DeadLetter(*row) for row in await self._connection.fetch(INSPECTION["dead_letters_of"], char_id)]

    async def forked_actions(self, char_id: HolderId) -> list[ForkedAction]:
        """List saves of histories that lost, oldest first."""
        return [ForkedAction(*row) for row in await self._connection.fetch(INSPECTION["forked_actions_of"], char_id)]

    async def aside(self) -> Aside:
        """Count everything that was set aside."""
        (row,) = await self._connection.fetch(INSPECTION["count_aside"])
        return Aside(*row)
