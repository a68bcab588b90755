"""Checks of a Redis server before sessions may live on it."""

from satchel.ports import BUCKETS
from satchel.session.codec import FORMAT
from satchel.session.keys import Keys
from satchel.session.redis import Redis, RedisNode

__all__ = ["bind_game", "check_server", "claim_game", "claim_namespace"]

GameId = tuple[str, str]
"""Name and digest of a game."""

SAFE_EVICTION = ("noeviction", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl")
"""Policies that evict only keys with a time to live. Only clean sessions have one."""

GAME_FIELDS = ("game", "game_digest")
"""Where the deployment's hash names the game."""

STRENGTH = {"no": 0, "everysec": 1, "always": 2}
"""How much `appendfsync` promises; a server may promise more than is asked for."""


async def check_server(redis: Redis, appendfsync: str) -> list[str]:
    """List the settings under which the promise does not hold, each with what to do; empty when all is well.

    Args:
        redis: Where the sessions will be; every server of it is asked.
        appendfsync: The weakest setting that is accepted: `always` or `everysec`.
    """
    problems = [problem for node in redis.nodes() for problem in await _problems_of(node, appendfsync)]
    return list(dict.fromkeys(problems))


async def claim_namespace(redis: Redis, keys: Keys, vault_id: str) -> list[str]:
    """Bind the namespace to this vault, number of buckets and format, or say what else it is bound to."""
    mine = {"buckets": str(BUCKETS), "vault": vault_id, "format": FORMAT}
    problems = []
    for field, value in mine.items():
        await redis.execute("HSETNX", keys.deployment, field, value)
        found = (await redis.execute("HGET", keys.deployment, field)).decode()
        if found != value:
            problems.append(
                f"the namespace {keys.namespace!r} of this Redis was made with {field} {found}, not {value}: "
                f"{_advice(field)}"
            )
    return problems


async def claim_game(redis: Redis, keys: Keys, game: GameId | None) -> list[str]:
    """Bind the namespace to a game if it has none, or say what else it is bound to.

    A process without the game or with another one would carry out actions that the game forbids.

    Args:
        redis: Where the sessions are.
        keys: Names of keys.
        game: Name and digest of this process's game; None if it has none.
    """
    if game is not None:
        for field, value in zip(GAME_FIELDS, game, strict=True):
            await redis.execute("HSETNX", keys.deployment, field, value)
    replies = await redis.execute("HMGET", keys.deployment, *GAME_FIELDS)
    name, digest = [None if reply is None else reply.decode() for reply in replies]
    if (name, digest) == (game or (None, None)):
        return []
    if game is None:
        return [f"the namespace {keys.namespace!r} is played with the game {name!r}: start with --game or SATCHEL_GAME"]
    if name != game[0]:
        return [f"the namespace {keys.namespace!r} is played with the game {name!r}, and not with {game[0]!r}"]
    changed = f"the game {name!r} declares something else than when the namespace {keys.namespace!r} was bound to it"
    return [f"{changed}; when no process runs it as it was then: satchel game bind"]


async def bind_game(redis: Redis, keys: Keys, game: GameId | None) -> None:
    """Bind the namespace to another game than before; None unbinds it."""
    if game is None:
        await redis.execute("HDEL", keys.deployment, *GAME_FIELDS)
    else:
        name, digest = game
        await redis.execute("HSET", keys.deployment, "game", name, "game_digest", digest)


async def _problems_of(node: RedisNode, appendfsync: str) -> list[str]:
    found: dict[str, str] = {}
    for name in ("maxmemory-policy", "appendonly", "appendfsync"):
        reply = await node.execute("CONFIG", "GET", name)
        if reply:
            found[name] = reply[1].decode()
    problems = []
    if found.get("maxmemory-policy", SAFE_EVICTION[0]) not in SAFE_EVICTION:
        problems.append(
            f"maxmemory-policy is {found['maxmemory-policy']}: it may evict sessions with unsaved changes; "
            "set it to noeviction"
        )
    if found.get("appendonly") != "yes":
        problems.append("appendonly is off: a restart of Redis would lose unsaved changes; set appendonly yes")
    elif STRENGTH.get(found.get("appendfsync", "no"), 0) < STRENGTH[appendfsync]:
        problems.append(
            f"appendfsync is {found.get('appendfsync')}: a crash of Redis would lose acknowledged actions; set it to "
            f"{appendfsync}, or accept the loss with SATCHEL_APPENDFSYNC={found.get('appendfsync')}"
        )
    return problems + _version_problems((await node.link()).info)


def _advice(field: str) -> str:
    if field == "format":
        return (
            "another release packs sessions otherwise, and this one would strip what it does not know; close all "
            "sessions with that release first, or set SATCHEL_NAMESPACE to a new name"
        )
    return "it belongs to another deployment; set SATCHEL_NAMESPACE to a name of your own"


def _version_problems(info: dict[str, str]) -> list[str]:
    name = "valkey" if "valkey_version" in info else "redis"
    version = info.get("valkey_version") or info.get("redis_version", "0")
    major, minor = (int(part) for part in (version + ".0").split(".")[:2])
    oldest = (7, 2) if name == "valkey" else (7, 0)
    if (major, minor) < oldest:
        return [f"{name} {version} is too old; use Redis 7.0 to 8, or Valkey 7.2 to 9"]
    return []
