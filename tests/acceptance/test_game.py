"""`satchel up --game`: the example's game from its first action to the audit, and every way to name a game wrongly."""

import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import asyncpg
import pytest

from satchel.embedded import PostgresServer
from satchel.embedded.place import engine_home
from tests.patience import PATIENCE_S
from tests.programs import Program, run, running
from tests.tidy.source import ROOT

TOKEN = "a-token-for-these-tests"
GAME = "own_action:game"
PEACE = {"in_combat": False}
FIGHT = {"in_combat": True}


class Api:
    """Requests as `curl` sends them."""

    def __init__(self, program: Program) -> None:
        self._url = program.url

    def ask(self, method: str, path: str, body: dict[str, Any], **more: str) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", **more}
        request = Request(f"{self._url}{path}", json.dumps(body).encode(), headers, method=method)  # noqa: S310 - ours
        try:
            with urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - the same
                return answer.status, json.load(answer)
        except HTTPError as problem:
            return problem.code, json.load(problem)

    def act(self, *, key: str = "", **action: Any) -> tuple[int, dict[str, Any]]:
        more = {"Idempotency-Key": key} if key else {}
        return self.ask("POST", "/inventory/action", {"char_id": 1, **action}, **more)

    def put_hero(self) -> None:
        assert self.ask("PUT", "/characters/1", {"owner": "tg:1", "name": "Ann", "level": 20})[0] in (200, 201)

    def give(self, definition: str) -> str:
        status, reply = self.act(action="grant", definition=definition)
        assert status == 200, reply
        return str(reply["changes"][0]["item"])


@pytest.fixture
def place(place: Path) -> Path:
    """A directory with a game in it."""
    shutil.copy(ROOT / "examples" / "own_action.py", place)
    return place


@pytest.fixture
def engines(vault_dsn: str, redis_url: str) -> dict[str, str]:
    """Settings of engines that run already: what does not start an engine is fast."""
    return {
        "SATCHEL_POSTGRES_DSN": vault_dsn,
        "SATCHEL_REDIS_URL": redis_url,
        "SATCHEL_NAMESPACE": f"game-{secrets.token_hex(6)}",
        "SATCHEL_SERVICE_TOKEN": TOKEN,
    }


@contextmanager
def up(place: Path, *arguments: str, **settings: str) -> Iterator[tuple[Program, Api]]:
    given = {"SATCHEL_SERVICE_TOKEN": TOKEN, "SATCHEL_DRAIN_GRACE_S": "0", **settings}
    with running("up", "--port", "0", *arguments, cwd=place, **given) as program:
        yield program.wait_ready(), Api(program)


async def plant(place: Path, statement: str) -> None:
    """Change the vault of a data directory behind everybody's back."""
    server = PostgresServer(engine_home(place / ".satchel", "postgres"))
    server.start()
    try:
        connection = await asyncpg.connect(server.dsn)
        assert await connection.execute(statement) == "UPDATE 1"
        await connection.close()
    finally:
        server.stop()


def audit(place: Path, **settings: str) -> tuple[int, list[dict[str, Any]]]:
    done = run("audit", "--json", cwd=place, **settings)
    findings: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return done.returncode, findings


def refused(place: Path, *arguments: str, **settings: str) -> str:
    """The one line with which a command ends."""
    done = run(*arguments, cwd=place, **settings)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert done.stderr.startswith("satchel: ")
    return done.stderr


async def test_a_game_is_played_audited_and_held_to_what_it_declares(place: Path) -> None:
    with up(place, "--game", GAME) as (program, api):
        api.put_hero()
        cap, helm, bread = api.give("leather_cap"), api.give("iron_helm"), api.give("bread")
        fought = api.act(action="salvage", item_id=helm, facts=FIGHT)
        untold = api.act(action="salvage", item_id=helm)
        tried = api.act(action="salvage", item_id=helm, facts=PEACE, dry_run=True)
        salvaged, again = [api.act(action="salvage", item_id=helm, facts=PEACE, key="k") for _ in range(2)]
        no_armour = api.act(action="salvage", item_id=bread, facts=PEACE)
        kept = api.act(action="drop", item_id=cap, facts=FIGHT)
        assert program.end() == 0

    assert [(status, reply.get("code")) for status, reply in (fought, untold, no_armour, kept)] == [
        (422, "in_combat"),
        (422, "fact_missing"),
        (422, "nothing_to_salvage"),
        (422, "in_combat"),
    ]
    assert (salvaged[0], salvaged[1]["wallet_changes"][0]["resource"]) == (200, "cogwheel")
    assert (tried[1]["wallet_changes"], again[1]["replayed"]) == (salvaged[1]["wallet_changes"], True)
    assert run("doctor", cwd=place, SATCHEL_GAME=GAME).returncode == 0
    assert audit(place, SATCHEL_GAME=GAME) == (0, [])

    # The bread came by a grant; now the ledger says that it came by salvaging.
    await plant(
        place,
        "UPDATE satchel.ledger SET record = replace(record::text, '\"grant\"', '\"salvage\"')::json WHERE version = 3",
    )
    code, findings = audit(place, SATCHEL_GAME=GAME)
    unknown_code, unknown = audit(place)

    assert code == 1
    assert [found["text"].split(" (")[0] for found in findings if found["kind"] == "not_conserved"] == [
        "+1 bread by salvage"
    ]
    # Without the game nobody knows what `salvage` may do; the record that was forged is found all the same.
    assert (unknown_code, {found["kind"] for found in unknown}) == (1, {"broken_link"})


