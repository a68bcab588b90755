"""The same tests on the fakes of `satchel.testing` and on real servers: it is here that the two are held equal."""

import secrets
from collections.abc import AsyncIterator

import pytest

from satchel.ports import Vault
from satchel.session.redis import Address, Redis, RedisNode
from satchel.testing import FakeRedis, FakeServer, FakeVault
from satchel.vault import PostgresVault
from tests.contract.contract_stage import HookedVault, Stage
from tests.contract.router import Router

ENGINES = ("fake", "real")


@pytest.fixture(params=(*ENGINES, "routed"))
def redis_pair(request: pytest.FixtureRequest) -> tuple[Redis, Redis]:
    """Two processes' ways to one Redis; a routed one is of two servers."""
    if request.param == "routed":
        servers = FakeServer(), FakeServer()
        return Router(*map(FakeRedis, servers)), Router(*map(FakeRedis, servers))
    if request.param == "fake":
        server = FakeServer()
        return FakeRedis(server), FakeRedis(server)
    address = Address.parse(request.getfixturevalue("redis_url"))
    return RedisNode(address), RedisNode(address)


@pytest.fixture(params=ENGINES)
def vault_place(request: pytest.FixtureRequest) -> str:
    """Where the vault is; empty for the fake one."""
    return "" if request.param == "fake" else str(request.getfixturevalue("vault_dsn"))


@pytest.fixture
async def vault(vault_place: str) -> AsyncIterator[Vault]:
    """An empty vault."""
    if not vault_place:
        yield FakeVault()
        return
    opened = PostgresVault(vault_place)
    yield opened
    await opened.close()


@pytest.fixture
async def stage(redis_pair: tuple[Redis, Redis]) -> AsyncIterator[Stage]:
    """Two processes on one Redis; the vault behind them is a fake, whose own tests hold it equal to the real one."""
    yield Stage(*redis_pair, HookedVault(), f"contract-{secrets.token_hex(6)}")
    for redis in redis_pair:
        redis.close()
