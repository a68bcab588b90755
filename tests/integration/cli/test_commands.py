"""Every command as a program: exit codes, plain lines, `--json`, and errors of one line."""

import json
import os
import stat
import sys
from pathlib import Path

import asyncpg
import pytest

from satchel.vault.schema import REVISION
from tests.integration.cli.conftest import AWAY, TOKEN
from tests.programs import Program, run, running

HEAVY = ("aiohttp", "sqlalchemy", "starlette", "asyncpg", "aiogram", "uvicorn", "msgspec", "hiredis", "alembic", "jwt")


def _where(program: Program, world: dict[str, str]) -> dict[str, str]:
    return {**world, "SATCHEL_API_PORT": program.url.rsplit(":", 1)[1]}


# -- help --------------------------------------------------------------------------------------------------------------


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from satchel.cli.main import satchel; "
        "satchel(['--help'], standalone_mode=False); print(*sys.modules)"
    )
    import subprocess

    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert set(HEAVY) & set(done.stdout.split()) == set()


COMMANDS = ("up", "api", "worker", "bot", "demo", "db", "doctor", "catalogue", "token", "character", "peek")


@pytest.mark.parametrize("command", ["", *COMMANDS, "db upgrade", "catalogue check", "character put"])
def test_every_command_explains_itself(command: str, tmp_path: Path) -> None:
    done = run(*command.split(), "--help", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: ")


def test_help_lists_every_command(tmp_path: Path) -> None:
    done = run("-h", cwd=tmp_path)

    assert [name for name in COMMANDS if f"  {name} " not in done.stdout] == []


def test_version_is_told(tmp_path: Path) -> None:
    done = run("--version", cwd=tmp_path)

    assert (done.returncode, done.stdout.split()[-1].count(".")) == (0, 2)


def test_unknown_command_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    assert run("fly", cwd=tmp_path).returncode == 2


# -- the token ---------------------------------------------------------------------------------------------------------


def test_token_is_made_once_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    first, second = run("token", cwd=tmp_path), run("token", cwd=tmp_path)

    kept = tmp_path / ".satchel" / "service_token"
    assert (first.returncode, first.stdout) == (0, second.stdout)
    assert kept.read_text() == first.stdout
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert os.listdir(kept.parent) == ["service_token"]


def test_token_that_is_set_is_the_token(tmp_path: Path) -> None:
    assert run("token", cwd=tmp_path, SATCHEL_SERVICE_TOKEN=TOKEN).stdout.strip() == TOKEN
    assert not (tmp_path / ".satchel").exists()


@pytest.mark.parametrize("kept", [b"", b"\n", b"short", b"\xff\xfe"])
def test_kept_token_that_is_none_is_refused(kept: bytes, tmp_path: Path) -> None:
    (tmp_path / ".satchel").mkdir()
    (tmp_path / ".satchel" / "service_token").write_bytes(kept)

    done = run("token", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("satchel: SATCHEL_DATA_DIR: ")


def test_lesser_token_is_made_of_the_token(tmp_path: Path) -> None:
    done = run("token", "--player", "tg:1", "--ttl", "60", cwd=tmp_path, SATCHEL_SERVICE_TOKEN=TOKEN)

    assert (done.returncode, done.stdout.count(".")) == (0, 2)
    assert run("token", "--name", "shop", "--scope", "fly", cwd=tmp_path).returncode == 2


# -- with engines ------------------------------------------------------------------------------------------------------


async def test_db_upgrade_makes_the_schema_and_may_be_repeated(
    world: dict[str, str], postgres_dsn: str, tmp_path: Path
) -> None:
    settings = {**world, "SATCHEL_POSTGRES_DSN": postgres_dsn}
    outcomes = [run("db", "upgrade", cwd=tmp_path, **settings) for _ in range(2)]

    assert [done.stdout for done in outcomes] == [f"schema is at revision {REVISION}\n"] * 2
    connection = await asyncpg.connect(postgres_dsn)
    assert await connection.fetchval("SELECT count(*) FROM satchel.inventory") == 0
    await connection.close()


def test_doctor_finds_nothing_wrong(world: dict[str, str], tmp_path: Path) -> None:
    plain, machine = run("doctor", cwd=tmp_path, **world), run("doctor", "--json", cwd=tmp_path, **world)

    assert (plain.returncode, machine.returncode) == (0, 0)
    assert all(line.startswith("ok   ") for line in plain.stdout.splitlines())
    assert all(finding["problems"] == [] for finding in json.loads(machine.stdout))


@pytest.mark.parametrize("flag", [(), ("--json",)])
def test_doctor_goes_on_after_the_first_problem(
    flag: tuple[str, ...], world: dict[str, str], postgres_dsn: str, tmp_path: Path
) -> None:
    done = run("doctor", *flag, cwd=tmp_path, **{**world, "SATCHEL_POSTGRES_DSN": postgres_dsn})

    assert (done.returncode, done.stderr) == (1, "")
    assert "satchel db upgrade" in done.stdout
    assert done.stdout.count("redis") == 1


def test_doctor_on_engines_that_are_away_names_both(tmp_path: Path) -> None:
    done = run("doctor", "--json", cwd=tmp_path, **AWAY)

    bad = {finding["check"] for finding in json.loads(done.stdout) if finding["problems"]}
    assert (done.returncode, bad) == (1, {"postgresql", "schema", "redis", "namespace"})
    assert "sekret" not in done.stdout + done.stderr


def test_catalogue_check_of_the_starter_world_finds_nothing(tmp_path: Path) -> None:
    plain, machine = run("catalogue", "check", cwd=tmp_path), run("catalogue", "check", "--json", cwd=tmp_path)

    assert (plain.returncode, plain.stdout.startswith("no problems: ")) == (0, True)
    assert json.loads(machine.stdout) == []


def test_catalogue_check_names_file_and_place(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "rules.json").write_text("{")

    plain = run("catalogue", "check", "mine", cwd=tmp_path)
    machine = run("catalogue", "check", "mine", "--json", cwd=tmp_path)

    assert (plain.returncode, machine.returncode) == (1, 1)
    assert plain.stdout.startswith("rules.json")
    assert json.loads(machine.stdout)[0]["file"] == "rules.json"


def test_catalogue_check_of_nothing_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    assert run("catalogue", "check", "nowhere", cwd=tmp_path).returncode == 2


def test_character_is_put_through_the_api_and_peeked_at(api: Program, world: dict[str, str], tmp_path: Path) -> None:
    attributes = ("--attribute", "class=mage", "--attribute", "luck=-5", "--attribute", "motto=--5")
    owner = ("--owner", "tg:1", "--name", "Zoë", "--level", "7")
    put = run("character", "put", "5", *owner, *attributes, cwd=tmp_path, **_where(api, world))
    again = run("character", "put", "5", *owner, *attributes, cwd=tmp_path, **_where(api, world))
    plain, machine = run("peek", "5", cwd=tmp_path, **world), run("peek", "5", "--json", cwd=tmp_path, **world)

    assert (put.returncode, put.stdout) == (0, "character 5 is Zoë, level 7, of tg:1\n")
    assert (again.returncode, plain.returncode, machine.returncode) == (0, 0, 0)
    assert "session" in plain.stdout.splitlines()[0]
    assert {row["what"] for row in json.loads(machine.stdout)["rows"]} >= {"version", "epoch", "h", "items", "wallet"}


def test_peek_at_nobody_is_one_line(world: dict[str, str], tmp_path: Path) -> None:
    done = run("peek", "77", cwd=tmp_path, **world)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "character_not_found" in done.stderr


def test_demo_fills_characters_through_the_api(api: Program, world: dict[str, str], tmp_path: Path) -> None:
    for _ in range(2):
        done = run("demo", "--fill", "2", cwd=tmp_path, **_where(api, world))
        assert (done.returncode, done.stdout.startswith("2 characters filled")) == (0, True), done.stderr


@pytest.mark.parametrize("command", ["api", "worker"])
def test_service_says_that_it_is_ready_and_stops_with_zero(command: str, world: dict[str, str], tmp_path: Path) -> None:
    with running(command, cwd=tmp_path, **world) as program:
        program.wait_ready()
        code = program.end()

    assert code == 0
    assert program.lines[0].startswith(f"satchel {command} is ready")
    assert "Traceback" not in "".join(program.complaints)
