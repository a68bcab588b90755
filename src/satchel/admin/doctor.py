"""What is wrong, and what the two copies of an inventory say: for people who look after a running game."""

from pathlib import Path
from typing import Any

from satchel.catalogue import load_catalogue
from satchel.catalogue.loader import check_world
from satchel.errors import CharacterNotFound, SatchelError
from satchel.ids import HolderId
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.record import open_record
from satchel.runtime.config import Settings
from satchel.runtime.game import load_game
from satchel.runtime.wiring import wire
from satchel.session import Keys, RedisNode
from satchel.session.guard import check_server, claim_game, claim_namespace
from satchel.session.redis import Address
from satchel.vault import PostgresVault, check_schema

__all__ = ["compare_copies", "examine"]


async def examine(settings: Settings, postgres_dsn: str, redis_url: str) -> list[tuple[str, list[str]]]:
    """Check everything that a start would, and go on after the first problem.

    Returns:
        Each check with its problems; none when all is well.
    """
    world = Path(settings.catalogue) if settings.catalogue else None
    findings = [("catalogue", [str(problem) for problem in check_world(world)])]
    vault, redis = PostgresVault(postgres_dsn), RedisNode(Address.parse(redis_url))

    async def postgres() -> list[str]:
        return await vault.settings_problems()

    async def schema() -> list[str]:
        await check_schema(postgres_dsn)
        return []

    async def server() -> list[str]:
        return await check_server(redis, settings.appendfsync)

    async def namespace() -> list[str]:
        keys, game = Keys(settings.namespace), load_game(settings.game)
        problems = await claim_namespace(redis, keys, await vault.deployment())
        return problems or await claim_game(redis, keys, None if game is None else game.identity)

    try:
        for name, check in (("postgresql", postgres), ("schema", schema), ("redis", server), ("namespace", namespace)):
            try:
                findings.append((name, await check()))
            except (SatchelError, OSError) as error:
                findings.append((name, [str(error)]))
    finally:
        await vault.close()
        redis.close()
    return findings


async def compare_copies(settings: Settings, postgres_dsn: str, redis_url: str, char_id: HolderId) -> dict[str, Any]:
    """Put the session of a character beside the vault; nothing is attached or changed by it.

    Returns:
        `rows` of what, session, vault; and the unflushed part of the journal.

    Raises:
        CharacterNotFound: Neither copy knows the character.
    """
    catalogue = load_catalogue(Path(settings.catalogue) if settings.catalogue else None)
    vault, redis = PostgresVault(postgres_dsn), RedisNode(Address.parse(redis_url))
    sessions = wire(redis, vault, catalogue, keys=Keys(settings.namespace)).sessions
    try:
        found = await sessions.peek(char_id)
        try:
            state = await vault.read_state(char_id)
        except CharacterNotFound:
            if found is None:
                raise
            state = None
    finally:
        await vault.close()
        redis.close()
    there = (
        None
        if state is None
        else InventorySessionDTO(
            catalogue,
            char_id,
            state.character,
            state.items,
            state.wallet,
            version=state.head.version,
            epoch=state.head.epoch,
            h=state.head.h,
        )
    )
    here = None if found is None else found.session
    rows = [
        {"what": what, "session": _shown(here, what), "vault": _shown(there, what)}
        for what in ("version", "epoch", "h", "character", "items", "worn", "wallet")
    ]
    if here is not None and there is not None:
        for item_id in sorted({*here.items, *there.items}):
            mine, theirs = here.items.get(item_id), there.items.get(item_id)
            if mine != theirs:
                rows.append({"what": f"item {item_id}", "session": str(mine), "vault": str(theirs)})
    journal: list[dict[str, Any]] = []
    if found is not None:
        head, ttl_ms = found.top, found.ttl_ms
        rows.append(
            {"what": "state", "session": head.quarantine or head.state, "vault": (state and state.quarantine) or "-"}
        )
        rows.append({"what": "flushed version", "session": str(head.flushed_version), "vault": "-"})
        rows.append(
            {"what": "time to live", "session": "none" if ttl_ms < 0 else f"{ttl_ms / 1000:.0f} s", "vault": "-"}
        )
        for sealed in found.journal:
            if sealed.version > head.flushed_version:
                record = open_record(sealed.json)
                journal.append({"version": sealed.version, "operations": record.operations, "actor": record.actor})
    return {"char_id": char_id, "rows": rows, "journal": journal}


def _shown(copy: InventorySessionDTO | None, what: str) -> str:
    if copy is None:
        return "-"
    match what:
        case "character":
            return f"{copy.character.name}, level {copy.character.level}, of {copy.character.owner}"
        case "items":
            return f"{len(copy.items)} ({sum(item.quantity for item in copy.items.values())} in all)"
        case "worn":
            return " ".join(sorted({copy.items[item_id].definition for item_id in copy.worn.values()})) or "nothing"
        case "wallet":
            return " ".join(f"{name}={amount}" for name, amount in sorted(copy.wallet.items())) or "empty"
    return str(getattr(copy, what))
