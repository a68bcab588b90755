"""Connections to the vault that end at any moment: callers are told that it is away, and nothing else."""

import asyncio

import asyncpg

from satchel.errors import VaultUnavailable
from satchel.ids import HolderId
from satchel.vault import PostgresVault
from tests.builders import HERO

END_OTHERS = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


async def test_connections_that_end_in_mid_statement_are_told_as_an_outage(vault_dsn: str) -> None:
    vault, killer = PostgresVault(vault_dsn), await asyncpg.connect(vault_dsn)
    await vault.create_character(HolderId(1), HERO)
    outages = 0

    async def read(times: int) -> None:
        nonlocal outages
        for _ in range(times):
            try:
                await vault.read_epoch(HolderId(1))
            except VaultUnavailable:
                outages += 1

    reading = [asyncio.create_task(read(60)) for _ in range(8)]
    while not all(task.done() for task in reading):
        await killer.execute(END_OTHERS)
        await asyncio.wait(reading, timeout=0.003, return_when=asyncio.FIRST_EXCEPTION)
    await asyncio.gather(*reading)
    await vault.close()
    await killer.close()

    assert outages
