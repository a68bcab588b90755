"""What a game may declare, and what is refused when it declares it."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from satchel.errors import GameWrong, Refusal
from satchel.game import Game
from satchel.inventory.actions import Drop, Operation, Use
from satchel.inventory.proposal import Proposal
from tests.tidy.source import ROOT


class Vanish(Operation, frozen=True, kw_only=True):
    """Make an item vanish, whatever was declared."""

    item_id: str


async def _coroutine(_proposal: Proposal, _action: Drop) -> None: ...
def _no_action(_proposal: Proposal) -> None: ...
def _stars(_proposal: Proposal, *_actions: Drop) -> None: ...
def _bad_fact(_proposal: Proposal, _action: Drop, weather: float) -> None: ...
def _bare_fact(_proposal: Proposal, _action: Drop, weather) -> None: ...  # type: ignore[no-untyped-def]
def _lost(_proposal: Proposal, _action: "Nowhere") -> None: ...  # type: ignore[name-defined]  # noqa: F821
def _union(_proposal: Proposal, _action: Drop | Use) -> None: ...
def _any(_proposal: Proposal, _action: Any) -> None: ...
def _taken(_proposal: Proposal, _action: Drop) -> None: ...


def _vanish(_proposal: Proposal, _action: Vanish) -> None: ...


class Undescribed(Operation, frozen=True, kw_only=True):
    item_id: str


class Clashing(Operation, frozen=True, kw_only=True):
    """Has a field that every request has."""

    dry_run: int


def _undescribed(_proposal: Proposal, _action: Undescribed) -> None: ...
def _clashing(_proposal: Proposal, _action: Clashing) -> None: ...


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (_coroutine, "coroutine"),
        (_no_action, "must take"),
        (_stars, "must take"),
        (_bad_fact, "weather"),
        (_bare_fact, "weather"),
        (_lost, "Nowhere"),
        (_union, "struct of the action"),
        (_any, "struct of the action"),
        (_taken, "'drop' already"),
        (_undescribed, "docstring"),
        (_clashing, "dry_run"),
    ],
)
def test_what_cannot_be_an_action_is_told(function: Callable[..., None], said: str) -> None:
    with pytest.raises(GameWrong, match=said):
        Game("wrong").action()(function)


def test_an_action_cannot_be_declared_twice() -> None:
    own = Game("wrong")
    own.action(items="removes")(_vanish)

    with pytest.raises(GameWrong, match="'vanish' already"):
        own.action(items="removes")(_vanish)


@pytest.mark.parametrize("name", ["", "Dragons", "my game", "9lives", "x" * 49])
def test_a_game_needs_a_plain_name(name: str) -> None:
    with pytest.raises(GameWrong, match="identifier"):
        Game(name)


@pytest.mark.parametrize("wrong", [{"scope": "operator"}, {"items": "some"}, {"balances": ""}])
def test_what_an_action_declares_is_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(GameWrong, match="not"):
        Game("wrong").action(**wrong)


@pytest.mark.parametrize("actions", [(), (Refusal,), ("drop",)])
def test_a_veto_names_actions(actions: tuple[Any, ...]) -> None:
    with pytest.raises(GameWrong, match="before"):
        Game("wrong").before(*actions)


def test_a_refusal_needs_a_code_that_is_free() -> None:
    own = Game("wrong")

    with pytest.raises(GameWrong, match="item_locked"):
        own.refusal(type("Locked", (Refusal,), {"code": "item_locked"}))
    with pytest.raises(GameWrong, match="code of its own"):
        own.refusal(type("Nameless", (Refusal,), {}))


def test_the_digest_tells_what_is_declared_and_not_how_it_is_done() -> None:
    def declared(*, items: Any = "removes", veto: bool = False) -> str:
        own = Game("dragons")
        own.action(items=items)(_vanish)
        if veto:
            own.before(Drop)(_taken)
        return own.digest()

    assert declared() == declared()
    assert (
        len({declared(), declared(items="any"), declared(veto=True), Game("dragons").digest(), Game("b").digest()}) == 5
    )


def test_every_hook_is_described() -> None:
    page = (ROOT / "docs" / "game.md").read_text(encoding="utf-8")
    hooks = [name for name in vars(Game) if not name.startswith("_") and callable(getattr(Game, name))]
    described = re.findall(r"^## `game\.(\w+)", page, re.MULTILINE)

    assert sorted(described) == sorted(hooks)
