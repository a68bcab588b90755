"""Other applications beside the API, under the same address."""

from typing import Any

import pytest

from satchel.api.action import Scope, Send
from satchel.api.body import Receive
from satchel.api.server import Api
from satchel.errors import InvariantBroken


class _Named:
    """Notes its name instead of answering."""

    def __init__(self, name: str, answered: list[str]) -> None:
        self.name = name
        self.answered = answered

    def serves(self, _scope: Scope) -> bool:
        return False

    async def __call__(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        self.answered.append(self.name)


@pytest.fixture
def answered() -> list[str]:
    return []


@pytest.fixture
def api(answered: list[str]) -> Api:
    parts: list[Any] = [_Named(name, answered) for name in ("action", "reads", "rest")]
    return Api(*parts)


async def _get(api: Api, path: str) -> None:
    async def nothing(*_: Any) -> Any:
        return None

    await api({"type": "http", "method": "GET", "path": path}, nothing, nothing)


async def test_an_application_gets_its_path_and_no_other(api: Api, answered: list[str]) -> None:
    api.mount("/hook", _Named("hook", answered))

    for path in ("/hook", "/hook/", "/hook/x", "/hooks"):
        await _get(api, path)
    assert answered == ["hook", "rest", "rest", "rest"]


async def test_an_application_gets_all_paths_below_its_own_if_it_asks_for_them(api: Api, answered: list[str]) -> None:
    api.mount("/app", _Named("app", answered), below=True)

    for path in ("/app", "/app/", "/app/x/y.js", "/apple", "/inventory/action"):
        await _get(api, path)
    assert answered == ["app", "app", "app", "rest", "action"]


@pytest.mark.parametrize(("path", "below"), [("/inventory/action", False), ("/docs", True), ("/characters", True)])
def test_no_application_takes_a_path_of_the_api(api: Api, answered: list[str], path: str, below: bool) -> None:
    with pytest.raises(InvariantBroken):
        api.mount(path, _Named("thief", answered), below=below)
