"""One API on real engines, one bot on one Bot API for all tests of the bot; each test has people of its own."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import msgspec
import pytest

from satchel.bot.main import run_bot
from satchel.bot.settings import BotSettings
from satchel.client import InventoryClient
from satchel.runtime.config import Settings
from satchel.testing.telegram import FakeTelegram
from tests.acceptance.bot.bot_stage import TOKEN, ApiHost, Stage


@pytest.fixture(scope="session")
async def bot_dsn(postgres_server_dsn: str, schema_dsn: str) -> AsyncIterator[str]:
    """The vault of these tests."""
    name = f"satchel_bot_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(postgres_server_dsn)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {schema_dsn}")
    head, _, options = postgres_server_dsn.partition("?")
    yield f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{options}" if options else "")
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture(scope="session")
async def host(bot_dsn: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ApiHost]:
    """The API."""
    settings = Settings(
        data_dir=str(tmp_path_factory.mktemp("bot")), namespace=f"bot-{secrets.token_hex(6)}", service_token=TOKEN
    )
    host = ApiHost(settings, bot_dsn, redis_url)
    await host.start()
    yield host
    await host.stop()


@asynccontextmanager
async def acting(host: ApiHost, *, demo: bool = True) -> AsyncIterator[Stage]:
    """Run the bot on a Bot API of its own."""
    async with FakeTelegram() as telegram, InventoryClient.over_http(host.url, TOKEN) as client:
        settings = BotSettings(token=telegram.token, api_url=telegram.url, demo=demo)
        stop = asyncio.Event()
        bot = asyncio.create_task(
            run_bot(settings, client, stop=stop, on_ready=lambda parts, _: telegram.watch(parts.dispatcher))
        )
        try:
            yield Stage(telegram, client)
        finally:
            stop.set()
            await bot


@pytest.fixture(scope="session")
async def troupe(host: ApiHost) -> AsyncIterator[Stage]:
    """One bot of a demo deployment for all tests: each has people of its own."""
    async with acting(host) as stage:
        yield stage


@pytest.fixture
async def rough_stage(troupe: Stage) -> AsyncIterator[Stage]:
    """The bot, for tests in which Telegram has to refuse something."""
    troupe.telegram.calls.clear()
    yield troupe
    troupe.telegram.flood.limit(0, 0)


@pytest.fixture
async def stage(rough_stage: Stage) -> AsyncIterator[Stage]:
    """The bot, and at the end the proof that it kept to Telegram's rules."""
    waiting = len(rough_stage.telegram.unanswered)
    yield rough_stage
    refused = [str(call.refusal) for call in rough_stage.telegram.refused]
    # A tap that changes nothing is drawn all the same, and Telegram says so; that is no mistake.
    assert [text for text in refused if "message is not modified" not in text] == []
    assert rough_stage.telegram.unanswered[waiting:] == []


@pytest.fixture
def own_settings(tmp_path: Path) -> Settings:
    """Settings of an API that a test may hurt."""
    return msgspec.structs.replace(
        Settings(data_dir=str(tmp_path), service_token=TOKEN), namespace=f"bot-{secrets.token_hex(6)}"
    )


@pytest.fixture
async def own_host(own_settings: Settings, vault_dsn: str, redis_url: str) -> AsyncIterator[ApiHost]:
    """An API that a test may stop and start."""
    host = ApiHost(own_settings, vault_dsn, redis_url)
    await host.start()
    yield host
    await host.stop()
