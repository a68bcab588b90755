"""The durable copy of every inventory, in PostgreSQL."""

from satchel.vault.postgres import PostgresVault
from satchel.vault.schema import check_schema, upgrade_schema

__all__ = ["PostgresVault", "check_schema", "upgrade_schema"]
