"""The same random calls on the fake and on a real server: every answer and everything left behind must be equal.

A failure says how it is repeated.
"""

import os
import random
import secrets
from collections import Counter

import hiredis
import pytest

from satchel.ids import HolderId
from satchel.session.answers import Code
from satchel.session.keys import CharacterKeys, Keys
from satchel.session.redis import Address, Argument, RedisNode, Reply
from satchel.session.redis.script import Script
from satchel.testing import FakeRedis

SEED = int(os.environ.get("SATCHEL_TEST_SEED", "0")) or secrets.randbelow(2**32)
CALLS = 2_000

FULL_SEED = 9
"""A seed whose calls see every code of every script."""

HEADS = ("a" * 32, "b" * 32, "c" * 32)
RUNS = ("run-1", "run-2")
STATES = ("live", "live", "live", "unconfirmed", "of another release")
EXPECTED = {
    "commit": {1, 2, -1, -2, -3, -4, -5, -6, -7, -10},
    "read": {2, 3, 4, -1, -2, -6},
    "adopt": {1, 2, 3, -8},
    "confirm": {4, -1, -8},
    "claim": {1},
    "settle": {1, 2, -1, -8, -9},
    "close": {1, 2, -1},
    "quarantine": {1, -1},
    "reindex": {1},
    "unlock": {1},
}
"""Every code of every script."""

Call = tuple[str, tuple[str, ...], tuple[Argument, ...]]


