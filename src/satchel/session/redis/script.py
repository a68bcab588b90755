"""The Lua scripts: one file, one verb, one contract. `session/answers.py` has the codes of their answers."""

import re
from functools import cache
from hashlib import sha1
from importlib import resources

import hiredis

from satchel.errors import InvariantBroken, SessionUnavailable
from satchel.failpoints import reach
from satchel.session.redis import Argument, Redis, Reply
from satchel.session.redis.link import reply_of

__all__ = ["Script", "source_of"]

TRIES = 3
"""How often a script is loaded into a server that keeps forgetting it."""

INCLUDE = re.compile(r"^-- include: (\w+)\n", re.MULTILINE)


class Script:
    """A script of `session/scripts/`. It is called by its digest, and loaded if the server does not know it.

    Args:
        name: The file's name without its ending.
        bound: Its first argument is the run_id of the server that the call goes to.
    """

    def __init__(self, name: str, *, bound: bool = False) -> None:
        self.name = name
        self.source = source_of(name)
        self.digest = _digest(self.source)
        self._bound = bound

    async def run(self, redis: Redis, keys: tuple[str, ...], *arguments: Argument) -> list[Reply]:
        """Run the script on the server of its keys: one round trip, or three if the server does not know the script.

        Args:
            redis: Where to run it.
            keys: Its KEYS; all of one bucket.
            arguments: Its ARGV, without the run_id of a bound script.

        Returns:
            Its answer; a bare code becomes a list of one.

        Raises:
            InvariantBroken: The script failed.
            SessionUnavailable: The server is away; whether the script ran is unknown.
        """
        for _ in range(TRIES):
            link = redis.live(keys[0]) or await redis.link(keys[0])
            who = (link.run_id,) if self._bound else ()
            try:
                reply = await link.send("EVALSHA", self.digest, len(keys), *keys, *who, *arguments)
            except hiredis.ReplyError as error:
                if not str(error).startswith("NOSCRIPT"):
                    raise InvariantBroken(reason=f"redis: {error}") from error
            else:
                return [reply] if isinstance(reply, int) else reply
            # NOSCRIPT means that it did not run, so calling again is safe. The server may forget the script between the
            # two calls, or another server may answer by then: hence a few tries.
            reach("script.before_load")
            await reply_of((await redis.link(keys[0])).send("SCRIPT", "LOAD", self.source))
            reach("script.after_load")
        raise SessionUnavailable(reason="the server keeps forgetting its scripts")


@cache
def source_of(name: str) -> str:
    """Read a script, and put the text of `scripts/shared/name.lua` in place of each `-- include: name`."""
    return INCLUDE.sub(lambda include: _read(f"shared/{include[1]}"), _read(name))


def _read(name: str) -> str:
    return (resources.files("satchel.session") / "scripts" / f"{name}.lua").read_text()


@cache
def _digest(source: str) -> str:
    return sha1(source.encode(), usedforsecurity=False).hexdigest()
