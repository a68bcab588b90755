"""The data types of Redis that sessions use, and the commands on them, in plain Python.

As much of Redis as Satchel needs, and no more: an unknown command or option is an error, so that a test notices. The
contract suite holds every command and every script equal to the real servers.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any, TypeVar

import hiredis

from satchel.testing.arguments import (
    SEQUENCE_MAX,
    Command,
    StreamId,
    at_least,
    at_most,
    digits,
    options,
    ranks,
    stream_id,
)

__all__ = ["Command", "Keyspace", "Reply"]

Reply = Any
"""What a command answers: int, bytes, None, or a list of them."""

Value = TypeVar("Value")


class SortedSet(dict[bytes, float]):
    """Members by score."""

    def in_order(self) -> list[bytes]:
        """Members by score, then by bytes."""
        return sorted(self, key=lambda member: (self[member], member))


class Stream:
    """Entries in the order of their ids."""

    def __init__(self) -> None:
        self.ids: list[StreamId] = []
        self.fields: list[list[bytes]] = []
        self.last: StreamId = (0, 0)

    def copy(self) -> "Stream":
        """The same entries, to go on by themselves."""
        twin = Stream()
        twin.ids, twin.fields, twin.last = self.ids.copy(), self.fields.copy(), self.last
        return twin


class Keyspace:
    """All keys of a server.

    Attributes:
        now_ms: The time that keys expire by; the caller of commands moves it.
        published: Channel and message of each PUBLISH; the caller of commands takes them from here.
    """

    def __init__(self, now_ms: int = 0) -> None:
        self.now_ms = now_ms
        self.published: list[tuple[bytes, bytes]] = []
        self.values: dict[bytes, Any] = {}
        self.expires_ms: dict[bytes, int] = {}

    def call(self, command: Command) -> Reply:
        """Carry out one command.

        Raises:
            hiredis.ReplyError: What the server would have answered.
        """
        method = _COMMANDS.get(command[0].upper())
        if method is None:
            raise hiredis.ReplyError(f"ERR unknown command '{command[0].decode()}'")
        try:
            return method(self, command[1:])
        except (IndexError, ValueError) as error:
            raise hiredis.ReplyError(f"ERR wrong arguments for '{command[0].decode()}': {error}") from error

    def copy(self) -> "Keyspace":
        """The same keys, to go on by themselves: what a replica or an AOF holds."""
        twin = Keyspace(self.now_ms)
        twin.values = {key: value if isinstance(value, bytes) else value.copy() for key, value in self.values.items()}
        for key, value in self.values.items():
            if isinstance(value, SortedSet):
                twin.values[key] = SortedSet(value)
        twin.expires_ms = self.expires_ms.copy()
        return twin

    def living(self) -> Iterator[tuple[bytes, int | None]]:
        """Every living key, and when it expires."""
        for key in list(self.values):
            if self._living(key) is not None:
                yield key, self.expires_ms.get(key)

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _living(self, key: bytes) -> Any:
        value = self.values.get(key)
        if value is not None and self.expires_ms and self.expires_ms.get(key, self.now_ms + 1) <= self.now_ms:
            self._drop(key)
            return None
        return value

    def _drop(self, key: bytes) -> None:
        del self.values[key]
        self.expires_ms.pop(key, None)

    def _get(self, key: bytes, kind: type[Value]) -> Value | None:
        value = self._living(key)
        if value is not None and type(value) is not kind:
            raise hiredis.ReplyError("WRONGTYPE Operation against a key holding the wrong kind of value")
        return value

    def _get_or_make(self, key: bytes, kind: type[Value]) -> Value:
        value = self._get(key, kind)
        if value is None:
            value = self.values[key] = kind()
        return value

    # -- any key -------------------------------------------------------------------------------------------------------

    def _del(self, arguments: Command) -> int:
        found = [key for key in dict.fromkeys(arguments) if self._living(key) is not None]
        for key in found:
            self._drop(key)
        return len(found)

    def _exists(self, arguments: Command) -> int:
        return sum(self._living(key) is not None for key in arguments)

    def _rename(self, arguments: Command) -> bytes:
        source, target = arguments
        if self._living(source) is None:
            raise hiredis.ReplyError("ERR no such key")
        self.expires_ms.pop(target, None)
        self.values[target] = self.values.pop(source)
        if source in self.expires_ms:
            self.expires_ms[target] = self.expires_ms.pop(source)
        return b"OK"

    def _pexpire(self, arguments: Command) -> int:
        key, ttl_ms = arguments
        if self._living(key) is None:
            return 0
        self.expires_ms[key] = self.now_ms + int(ttl_ms)
        return 1

    def _persist(self, arguments: Command) -> int:
        (key,) = arguments
        return int(self._living(key) is not None and self.expires_ms.pop(key, None) is not None)

    def _pttl(self, arguments: Command) -> int:
        (key,) = arguments
        if self._living(key) is None:
            return -2
        return self.expires_ms[key] - self.now_ms if key in self.expires_ms else -1

    def _type(self, arguments: Command) -> bytes:
        names = {dict: b"hash", SortedSet: b"zset", Stream: b"stream", bytes: b"string", type(None): b"none"}
        return names[type(self._living(arguments[0]))]

    def _scan(self, arguments: Command) -> Reply:
        # All at once; who scans the real server has to be ready to be given it in parts.
        pattern = options(arguments[1:], {b"COUNT": 1, b"MATCH": 1}).get(b"MATCH", (b"*",))[0].decode()
        return [b"0", [key for key, _ in self.living() if fnmatchcase(key.decode(), pattern)]]

    # -- strings -------------------------------------------------------------------------------------------------------

    def _set(self, arguments: Command) -> bytes | None:
        key, value = arguments[:2]
        given = options(arguments[2:], {b"NX": 0, b"PX": 1})
        if b"NX" in given and self._living(key) is not None:
            return None
        self.values[key] = value
        self.expires_ms.pop(key, None)
        if b"PX" in given:
            self.expires_ms[key] = self.now_ms + int(given[b"PX"][0])
        return b"OK"

    def _get_string(self, arguments: Command) -> bytes | None:
        return self._get(arguments[0], bytes)

    # -- hashes --------------------------------------------------------------------------------------------------------

    def _hset(self, arguments: Command) -> int:
        if len(arguments) < 3 or len(arguments) % 2 == 0:
            raise ValueError("field without value")
        fields: dict[bytes, bytes] = self._get_or_make(arguments[0], dict)
        before = len(fields)
        fields.update(zip(arguments[1::2], arguments[2::2], strict=True))
        return len(fields) - before

    def _hsetnx(self, arguments: Command) -> int:
        key, field, value = arguments
        fields: dict[bytes, bytes] = self._get_or_make(key, dict)
        if field in fields:
            return 0
        fields[field] = value
        return 1

    def _hget(self, arguments: Command) -> bytes | None:
        key, field = arguments
        return (self._get(key, dict) or {}).get(field)

    def _hmget(self, arguments: Command) -> list[bytes | None]:
        fields = self._get(arguments[0], dict) or {}
        return [fields.get(field) for field in arguments[1:]]

    def _hgetall(self, arguments: Command) -> list[bytes]:
        (key,) = arguments
        return [part for pair in (self._get(key, dict) or {}).items() for part in pair]

    def _hdel(self, arguments: Command) -> int:
        fields = self._get(arguments[0], dict)
        if fields is None:
            return 0
        gone = [field for field in arguments[1:] if fields.pop(field, None) is not None]
        if not fields:
            self._drop(arguments[0])
        return len(gone)

    # -- sorted sets ---------------------------------------------------------------------------------------------------

    def _zadd(self, arguments: Command) -> int:
        key, rest, mode = arguments[0], arguments[1:], b""
        if rest[0].upper() in (b"NX", b"XX"):
            mode, rest = rest[0].upper(), rest[1:]
        members = self._get(key, SortedSet)
        if members is None:
            if mode == b"XX":
                return 0
            members = self.values[key] = SortedSet()
        before = len(members)
        for score, member in zip(rest[::2], rest[1::2], strict=True):
            if (mode != b"NX" or member not in members) and (mode != b"XX" or member in members):
                members[member] = float(score)
        return len(members) - before

    def _zrem(self, arguments: Command) -> int:
        members = self._get(arguments[0], SortedSet)
        if members is None:
            return 0
        gone = [member for member in arguments[1:] if members.pop(member, None) is not None]
        if not members:
            self._drop(arguments[0])
        return len(gone)

    def _zcard(self, arguments: Command) -> int:
        return len(self._get(arguments[0], SortedSet) or ())

    def _zscore(self, arguments: Command) -> bytes | None:
        key, member = arguments
        score = (self._get(key, SortedSet) or SortedSet()).get(member)
        return None if score is None else digits(score)

    def _zrange(self, arguments: Command) -> list[bytes]:
        key, first, last = arguments[:3]
        given = options(arguments[3:], {b"BYSCORE": 0, b"LIMIT": 2, b"WITHSCORES": 0})
        members = self._get(key, SortedSet) or SortedSet()
        found = members.in_order()
        if b"BYSCORE" in given:
            found = [member for member in found if at_least(members[member], first) and at_most(members[member], last)]
        else:
            found = found[ranks(len(found), first, last)]
        if b"LIMIT" in given:
            offset, count = (int(number) for number in given[b"LIMIT"])
            found = found[offset:] if count < 0 else found[offset : offset + count]
        if b"WITHSCORES" in given:
            return [part for member in found for part in (member, digits(members[member]))]
        return found

    def _zremrangebyrank(self, arguments: Command) -> int:
        key, first, last = arguments
        members = self._get(key, SortedSet) or SortedSet()
        return self._zrem((key, *members.in_order()[ranks(len(members), first, last)]))

    def _zremrangebyscore(self, arguments: Command) -> int:
        key, first, last = arguments
        members = self._get(key, SortedSet) or SortedSet()
        gone = [member for member, score in members.items() if at_least(score, first) and at_most(score, last)]
        return self._zrem((key, *gone))

    # -- streams -------------------------------------------------------------------------------------------------------

    def _xadd(self, arguments: Command) -> bytes:
        key, entry_id, *fields = arguments
        stream, new = self._get(key, Stream), stream_id(entry_id, 0)
        if new == (0, 0):
            raise hiredis.ReplyError("ERR The ID specified in XADD must be greater than 0-0")
        if stream is not None and new <= stream.last:
            raise hiredis.ReplyError("ERR The ID specified in XADD is equal or smaller than the target stream top item")
        stream = stream or self._get_or_make(key, Stream)
        stream.ids.append(new)
        stream.fields.append(fields)
        stream.last = new
        return b"%d-%d" % new

    def _xrange(self, arguments: Command) -> list[list[Reply]]:
        key, first, last = arguments[:3]
        given = options(arguments[3:], {b"COUNT": 1})
        stream = self._get(key, Stream)
        if stream is None:
            return []
        ids = stream.ids
        after = bisect_right if first.startswith(b"(") else bisect_left
        until = bisect_left if last.startswith(b"(") else bisect_right
        start = 0 if first == b"-" else after(ids, stream_id(first.lstrip(b"("), 0))
        end = len(ids) if last == b"+" else until(ids, stream_id(last.lstrip(b"("), SEQUENCE_MAX))
        if b"COUNT" in given:
            end = min(end, start + max(0, int(given[b"COUNT"][0])))
        return [[b"%d-%d" % ids[i], list(stream.fields[i])] for i in range(start, end)]

    def _xlen(self, arguments: Command) -> int:
        stream = self._get(arguments[0], Stream)
        return 0 if stream is None else len(stream.ids)

    def _xtrim(self, arguments: Command) -> int:
        key, strategy, threshold = arguments
        if strategy.upper() != b"MINID":
            raise ValueError(strategy)
        stream = self._get(key, Stream)
        if stream is None:
            return 0
        cut = bisect_left(stream.ids, stream_id(threshold, 0))
        del stream.ids[:cut], stream.fields[:cut]
        return cut

    # -- the server ----------------------------------------------------------------------------------------------------

    def _time(self, _arguments: Command) -> list[bytes]:
        return [b"%d" % (self.now_ms // 1000), b"%d" % (self.now_ms % 1000 * 1000)]

    def _publish(self, arguments: Command) -> int:
        channel, message = arguments
        self.published.append((channel, message))
        return 0


_COMMANDS: dict[bytes, Callable[[Keyspace, Command], Reply]] = {
    b"DEL": Keyspace._del,
    b"EXISTS": Keyspace._exists,
    b"GET": Keyspace._get_string,
    b"HDEL": Keyspace._hdel,
    b"HGET": Keyspace._hget,
    b"HGETALL": Keyspace._hgetall,
    b"HMGET": Keyspace._hmget,
    b"HSET": Keyspace._hset,
    b"HSETNX": Keyspace._hsetnx,
    b"PERSIST": Keyspace._persist,
    b"PEXPIRE": Keyspace._pexpire,
    b"PTTL": Keyspace._pttl,
    b"PUBLISH": Keyspace._publish,
    b"RENAME": Keyspace._rename,
    b"SCAN": Keyspace._scan,
    b"SET": Keyspace._set,
    b"TIME": Keyspace._time,
    b"TYPE": Keyspace._type,
    b"XADD": Keyspace._xadd,
    b"XLEN": Keyspace._xlen,
    b"XRANGE": Keyspace._xrange,
    b"XTRIM": Keyspace._xtrim,
    b"ZADD": Keyspace._zadd,
    b"ZCARD": Keyspace._zcard,
    b"ZRANGE": Keyspace._zrange,
    b"ZREM": Keyspace._zrem,
    b"ZREMRANGEBYRANK": Keyspace._zremrangebyrank,
    b"ZREMRANGEBYSCORE": Keyspace._zremrangebyscore,
    b"ZSCORE": Keyspace._zscore,
}
