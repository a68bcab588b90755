"""`satchel demo` shows what it claims, and its figures are the server's own."""

import re
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from satchel.demos.engine import count_statements
from satchel.embedded import PostgresServer
from tests.programs import run


def test_demo_goes_as_promised(tmp_path: Path) -> None:
    done = run("demo", cwd=tmp_path)

    said = done.stdout
    assert (done.returncode, said.splitlines()[-1]) == (0, "all as promised"), said + done.stderr
    assert int(re.search(r"logged for opening two sessions, the schema included: (\d+)", said)[1]) > 0  # type: ignore[index]
    assert "statements that it logged during these actions: 0\n" in said
    assert "is refused: slot_incompatible" in said
    assert "replayed: True" in said
    assert "session and PostgreSQL equal: True; unflushed: 0; exit codes 0, 0" in said
    assert int(re.search(r"rows of satchel.ledger: (\d+)", said)[1]) >= 13  # type: ignore[index]
    for action in ("equip", "unequip", "move", "drop", "split", "merge", "use", "potion into quick slot"):
        assert action in said
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def counted(engine_room: Path) -> Iterator[PostgresServer]:
    """A server that logs every statement."""
    server = PostgresServer(engine_room / "counted", {"log_statement": "all"})
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize(
    "statement",
    ["SELECT 1", "SELECT $1::int", "BEGIN; SELECT 1; COMMIT", "SELECT 'a\nb'", "INSERT INTO noted VALUES (1)"],
)
async def test_count_of_statements_sees_every_way_to_send_one(statement: str, counted: PostgresServer) -> None:
    connection = await asyncpg.connect(counted.dsn)
    await connection.execute("CREATE TABLE IF NOT EXISTS noted (n int)")
    before = count_statements(counted.log)
    if "$1" in statement:
        await connection.fetchval(statement, 7)
    else:
        await connection.execute(statement)
    after = count_statements(counted.log)
    await connection.close()

    assert after == before + 1
