"""The whole engine at work by itself: real servers and processes, a kill -9, and the rows afterwards."""

import asyncio
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import asyncpg

from satchel.admin.doctor import compare_copies
from satchel.catalogue import load_catalogue
from satchel.client import InventoryClient
from satchel.embedded import Engines, start_engines
from satchel.errors import Refusal
from satchel.ids import HolderId
from satchel.inventory.actions import (
    AdjustWallet,
    BindQuickSlot,
    Drop,
    Equip,
    Grant,
    Merge,
    Move,
    Split,
    Unequip,
    Use,
)
from satchel.inventory.character import Character
from satchel.inventory.item import Item
from satchel.runtime.config import Settings
from satchel.vault import upgrade_schema

__all__ = ["count_statements", "fill_characters", "run_demo"]

Say = Callable[[str], object]

HEROES = (
    (1, Character("tg:4711", "Ann", 12, {"class": "warden", "strength": 16, "agility": 12})),
    (2, Character("tg:4712", "Борис", 10, {"class": "mage", "wisdom": 16})),
)
KIT = ("iron_sword", "oak_shield", "greatsword", "small_backpack", "traveller_belt", "leather_cap", "linen_shirt")


class ApiProcess:
    """One `satchel api` or `satchel worker`, as an operator would start it."""

    def __init__(self, command: str, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - it is this program
            [sys.executable, "-m", "satchel", command],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None  # noqa: S101 - for the type checker
        if "ready" not in self._process.stdout.readline():
            raise RuntimeError(f"satchel {command} did not start")

    def end(self, number: signal.Signals) -> int:
        """Send it a signal; returns its exit code."""
        self._process.send_signal(number)
        code = self._process.wait(30)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return code


def run_demo(say: Say) -> int:
    """Show everything; returns the exit code, which is 0 only if every promise was kept."""
    with tempfile.TemporaryDirectory(prefix="satchel-demo-") as directory:
        # Servers that run as another user have to enter it; their own directories inside are private.
        os.chmod(directory, 0o755)  # noqa: S103
        with start_engines(Path(directory), postgres_options={"log_statement": "all"}) as engines:
            return asyncio.run(_show(engines, directory, say))


async def fill_characters(url: str, token: str, count: int, say: Say) -> None:
    """Make characters with a bag of starter items, through a running API."""
    catalogue = load_catalogue()
    ids = list(catalogue.definitions)
    async with InventoryClient.over_http(url, token) as client:
        for char_id in range(1, count + 1):
            await client.put_character(char_id, Character(f"demo:{char_id}", f"Hero {char_id}", 20))
            start = char_id * 7 % len(ids)
            chosen = [ids[(start + step) % len(ids)] for step in range(16)]
            grants = [Grant(definition=id_, quantity=1, partial=True) for id_ in (*KIT, *chosen)]
            await client.act(char_id, *grants, AdjustWallet(resource="gold", amount=100), key=f"demo-fill-{char_id}")
    say(f"{count} characters filled; try GET {url}/inventory/1/doll")


async def _show(engines: Engines, directory: str, say: Say) -> int:
    assert engines.postgres is not None  # noqa: S101 - for the type checker
    assert engines.valkey is not None  # noqa: S101
    dsn, redis_url, log = engines.postgres.dsn, engines.valkey.url, engines.postgres.log
    await upgrade_schema(dsn)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_urlsafe(24)
    environment = {
        "SATCHEL_POSTGRES_DSN": dsn,
        "SATCHEL_REDIS_URL": redis_url,
        "SATCHEL_API_PORT": str(port),
        "SATCHEL_SERVICE_TOKEN": token,
        "SATCHEL_DATA_DIR": directory,
    }
    say(f"PostgreSQL and Valkey run on unix sockets below {directory}")
    api = ApiProcess("api", environment)
    async with InventoryClient.over_http(f"http://127.0.0.1:{port}", token) as client:
        for char_id, character in HEROES:
            await client.put_character(char_id, character)
            await client.open_session(char_id)
        before = count_statements(log)
        say(f"statements that PostgreSQL logged for opening two sessions, the schema included: {before}")
        items = await _act(client, say)
        during = count_statements(log) - before
        say(f"\nstatements that it logged during these actions: {during}")

        say("\nkill -9 of the API")
        api.end(signal.SIGKILL)
        api = ApiProcess("api", environment)
        reply = await client.act(1, Equip(item_id=items["greatsword"]), key="demo-after-the-kill")
        say(f"it is back, and goes on at version {reply.version}: the two-hander frees both hands")
        again = await client.act(1, Equip(item_id=items["greatsword"]), key="demo-after-the-kill")
        say(f"the same request again: version {again.version}, replayed: {again.replayed}")

        say("\na worker starts, flushes, and stops at SIGTERM")
        stopped = ApiProcess("worker", environment).end(signal.SIGTERM)
    api_code = api.end(signal.SIGTERM)
    settings = Settings(data_dir=directory)
    reports = [await compare_copies(settings, dsn, redis_url, HolderId(char_id)) for char_id, _ in HEROES]
    equal = all(row["session"] == row["vault"] for report in reports for row in report["rows"][:7])
    for report in reports:
        _show_report(report, say)
    await _show_rows(dsn, say)
    unflushed = sum(len(report["journal"]) for report in reports)
    differing = [row["what"] for report in reports for row in report["rows"] if row["what"].startswith("item ")]
    good = (
        equal
        and not during
        and not differing
        and not unflushed
        and (stopped, api_code) == (0, 0)
        and again.replayed is True
    )
    say(f"\nsession and PostgreSQL equal: {equal}; unflushed: {unflushed}; exit codes {stopped}, {api_code}")
    say("all as promised" if good else "NOT as promised")
    return 0 if good else 1


async def _act(client: InventoryClient, say: Say) -> dict[str, str]:
    """Do one of everything; returns the item ids by definition."""
    items: dict[str, str] = {}
    for char_id, character in HEROES:
        grants = [Grant(definition=name) for name in KIT]
        potions, ore = Grant(definition="healing_potion", quantity=12), Grant(definition="iron_ore", quantity=30)
        reply = await client.act(char_id, *grants, potions, ore, AdjustWallet(resource="gold", amount=250))
        items |= {change.after.definition: change.item for change in reply.changes if change.after and char_id == 1}
        say(f"\n{character.name} gets {len(reply.changes)} items, weighing {reply.stats.weight_g / 1000:g} kg")

    async def do(text: str, *operations: object) -> tuple[Item, ...]:
        reply = await client.act(1, *operations)  # type: ignore[arg-type]
        for effect in reply.effects:
            say(f"    effect for the game: {effect.effect} {json.dumps(effect.values)}")
        bag = reply.stats.slots["bag"]
        say(f"  {text:<44} version {reply.version:>2}  bag {bag.used}/{bag.limit}  gear {reply.stats.gear_score}")
        return tuple(change.after for change in reply.changes if change.after is not None)

    await do("equip sword and shield", Equip(item_id=items["iron_sword"]), Equip(item_id=items["oak_shield"]))
    await do("equip the backpack: eight more positions", Equip(item_id=items["small_backpack"]))
    await do("equip the belt: two quick slots", Equip(item_id=items["traveller_belt"]))
    await do("a potion into quick slot 1", BindQuickSlot(item_id=items["healing_potion"], quick_slot=1))
    await do("use it", Use(item_id=items["healing_potion"]))
    stacks = await do("split the ore", Split(item_id=items["iron_ore"], quantity=10))
    part = next(item for item in stacks if item.id != items["iron_ore"])
    await do("move it to position 20", Move(item_id=part.id, container="bag", position=20))
    await do("merge it back", Merge(item_id=part.id, target_id=items["iron_ore"]))
    await do("drop five of it", Drop(item_id=items["iron_ore"], quantity=5))
    await do("unequip the belt: the quick slot clears", Unequip(item_id=items["traveller_belt"]))
    try:
        await client.act(1, Equip(item_id=items["iron_sword"], slot="head"))
    except Refusal as refusal:
        say(f"  a sword on the head is refused: {refusal}")
    return items


def count_statements(log: Path) -> int:
    """Count all statements in the server's log; its `log_statement` must be `all`."""
    lines = log.read_text(errors="replace").splitlines()
    return sum("LOG:  statement:" in line or "LOG:  execute" in line for line in lines)


def _show_report(report: dict[str, object], say: Say) -> None:
    rows = report["rows"]
    assert isinstance(rows, list)  # noqa: S101 - for the type checker
    say(f"\ncharacter {report['char_id']:<10} {'session':<34} PostgreSQL")
    for row in rows[:7]:
        say(f"  {row['what']:<18} {row['session'][:33]:<34} {row['vault'][:33]}")


async def _show_rows(dsn: str, say: Say) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(
            "SELECT definition, quantity, coalesce(slot, container || '[' || position || ']') AS place "
            "FROM satchel.item WHERE char_id = 1 ORDER BY slot NULLS LAST, container, position"
        )
        saves = await connection.fetchval("SELECT count(*) FROM satchel.ledger")
    finally:
        await connection.close()
    say("\nrows of satchel.item for character 1:")
    for row in rows:
        say(f"  {row['definition']:<18} {row['quantity']:>3}  {row['place']}")
    say(f"rows of satchel.ledger: {saves}")