def test_a_namespace_that_a_game_was_played_in_wants_it_again(place: Path) -> None:
    with up(place, SATCHEL_GAME=GAME) as (program, api):
        api.put_hero()
        refused_in_a_fight = api.act(action="drop", item_id=api.give("bread"), facts=FIGHT)
        assert program.end() == 0
    assert (refused_in_a_fight[0], refused_in_a_fight[1]["code"]) == (422, "in_combat")

    without = refused(place, "up", "--port", "0")
    doctor = run("doctor", cwd=place)
    unbound = run("game", "bind", "--none", cwd=place)

    assert "'dragons': start with --game or SATCHEL_GAME" in without
    assert (doctor.returncode, "'dragons'" in doctor.stdout) == (1, True)
    assert (unbound.returncode, unbound.stdout) == (0, "namespace satchel: no game\n")
    with up(place) as (program, api):
        assert api.act(action="drop", item_id=api.give("bread"))[0] == 200
        assert program.end() == 0


def test_a_game_that_declares_something_else_is_bound_by_hand(place: Path, engines: dict[str, str]) -> None:
    bound = run("game", "bind", GAME, cwd=place, **engines)
    source = (place / "own_action.py").read_text()
    (place / "own_action.py").write_text(source.replace("@game.before(Drop, Salvage)", "@game.before(Drop)"))
    changed = refused(place, "up", "--port", "0", "--game", GAME, **engines)
    again = run("game", "bind", cwd=place, SATCHEL_GAME=GAME, **engines)

    assert bound.stdout.startswith(f"namespace {engines['SATCHEL_NAMESPACE']}: game dragons, digest ")
    assert "satchel game bind" in changed
    assert (again.returncode, again.stdout == bound.stdout) == (0, False)
    with up(place, "--game", GAME, **engines) as (program, _):
        assert program.end() == 0


def test_binding_says_what_it_needs(place: Path, engines: dict[str, str]) -> None:
    done = run("game", "bind", cwd=place, **engines)

    assert (done.returncode, "module:name" in done.stderr) == (2, True)


WRONG = {
    "no colon": ("own_action", "", "expected module:name, got 'own_action'"),
    "no name": ("own_action:", "", "expected module:name, got 'own_action:'"),
    "no such module": ("nowhere:game", "", "no module 'nowhere'"),
    "a module that needs one that is not there": (
        "mine:game",
        "import nowhere",
        "no module 'nowhere', looked for 'mine'",
    ),
    "no such name": ("mine:game", "games = 1", "the module has no such name"),
    "not a Game": ("mine:game", "game = 7", "has a int there, and not a Game"),
    "a module that fails on import": ("mine:game", "1 / 0", "ZeroDivisionError: division by zero"),
    "a module that is not Python": ("mine:game", "game = = 1", "SyntaxError"),
    "an error of several lines": ("mine:game", "raise ValueError('one\\ntwo')", "ValueError: one two"),
    "a game without a plain name": ("mine:game", "from satchel.game import Game; game = Game('My game')", "identifier"),
    "a rule with I/O": (
        "mine:game",
        "from satchel.game import Game\ngame = Game('mine')\n@game.action()\nasync def rule(proposal, action): ...",
        "rule is a coroutine",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_game_that_cannot_be_is_one_line(what: str, place: Path, engines: dict[str, str]) -> None:
    spec, source, said = WRONG[what]
    (place / "mine.py").write_text(source)

    assert said in refused(place, "up", "--port", "0", "--game", spec, **engines)
    assert said in refused(place, "audit", SATCHEL_GAME=spec, **engines)
