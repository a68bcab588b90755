"""The bot as it is run: long polling, a webhook under the API, and beside `satchel up`."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
import pytest

from satchel.bot.main import BotParts, run_bot
from satchel.bot.settings import BotSettings
from satchel.cli.bot import bot_faces
from satchel.client import InventoryClient
from satchel.errors import BotTokenWrong
from satchel.runtime.app import Satchel, open_satchel
from satchel.runtime.config import Settings
from satchel.runtime.serve import listen, make_server, open_api
from satchel.testing.telegram import FakeTelegram
from tests.builders import Play

WRONG = "SATCHEL_BOT_TOKEN: Telegram does not know this token"
SECRET = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as opened:
        yield opened


def _settings(telegram: FakeTelegram) -> BotSettings:
    return BotSettings(token=telegram.token, api_url=telegram.url)


@asynccontextmanager
async def _polling(telegram: FakeTelegram, client: InventoryClient) -> AsyncIterator[None]:
    stop, ready = asyncio.Event(), asyncio.Event()

    def begin(parts: BotParts, _me: object) -> None:
        telegram.watch(parts.dispatcher)
        ready.set()

    running = asyncio.create_task(run_bot(_settings(telegram), client, stop=stop, on_ready=begin))
    async with asyncio.timeout(30):
        await ready.wait()
        yield
        stop.set()
        await running


async def test_polling_answers_commands_and_taps(telegram: FakeTelegram, client: InventoryClient, play: Play) -> None:
    sword = await play.grant("iron_sword")
    async with _polling(telegram, client):
        ann = telegram.user(1)
        await ann.send("/bag")
        await ann.tap("Wear")

        assert ann.alerts == ["Worn: Iron Sword"]
        assert len(ann.live) == 1
    assert (await play.session()).items[sword].slot == "main_hand"
    assert telegram.refused == []
    assert telegram.unanswered == []


async def test_the_menu_of_commands_is_set_in_both_languages(telegram: FakeTelegram, client: InventoryClient) -> None:
    async with _polling(telegram, client):
        pass

    menus = telegram.state.commands
    assert [entry["command"] for entry in menus[""]] == ["start", "gear", "bag", "find", "help"]
    assert [entry["description"] for entry in menus["ru"]][2] == "Ваша сумка"


async def test_a_webhook_left_over_from_before_gives_way_to_polling(
    telegram: FakeTelegram, client: InventoryClient, play: Play
) -> None:
    telegram.updates.set_webhook("https://old.example/hook", "old-secret-of-before")

    async with _polling(telegram, client):
        ann = telegram.user(1)
        await ann.send("/gear")
        assert "<b>Ann</b>" in ann.screen.html


@pytest.mark.parametrize("token", ["4200:another-token", "no token at all", "42"])
async def test_a_wrong_token_is_one_clear_error(telegram: FakeTelegram, client: InventoryClient, token: str) -> None:
    settings = msgspec.structs.replace(_settings(telegram), token=token)

    with pytest.raises(BotTokenWrong, match=WRONG) as caught:
        await run_bot(settings, client)

    assert token not in str(caught.value)


async def test_the_command_ends_with_one_line_when_the_token_is_wrong(telegram: FakeTelegram, tmp_path: Path) -> None:
    environment = {"SATCHEL_BOT_TOKEN": "4200:another-token", "SATCHEL_BOT_API_URL": telegram.url}

    process = await _command("bot", tmp_path, environment)
    _, errors = await asyncio.wait_for(process.communicate(), 60)

    assert process.returncode == 1
    assert errors.decode() == f"satchel: {WRONG}; @BotFather shows the right one\n"


# -- webhook -----------------------------------------------------------------------------------------------------------


class _Hooked:
    def __init__(self, url: str, telegram: FakeTelegram) -> None:
        self.url = url
        self.telegram = telegram

    async def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        async with aiohttp.ClientSession() as http, http.post(self.url, data=body, headers=headers) as answer:
            return answer.status


@pytest.fixture
async def hooked(
    telegram: FakeTelegram, settings: Settings, vault_dsn: str, redis_url: str
) -> AsyncIterator[tuple[_Hooked, Satchel]]:
    """An API with the bot's webhook, known to Telegram."""
    bound = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{bound.getsockname()[1]}/telegram/updates"
    settings = msgspec.structs.replace(
        settings,
        bot_token=telegram.token,
        bot_api_url=telegram.url,
        bot_webhook_url=url,
        bot_webhook_secret="the-secret-of-this-test",
    )
    async with open_satchel(settings, vault_dsn, redis_url) as satchel:
        readiness = satchel.readiness
        async with open_api(satchel, readiness, bot_faces(settings)) as api:
            server = make_server(satchel, readiness, api)
            serving = asyncio.create_task(server.serve([bound]))
            async with asyncio.timeout(30):
                while not telegram.updates.webhook_url:
                    telegram.changed.clear()
                    await telegram.changed.wait()
            yield _Hooked(url, telegram), satchel
            server.should_exit = True
            await serving