class Caller:
    """Makes up calls that hit every branch: few characters, few versions, few heads."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.keys = Keys(f"diff-{seed}")

    def call(self) -> Call:
        """One call: script, keys and arguments; or a plain command under the name ''."""
        char_id = self.random.choice((1, 2))
        keys, kind = self.keys.of(char_id), self.random.choices(tuple(_MAKERS), tuple(_WEIGHTS))[0]
        return _MAKERS[kind](self, char_id, keys)

    def commit(self, char_id: int, keys: CharacterKeys) -> Call:
        """A save, often one that fits."""
        version, fields = self.version(), self.random.choice((1, 3, 1_200))
        removed = [f"i{self.random.randrange(3)}" for _ in range(self.random.randrange(3))]
        written = [part for i in range(fields) for part in (f"i{i}", f"x{i}")]
        arguments = (version, self.head(), self.mark(), version + 1, self.head(), "record", 1_000, 2_000, char_id, 2)
        counted = (self.random.choice(("", "1")), len(removed), *removed)
        return "commit", _all(keys), (self.run(), self.epoch(), *arguments, *counted, *written)

    def read(self, _char_id: int, keys: CharacterKeys) -> Call:
        """A read, with or without an action id."""
        mark = self.random.choice(("", self.mark()))
        known = (self.run(), self.epoch(), self.version(), self.head())
        return "read", (keys.session, keys.journal, keys.marks), (*known, mark)

    def adopt(self, char_id: int, keys: CharacterKeys) -> Call:
        """An attach with a vault that is behind, ahead, or elsewhere."""
        recent = self.random.randrange(3)
        version = self.version()
        records = [part for i in range(recent) for part in (version - recent + 1 + i, self.head(), "r")]
        records = records if version - recent >= 0 else []
        marks = [part for i in range(len(records) // 3) for part in (_mark(i), i + 1)]
        held = (self.run(), self.epoch() + self.random.randrange(2), version, self.head(), 1_000, 900_000, char_id)
        reason = self.random.choice(("", "", "", "why"))
        counts = (2, len(records) // 3, len(marks) // 2)
        fork = self.keys.fork(HolderId(char_id), held[1])
        give_up = self.random.choice(("", "", "", "1"))
        return "adopt", (*_all(keys), fork), (*held, reason, give_up, *counts, "who", "x", "i1", "y", *records, *marks)

    def confirm(self, _char_id: int, keys: CharacterKeys) -> Call:
        """The third step of an attach."""
        return "confirm", (keys.session,), (self.run(), self.epoch())

    def claim(self, char_id: int, keys: CharacterKeys) -> Call:
        """A claim of all that is due, or of one."""
        named = self.random.choice(("", str(char_id)))
        prefix = self.keys.prefix(keys.bucket)
        return "claim", (keys.due, keys.dirty), (prefix, 5, self.random.choice((1, 2, 50)), 0, named, 0)

    def settle(self, char_id: int, keys: CharacterKeys) -> Call:
        """The vault took something."""
        arguments = (self.epoch(), self.version(), self.head(), 1_000, 2_000, 900_000, 2, 3, char_id)
        return "settle", _all(keys), arguments

    def close(self, char_id: int, keys: CharacterKeys) -> Call:
        """The end of a session."""
        return "close", _all(keys), (char_id,)

    def quarantine(self, char_id: int, keys: CharacterKeys) -> Call:
        """An operator's mark."""
        return "quarantine", (keys.session, keys.due, keys.dirty), (self.random.choice(("", "why")), char_id, 1_000)

    def reindex(self, _char_id: int, keys: CharacterKeys) -> Call:
        """A look for what the indexes lost."""
        return "reindex", (keys.due, keys.dirty), (self.keys.prefix(keys.bucket), 1_000, 1, 2)

    def unlock(self, _char_id: int, keys: CharacterKeys) -> Call:
        """An attach that is over."""
        return "unlock", (keys.lock,), (self.random.choice(("mine", "another's")),)

    def meddle(self, _char_id: int, keys: CharacterKeys) -> Call:
        """Put the head into a state that the other calls seldom reach."""
        version = self.version()
        journal = self.random.choice((0, version))
        if self.random.random() < 0.3:
            fields = ("run", RUNS[0], "epoch", 1, "ver", 4, "h", HEADS[0], "state", "live", "fver", 1, "fh", HEADS[0])
            return "", (keys.session,), ("HSET", keys.session, *fields)
        return self.random.choice(
            (
                ("", (), ("HSET", keys.session, "state", self.random.choice(STATES), "run", RUNS[0])),
                ("", (), ("HSET", keys.session, "epoch", 1, "ver", version, "h", self.head(), "fver", journal)),
                ("", (), ("HDEL", keys.session, "quarantine")),
                ("", (), ("HDEL", keys.session, self.random.choice(("epoch", "ver", "fver", "fh", "forgot")))),
                ("", (), ("HSET", keys.session, "forgot", self.random.randrange(6))),
                ("", (), ("SET", keys.lock, "mine")),
                ("", (), ("DEL", keys.due, keys.dirty)),
                ("", (), ("DEL", keys.journal)),
                ("", (), ("DEL", keys.session, keys.journal, keys.marks)),
                ("", (), ("HSET", keys.session, "ver", 4, "fver", self.random.choice((1, 4)))),
                ("", (), ("XADD", keys.journal, f"{version}-0", "h", self.head(), "r", "record")),
                ("", (), ("ZADD", keys.marks, version, self.mark())),
                ("", (), ("XTRIM", keys.journal, "MINID", version)),
            )
        )

    def version(self) -> int:
        """A version."""
        return self.random.randrange(1, 5)

    def epoch(self) -> int:
        """An epoch, mostly the first."""
        return self.random.choice((1, 1, 1, 2))

    def head(self) -> str:
        """A head of a chain, mostly the first."""
        return self.random.choice((HEADS[0], *HEADS))

    def run(self) -> str:
        """A server's name, mostly the first."""
        return self.random.choice((RUNS[0], *RUNS))

    def mark(self) -> str:
        """A digest of an action id."""
        return _mark(self.random.randrange(6))


_MAKERS = {
    "commit": Caller.commit,
    "read": Caller.read,
    "adopt": Caller.adopt,
    "confirm": Caller.confirm,
    "claim": Caller.claim,
    "settle": Caller.settle,
    "close": Caller.close,
    "quarantine": Caller.quarantine,
    "reindex": Caller.reindex,
    "unlock": Caller.unlock,
    "meddle": Caller.meddle,
}
_WEIGHTS = (12, 5, 6, 4, 3, 5, 1, 1, 1, 1, 12)


def _mark(number: int) -> str:
    return f"{number:012x}m{number}"


def _all(keys: CharacterKeys) -> tuple[str, ...]:
    return keys.session, keys.journal, keys.marks, keys.due, keys.dirty


