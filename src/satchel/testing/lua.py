"""Runs the scripts of `session/scripts/` as Redis does: the same Lua 5.1, the same conversion of values.

No script is written twice: what the tests run is what the servers run.
"""

from collections.abc import Callable
from functools import cache
from hashlib import sha1
from typing import Any

import hiredis
from lupa.lua51 import LuaError, LuaRuntime, lua_type  # type: ignore[import-untyped]  # it ships no types

from satchel.testing.keyspace import Command, Reply

__all__ = ["digest_of", "run_script"]

Call = Callable[[Command], Reply]
LuaValue = Any


@cache
def digest_of(source: bytes) -> str:
    """The name under which EVALSHA knows a script."""
    return sha1(source, usedforsecurity=False).hexdigest()


def run_script(source: bytes, keys: Command, arguments: Command, call: Call) -> Reply:
    """Run a script.

    Args:
        source: Its text.
        keys: KEYS.
        arguments: ARGV.
        call: Carries out what the script hands to `redis.call`.

    Raises:
        hiredis.ReplyError: A command in it failed, or the script itself; what it wrote before stays written.
    """
    return _machine().run(source, keys, arguments, call)


class _Machine:
    """One Lua for the whole process; scripts are compiled once."""

    def __init__(self) -> None:
        self._lua = LuaRuntime(encoding=None, register_eval=False, register_builtins=False)
        self._compiled: dict[bytes, Callable[..., LuaValue]] = {}
        self._call: Call = _no_call
        self._table = self._lua.table_from
        self._lua.globals()[b"redis"] = self._table({b"call": self._redis_call})

    def run(self, source: bytes, keys: Command, arguments: Command, call: Call) -> Reply:
        script = self._compiled.get(source)
        if script is None:
            script = self._compiled[source] = self._lua.execute(b"return function(KEYS, ARGV)\n" + source + b"\nend")
        self._call = call
        try:
            return _to_reply(script(self._table(keys), self._table(arguments)))
        except LuaError as error:
            raise hiredis.ReplyError(f"ERR {error}") from error
        finally:
            self._call = _no_call

    def _redis_call(self, *arguments: bytes | float) -> LuaValue:
        return self._to_lua(self._call(tuple(_to_bytes(argument) for argument in arguments)))

    def _to_lua(self, reply: Reply) -> LuaValue:
        if reply is None:
            return False
        if isinstance(reply, list):
            return self._table([self._to_lua(part) for part in reply])
        return reply


@cache
def _machine() -> _Machine:
    return _Machine()


def _no_call(_command: Command) -> Reply:
    raise hiredis.ReplyError("ERR redis.call outside of a script")


def _to_bytes(argument: bytes | float) -> bytes:
    if isinstance(argument, bytes):
        return argument
    if isinstance(argument, bool) or not isinstance(argument, int | float):
        raise hiredis.ReplyError("ERR Lua redis lib command arguments must be strings or integers")
    return b"%.17g" % argument


def _to_reply(value: LuaValue) -> Reply:
    """A table ends at its first nil; numbers lose what is behind the point; false is nil."""
    if isinstance(value, bytes):
        return value
    if value is None or value is False:
        return None
    if isinstance(value, int | float):
        return int(value)
    if lua_type(value) != "table":
        raise hiredis.ReplyError("ERR a script answered with something that is no value")
    parts = []
    number = 1
    while (part := value[number]) is not None:
        parts.append(_to_reply(part))
        number += 1
    return parts
