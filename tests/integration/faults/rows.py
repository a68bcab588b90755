"""What the vault holds, to be compared."""

from typing import Any

import asyncpg

__all__ = ["Rows", "fetch", "vault_rows"]

Rows = dict[str, list[tuple[Any, ...]]]

TABLES = {
    "inventory": "char_id, owner, name, level, version, h, quarantine",
    "item": "uid, char_id, definition, quantity, container, position, slot, locked",
    "balance": "char_id, resource, amount",
    "ledger": "char_id, version, h, action_id",
}


async def fetch(dsn: str, query: str, *arguments: object) -> list[tuple[Any, ...]]:
    """Ask the vault behind the engine's back."""
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(query, *arguments)]
    finally:
        await connection.close()


async def vault_rows(dsn: str) -> Rows:
    """Every row that makes an inventory, in a fixed order; epochs and times are left out."""
    return {
        table: await fetch(dsn, f"SELECT {columns} FROM satchel.{table} ORDER BY {columns}")  # noqa: S608 - our names
        for table, columns in TABLES.items()
    }
