"""The vault on asyncpg.

Statements per call: `open_epoch` and `read_state` take 4. `push` takes 3 to 9, whatever the size of the batch. Each
other call takes 1.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
import msgspec

from satchel.errors import CharacterNotFound, InvariantBroken, MalformedAction, PushRejected, VaultUnavailable
from satchel.failpoints import reach
from satchel.ids import HolderId
from satchel.inventory.character import Character, CharacterEntry
from satchel.inventory.record import GENESIS, SealedRecord
from satchel.ports import ActionMark, LedgerEntry, PushOutcome, PushStatus, Snapshot, VaultState
from satchel.vault.push import PushBatch, classify, write
from satchel.vault.queries import QUERIES
from satchel.vault.rows import character_of_row, character_row, entry_of_row, head_of_row, item_of_row, json_text

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

__all__ = ["PASSING_ERRORS", "PostgresVault"]

DATA_ERRORS = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
"""The vault refuses the data; another try would fail in the same way."""

PASSING_ERRORS = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the connection ended in the middle of a protocol exchange
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.LockNotAvailableError,
    asyncpg.PostgresSystemError,
    asyncpg.InternalServerError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.UndefinedTableError,
)
"""The vault is away or cannot write now. Whether a transaction was committed is unknown."""


class PostgresVault:
    """Keeps inventories in PostgreSQL.

    Args:
        dsn: As asyncpg reads it.
        connections_max: Size of the pool.
        timeout_s: Longest wait for a connection and for each statement.
    """

    def __init__(self, dsn: str, *, connections_max: int = 8, timeout_s: float = 10.0) -> None:
        self._dsn = dsn
        self._connections_max = connections_max
        self.timeout_s = timeout_s
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()

    async def close(self) -> None:
        """Close all connections."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            try:
                await asyncio.wait_for(pool.close(), self.timeout_s)
            except TimeoutError:
                pool.terminate()

    # -- characters ----------------------------------------------------------------------------------------------------

    async def create_character(self, char_id: HolderId, character: Character) -> bool:
        """See `ports.Vault`."""
        try:
            async with self._connection() as connection:
                made = await connection.fetchval(
                    QUERIES["create_character"],
                    *character_row(char_id, character),
                    GENESIS,
                    timeout=self.timeout_s,
                )
        except PushRejected as error:
            raise MalformedAction(reason=f"the vault cannot keep this character: {error.data['reason']}") from error
        return made is not None

    async def find_characters(self, owner: str) -> list[CharacterEntry]:
        """See `ports.Vault`."""
        async with self._connection() as connection:
            found = await connection.fetch(QUERIES["find_characters"], owner, timeout=self.timeout_s)
        return [CharacterEntry(*row) for row in found]

    async def open_epoch(
        self, char_id: HolderId, recent_max: int, marks_max: int, *, epoch_floor: int = 0
    ) -> VaultState:
        """See `ports.Vault`."""
        async with self._connection() as connection, connection.transaction():
            head = await connection.fetchrow(QUERIES["open_epoch"], char_id, epoch_floor, timeout=self.timeout_s)
            reach("epoch.after_raise")
            state = await self._read_rest(connection, char_id, head, recent_max, marks_max)
            reach("epoch.before_commit")
        return state

    async def read_epoch(self, char_id: HolderId) -> int:
        """See `ports.Vault`."""
        return int(await self._value("read_epoch", char_id) or 0)

    async def read_state(self, char_id: HolderId) -> VaultState:
        """See `ports.Vault`."""
        async with self._connection() as connection, connection.transaction(isolation="repeatable_read"):
            head = await connection.fetchrow(QUERIES["read_character"], char_id, timeout=self.timeout_s)
            return await self._read_rest(connection, char_id, head, 0, 0)

    # -- saving --------------------------------------------------------------------------------------------------------

    async def push(self, snapshots: Sequence[Snapshot]) -> list[PushOutcome]:
        """See `ports.Vault`."""
        ids = [snapshot.char_id for snapshot in snapshots]
        if len(set(ids)) != len(ids):
            raise InvariantBroken(reason="a batch has a character twice")
        async with self._connection() as connection, connection.transaction():
            reach("push.after_begin")
            found = await connection.fetch(QUERIES["fence"], sorted(ids), timeout=self.timeout_s)
            reach("push.after_fence")
            held = {row["char_id"]: head_of_row(row) for row in found}
            batch, outcomes = PushBatch(), []
            for snapshot in snapshots:
                outcome, records = classify(snapshot, held.get(snapshot.char_id))
                if outcome.status == PushStatus.PUSHED:
                    batch.add(snapshot, held[snapshot.char_id], records)
                outcomes.append(outcome)
            if batch.heads:
                await write(connection, batch, self.timeout_s)
            reach("push.before_commit")
        reach("push.after_commit")
        return outcomes

    async def knows_action(self, char_id: HolderId, action_id: str) -> bool:
        """See `ports.Vault`."""
        return bool(await self._value("knows_action", char_id, action_id))

    async def quarantine(self, char_id: HolderId, reason: str | None) -> None:
        """See `ports.Vault`."""
        await self._execute("set_quarantine", char_id, reason)

    async def dead_letter(self, snapshot: Snapshot, reason: str) -> None:
        """See `ports.Vault`."""
        records = b"[" + b",".join(record.json for record in snapshot.records) + b"]"
        try:
            msgspec.json.decode(records)
            text = records.decode()
        except msgspec.DecodeError:
            # What is not JSON is kept as one JSON string, because the column takes nothing else.
            text = json_text(records.decode("utf-8", "backslashreplace"))
        await self._execute(
            "dead_letter",
            snapshot.char_id,
            snapshot.epoch,
            snapshot.base_version,
            snapshot.head.version,
            reason,
            text,
        )

    async def keep_fork(self, char_id: HolderId, epoch: int, records: Sequence[SealedRecord]) -> None:
        """See `ports.Vault`."""
        versions, heads = [record.version for record in records], [record.h for record in records]
        await self._execute("keep_fork", char_id, epoch, versions, heads, [record.json.decode() for record in records])

    # -- looking -------------------------------------------------------------------------------------------------------

    async def read_ledger(self, char_id: HolderId, before_version: int, limit: int) -> list[LedgerEntry]:
        """See `ports.Vault`."""
        async with self._connection() as connection:
            found = await connection.fetch(
                QUERIES["read_ledger"], char_id, before_version, limit, timeout=self.timeout_s
            )
        return [entry_of_row(row) for row in found]

    async def ping(self) -> None:
        """See `ports.Vault`."""
        await self._value("ping")

    async def deployment(self) -> str:
        """Read the id that the first migration gave this vault."""
        return str(await self._value("deployment"))

    async def settings_problems(self) -> list[str]:
        """List the server's settings under which the promise does not hold; empty when all is well."""
        async with self._connection() as connection:
            (found,) = await connection.fetch(QUERIES["settings"], timeout=self.timeout_s)
        problems = []
        if not 150_000 <= found["version"] < 190_000:
            problems.append(f"PostgreSQL {found['version'] // 10_000} is not supported; use 15 to 18")
        if found["sync"] not in ("on", "remote_apply", "remote_write", "local"):
            problems.append("synchronous_commit is off: a crash of PostgreSQL would lose pushed saves; set it on")
        if found["fsync"] != "on":
            problems.append("fsync is off: a crash of the machine would corrupt the vault; set it on")
        if found["encoding"] != "UTF8":
            problems.append(f"the database's encoding is {found['encoding']}; create it with UTF8")
        return problems

    # -- parts ---------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator["PoolConnectionProxy"]:
        """Lend a connection of the pool, and translate the driver's errors."""
        try:
            pool = self._pool or await self._open_pool()
            async with pool.acquire(timeout=self.timeout_s) as connection:
                yield connection
        except DATA_ERRORS as error:
            constraint = getattr(error, "constraint_name", None)
            raise PushRejected(reason=str(error), constraint=constraint) from error
        except PASSING_ERRORS as error:
            raise VaultUnavailable(reason=f"{type(error).__name__}: {error}") from error

    async def _open_pool(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                reach("pool.before_open")
                self._pool = await asyncpg.create_pool(
                    self._dsn,
                    min_size=0,
                    max_size=self._connections_max,
                    timeout=self.timeout_s,
                    command_timeout=self.timeout_s,
                    server_settings={"application_name": "satchel"},
                )
            return self._pool

    async def _value(self, name: str, *arguments: object) -> int | str | None:
        async with self._connection() as connection:
            found: int | str | None = await connection.fetchval(QUERIES[name], *arguments, timeout=self.timeout_s)
            return found

    async def _execute(self, name: str, *arguments: object) -> None:
        async with self._connection() as connection:
            await connection.execute(QUERIES[name], *arguments, timeout=self.timeout_s)

    async def _read_rest(
        self,
        connection: "PoolConnectionProxy",
        char_id: HolderId,
        head: asyncpg.Record | None,
        recent_max: int,
        marks_max: int,
    ) -> VaultState:
        if head is None:
            raise CharacterNotFound(char_id=char_id)
        items = await connection.fetch(QUERIES["read_items"], char_id, timeout=self.timeout_s)
        balances = await connection.fetch(QUERIES["read_balances"], char_id, timeout=self.timeout_s)
        newest_first = await connection.fetch(
            QUERIES["read_recent"], char_id, recent_max, marks_max, timeout=self.timeout_s
        )
        recent = newest_first[::-1]
        return VaultState(
            char_id=char_id,
            head=head_of_row(head),
            character=character_of_row(head),
            items=tuple(item_of_row(row) for row in items),
            wallet={row[0]: row[1] for row in balances},
            recent=tuple(SealedRecord(row[0], row[1], row[3].encode()) for row in recent if row[3] is not None),
            marks=tuple(ActionMark(row[2], row[0]) for row in recent),
            quarantine=head["quarantine"],
        )
