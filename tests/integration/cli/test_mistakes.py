"""Wrong settings and engines that are away: one line, exit code 1, and not a secret."""

import socket
from pathlib import Path

import pytest

from tests.integration.cli.conftest import AWAY, TOKEN
from tests.programs import run

# -- settings ----------------------------------------------------------------------------------------------------------


WRONG = {
    "a port that is no number": ({"SATCHEL_API_PORT": "x"}, "SATCHEL_API_PORT: "),
    "a port that is too large": ({"SATCHEL_API_PORT": "70000"}, "SATCHEL_API_PORT: "),
    "a misspelt variable": ({"SATCHEL_API_PRT": "1"}, "did you mean SATCHEL_API_PORT?"),
    "another product's name": ({"SATCHEL_POSTGRES_URL": "x"}, "did you mean SATCHEL_POSTGRES_DSN?"),
    "a short token": ({"SATCHEL_SERVICE_TOKEN": "sekret"}, "SATCHEL_SERVICE_TOKEN: "),
    "a URL of something else": ({"SATCHEL_REDIS_URL": "http://u:sekret@h"}, "SATCHEL_REDIS_URL: "),
    "a port in a URL": ({"SATCHEL_REDIS_URL": "redis://u:sekret@h:port"}, "SATCHEL_REDIS_URL: "),
    "a database that is no number": ({"SATCHEL_REDIS_URL": "redis://u:sekret@h/x"}, "SATCHEL_REDIS_URL: "),
    "a port in a DSN": ({"SATCHEL_POSTGRES_DSN": "postgresql://u:sekret@h:port/x"}, "SATCHEL_POSTGRES_DSN: "),
    "a host in a DSN": ({"SATCHEL_POSTGRES_DSN": "postgresql://u:sekret@[::1/x"}, "SATCHEL_POSTGRES_DSN: "),
    "a catalogue that is not there": ({"SATCHEL_CATALOGUE": "nowhere"}, "SATCHEL_CATALOGUE: "),
    "a data directory that cannot be": ({"SATCHEL_DATA_DIR": "/proc/nowhere"}, "SATCHEL_DATA_DIR: "),
    "a data directory that is a file": ({"SATCHEL_DATA_DIR": "file"}, "SATCHEL_DATA_DIR: "),
}


@pytest.mark.parametrize("command", ["token", "up"])
@pytest.mark.parametrize("what", WRONG)
def test_wrong_setting_is_one_line_that_names_it_and_no_secret(what: str, command: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings, expected = WRONG[what]

    done = run(command, cwd=tmp_path, **settings)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert done.stderr.startswith("satchel: ")
    assert expected in done.stderr
    assert "sekret" not in done.stderr


def test_every_wrong_setting_has_a_line(tmp_path: Path) -> None:
    done = run("up", cwd=tmp_path, SATCHEL_API_PORT="x", SATCHEL_LOG_LEVEL="LOUD")

    assert [line.split()[1] for line in done.stderr.splitlines()] == ["SATCHEL_API_PORT:", "SATCHEL_LOG_LEVEL:"]


def test_env_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SATCHEL_SERVICE_TOKEN=from-the-file-0123456789\n")

    assert run("token", cwd=tmp_path).stdout == "from-the-file-0123456789\n"
    assert run("token", cwd=tmp_path, SATCHEL_SERVICE_TOKEN=TOKEN).stdout == f"{TOKEN}\n"


def test_env_file_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"SATCHEL_API_PORT=\xff\xfe\n")

    done = run("token", cwd=tmp_path)

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("satchel: .env cannot be read: ")


# -- engines away ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["api", "worker", "db upgrade", "peek 1", "up"])
def test_engine_that_is_away_is_one_line(command: str, tmp_path: Path) -> None:
    done = run(*command.split(), cwd=tmp_path, **AWAY)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert "_unavailable: " in done.stderr
    assert "sekret" not in done.stderr


@pytest.mark.parametrize("command", ["api", "worker"])
def test_commands_that_start_no_engines_say_what_they_need(command: str, tmp_path: Path) -> None:
    done = run(command, cwd=tmp_path)

    assert (done.returncode, "SATCHEL_POSTGRES_DSN" in done.stderr) == (1, True)


def test_database_that_is_not_there_is_one_line(world: dict[str, str], tmp_path: Path) -> None:
    missing = world["SATCHEL_POSTGRES_DSN"].replace("/satchel_test_", "/no_such_")

    for command in (("api",), ("db", "upgrade")):
        done = run(*command, cwd=tmp_path, **{**world, "SATCHEL_POSTGRES_DSN": missing})
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
        assert "does not exist" in done.stderr


def test_api_that_is_away_is_one_line(tmp_path: Path) -> None:
    done = run("character", "put", "1", "--owner", "a", "--name", "b", cwd=tmp_path, SATCHEL_API_PORT="1")

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("satchel: session_unavailable: ")


def test_port_that_is_taken_is_one_line_that_names_it(world: dict[str, str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("api", cwd=tmp_path, **{**world, "SATCHEL_API_PORT": port})

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert f"127.0.0.1:{port}" in done.stderr
    assert "SATCHEL_API_PORT" in done.stderr


def test_vault_without_a_schema_is_one_line_that_says_what_to_do(
    world: dict[str, str], postgres_dsn: str, tmp_path: Path
) -> None:
    done = run("api", cwd=tmp_path, **{**world, "SATCHEL_POSTGRES_DSN": postgres_dsn})

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "satchel db upgrade" in done.stderr
