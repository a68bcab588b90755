"""The examples do what they say."""

import asyncio
import os
import re
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

import aiohttp
import pytest
import uvicorn
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from examples import own_action

from satchel import Character, InventoryClient, actions, open_engine, open_in_memory
from satchel.runtime.serve import listen
from satchel.testing import FakeTelegram
from tests.tidy.source import ROOT

EXAMPLES = ROOT / "examples"
TOKEN = "the-token-of-this-test"
ANN = Character(owner="tg:1", name="Ann", level=5)


def _load(name: str) -> ModuleType:
    """Import an example as Python would run it: by its path."""
    spec = spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class FastApiGame:
    """The FastAPI example, served as uvicorn serves it."""

    def __init__(self, dsn: str, redis_url: str) -> None:
        self.namespace = f"example-{secrets.token_hex(6)}"
        self._dsn = dsn
        self._redis_url = redis_url
        self._socket = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        app = _load("embed_in_fastapi").make_app(dsn, redis_url, TOKEN, self.namespace)
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))

    async def start(self) -> None:
        self._serving = asyncio.create_task(self._server.serve([self._socket]))
        while not self._server.started:  # noqa: ASYNC110 - uvicorn tells it by a flag only
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        self._server.should_exit = True
        await self._serving

    async def saved(self) -> int:
        """How many items the vault has, seen by another engine."""
        async with open_engine(self._dsn, self._redis_url, namespace=self.namespace) as engine:
            return len((await engine.client.get_inventory(1)).items)


@pytest.fixture
async def game(postgres_dsn: str, redis_url: str) -> AsyncIterator[FastApiGame]:
    """The game on an empty database: the example makes its schema."""
    started = FastApiGame(postgres_dsn, redis_url)
    await started.start()
    yield started
    await started.stop()


async def test_the_engine_lives_in_a_fastapi_application(game: FastApiGame) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    quest = f"{game.url}/quests/rats_in_the_cellar/finish?char_id=1"
    async with aiohttp.ClientSession() as http, InventoryClient.over_http(f"{game.url}/satchel", TOKEN) as client:
        stranger = await http.post(quest)
        refused = await stranger.json()
        await client.put_character(1, ANN)
        rewards = [await (await http.post(quest)).json() for _ in range(2)]
        unknown = await http.post(f"{game.url}/quests/dragon/finish?char_id=1")
        ready = await http.get(f"{game.url}/ready")
        document = await (await http.get(f"{game.url}/satchel/openapi.json", headers=headers)).json()
        bag = await client.get_bag(1)

    assert (stranger.status, refused["code"]) == (404, "character_not_found")
    assert [reward["replayed"] for reward in rewards] == [False, True]
    assert (unknown.status, ready.status) == (404, 200)
    assert "/inventory/action" in document["paths"]
    assert [entry.item.definition for entry in bag.items] == ["iron_sword"]


async def test_the_end_of_the_fastapi_application_saves_everything(postgres_dsn: str, redis_url: str) -> None:
    game = FastApiGame(postgres_dsn, redis_url)
    await game.start()
    async with InventoryClient.over_http(f"{game.url}/satchel", TOKEN) as client:
        await client.put_character(1, ANN)
        await client.act(1, actions.Grant(definition="iron_sword"))
    await game.stop()

    assert await game.saved() == 1


async def test_the_screens_live_in_a_bot_of_ones_own() -> None:
    async with FakeTelegram() as telegram, open_in_memory() as client:
        bot = Bot(telegram.token, session=AiohttpSession(api=TelegramAPIServer.from_base(telegram.url)))
        dispatcher = _load("own_bot").make_dispatcher(client, bot)
        telegram.watch(dispatcher)
        polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False))
        ann = telegram.user(1)
        await ann.send("/start")
        menu = ann.screen
        await ann.send("/pick")
        picked = ann.screen
        await ann.tap("My bag", on=menu)
        bag = ann.screen
        await dispatcher.stop_polling()
        await polling

    assert "/pick" in menu.text
    assert picked.text == "You have an apple: look into your /bag."
    assert "Apple" in bag.text
    assert telegram.refused == []


async def test_an_action_and_a_refusal_of_ones_own_reach_the_client() -> None:
    async with open_in_memory(game=own_action.game) as client:
        await client.put_character(1, ANN)
        cap = (await client.act(1, actions.Grant(definition="leather_cap"))).changes[0].item

        with pytest.raises(own_action.InCombat):
            await client.act(1, own_action.Salvage(item_id=cap), facts={"in_combat": True})
        salvaged = await client.act(1, own_action.Salvage(item_id=cap), facts={"in_combat": False})

    assert [change.op for change in salvaged.changes] == ["remove"]


def test_another_world_is_played_in() -> None:
    ended = subprocess.run(
        [sys.executable, EXAMPLES / "own_world" / "play.py"], check=True, capture_output=True, text=True
    )

    assert "4 places, and 6 with the pod" in ended.stdout
    assert "400 credits earned" in ended.stdout


def test_a_game_tests_itself_with_the_fixtures() -> None:
    command = [sys.executable, "-m", "pytest", "-p", "asyncio", "-p", "satchel.testing.plugin", "test_my_game.py"]
    ended = subprocess.run(
        [*command, "--rootdir", str(EXAMPLES), "-c", os.devnull],
        cwd=EXAMPLES,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "3 passed" in ended.stdout, ended.stdout


def test_the_first_python_of_the_readme_runs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert block is not None

    ended = subprocess.run([sys.executable, "-c", block[1]], check=False, capture_output=True, text=True)

    assert ended.returncode == 0, ended.stderr
    assert "pip install satchel[testing]" in readme[: block.start()]
    assert ended.stdout.strip() in readme[block.end() : block.end() + 300]


def test_every_example_is_run_here() -> None:
    here = (ROOT / "tests" / "acceptance" / "test_examples.py").read_text(encoding="utf-8")
    names = {path.stem for path in EXAMPLES.rglob("*.py")}

    assert {name for name in names if name not in here} == set()