async def test_a_webhook_takes_updates_in_the_apis_process(hooked: tuple[_Hooked, Satchel]) -> None:
    hook, satchel = hooked
    play = await Play.begin(satchel, lambda: 0)
    await play.grant("iron_sword")
    ann = hook.telegram.user(1)

    await ann.send("/bag")
    await ann.tap("Wear")

    assert ann.alerts == ["Worn: Iron Sword"]
    assert hook.telegram.updates.failures == []
    assert hook.telegram.refused == []


async def test_only_telegram_can_call_the_webhook(hooked: tuple[_Hooked, Satchel]) -> None:
    hook, _ = hooked
    right = {SECRET: "the-secret-of-this-test"}

    statuses = [
        await hook.post(b"{}", {}),
        await hook.post(b"{}", {SECRET: "the-secret-of-another-test"}),
        await hook.post(b"no json", right),
        await hook.post(b"x" * 300_000, right),
        await hook.post(b'{"update_id": 1, "something_of_tomorrow": {}}', right),
        await hook.post(b'{"of no kind": true}', right),
    ]

    assert statuses == [401, 401, 400, 413, 200, 200]


# -- beside `satchel up` -----------------------------------------------------------------------------------------------


async def test_up_starts_the_bot_and_takes_it_along_when_it_stops(
    telegram: FakeTelegram, tmp_path: Path, vault_dsn: str, redis_url: str
) -> None:
    environment = {
        "SATCHEL_BOT_TOKEN": telegram.token,
        "SATCHEL_BOT_API_URL": telegram.url,
        "SATCHEL_BOT_DEMO": "true",
        "SATCHEL_POSTGRES_DSN": vault_dsn,
        "SATCHEL_REDIS_URL": redis_url,
        "SATCHEL_NAMESPACE": f"up-{tmp_path.name}"[:32],
        "SATCHEL_API_PORT": "0",
    }
    process = await _command("up", tmp_path, environment)
    ann = telegram.user(4711)
    try:
        async with asyncio.timeout(60):
            while telegram.updates.polls == 0:
                telegram.changed.clear()
                await telegram.changed.wait()
        await ann.send("/start")
        polls = telegram.updates.polls
    finally:
        process.send_signal(signal.SIGTERM)
        output, errors = await asyncio.wait_for(process.communicate(), 60)

    assert "Welcome to the Lantern Marches" in ann.screen.text
    assert b"@satchel_bot is ready" in output
    assert b"stopped; everything is saved" in errors
    assert process.returncode == 0
    assert polls >= 1


async def _command(name: str, directory: Path, environment: Mapping[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "satchel",
        name,
        cwd=directory,
        env={**os.environ, "SATCHEL_DATA_DIR": str(directory / "data"), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