async def _answer(redis: RedisNode, call: Call, scripts: dict[str, Script]) -> Reply:
    """What the server says; of an error only that it was one, as the words differ between servers."""
    name, keys, arguments = call
    link = await redis.link()
    try:
        if not name:
            return await link.send(*arguments)
        return await link.send("EVALSHA", scripts[name].digest, len(keys), *keys, *arguments)
    except hiredis.ReplyError:
        return "error"


def _plain(reply: Reply, name: str) -> Reply:
    """An answer without what may differ: the order of a hash's fields, and the server's clock."""
    if name == "claim" and isinstance(reply, list):
        return [reply[0], *reply[2:]]
    if isinstance(reply, list) and len(reply) == 2 and reply[0] in (Code.CONFLICT, Code.STATE):
        return [reply[0], sorted(zip(reply[1][::2], reply[1][1::2], strict=True))]
    return reply


async def _left_behind(redis: RedisNode, keys: CharacterKeys) -> list[Reply]:
    """Everything a call may have written. Scores of `due` come from the servers' clocks, so only members count."""
    commands: tuple[tuple[Argument, ...], ...] = (
        ("HGETALL", keys.session),
        ("XRANGE", keys.journal, "-", "+"),
        ("ZRANGE", keys.marks, 0, -1, "WITHSCORES"),
        ("ZRANGE", keys.dirty, 0, -1, "WITHSCORES"),
        ("ZCARD", keys.due),
    )
    found = [await redis.execute(*command) for command in commands]
    ttls = [await redis.execute("PTTL", key) for key in (keys.session, keys.journal, keys.marks)]
    state = sorted(zip(found[0][::2], found[0][1::2], strict=True))
    return [state, *found[1:], [ttl_ms if ttl_ms < 0 else "mortal" for ttl_ms in ttls]]


@pytest.mark.parametrize("seed", [FULL_SEED, SEED], ids=["full", "random"])
async def test_random_calls_leave_fake_and_real_server_alike(redis_url: str, seed: int) -> None:
    repeat = f"repeat with SATCHEL_TEST_SEED={seed} python -m pytest tests/contract/test_differential.py"
    caller, seen = Caller(seed), Counter[tuple[str, int]]()
    fake, real = FakeRedis(), RedisNode(Address.parse(redis_url))
    scripts = {name: Script(name) for name in EXPECTED}
    for redis in (fake, real):
        for script in scripts.values():
            await redis.execute("SCRIPT", "LOAD", script.source)

    for number in range(CALLS):
        call = caller.call()
        answers = [_plain(await _answer(redis, call, scripts), call[0]) for redis in (fake, real)]
        assert answers[0] == answers[1], f"call {number}: {call}; {repeat}"
        if call[0] and isinstance(answers[0], list | int):
            seen[call[0], answers[0] if isinstance(answers[0], int) else answers[0][0]] += 1
        for keys in (caller.keys.of(1), caller.keys.of(2)):
            if number % 8 and keys.session not in call[1]:
                continue
            assert await _left_behind(fake, keys) == await _left_behind(real, keys), f"call {number}: {call}; {repeat}"

    real.close()
    missed = {(name, code) for name, codes in EXPECTED.items() for code in codes if not seen[name, code]}
    assert missed == set() or seed != FULL_SEED


@pytest.mark.parametrize(
    "command",
    [
        ("HGET", "string", "field"),
        ("XADD", "stream", "0-0", "a", "b"),
        ("XADD", "stream", "1-0", "a", "b"),
        ("RENAME", "nothing", "something"),
        ("NOTHING", "here"),
        ("HSET", "hash", "field"),
        ("ZADD", "zset", "NX", "word", "member"),
        ("SET", "string", "value", "SOON"),
    ],
)
async def test_what_the_real_server_refuses_the_fake_refuses(redis_url: str, command: tuple[str, ...]) -> None:
    refusals = []
    for redis in (FakeRedis(), RedisNode(Address.parse(redis_url))):
        name = secrets.token_hex(4)
        link = await redis.link()
        await link.send("SET", f"string-{name}", "text")
        await link.send("XADD", f"stream-{name}", "5-0", "a", "b")
        with pytest.raises(hiredis.ReplyError) as caught:
            await link.send(command[0], f"{command[1]}-{name}", *command[2:])
        refusals.append(str(caught.value).split()[0])
        redis.close()

    assert refusals[0] == refusals[1]
