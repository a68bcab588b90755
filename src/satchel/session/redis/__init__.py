"""The way to Redis: what the sessions ask of it, whether one server stands behind it or many."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from satchel.session.redis.link import Address, Argument, Link, Reply
from satchel.session.redis.node import RedisNode

__all__ = ["Address", "Argument", "Link", "Redis", "RedisNode", "Reply"]


class Redis(Protocol):
    """Everything that `session/` uses of Redis; a `RedisNode` is one of a single server.

    A key decides which server a command goes to. All keys of a bucket lead to the same one, because they carry the
    bucket in braces; those of different buckets may lead to different ones.
    """

    def live(self, key: str) -> Link | None:
        """The link for a key if it is alive, without a coroutine to wait for: the hot path nearly always has one."""

    async def link(self, key: str) -> Link:
        """Get the live link for a key, connecting if there is none.

        Raises:
            SessionUnavailable: The server cannot be reached, or refuses the credentials.
        """

    def nodes(self) -> Sequence[RedisNode]:
        """All servers: for what concerns a server as a whole, such as its settings or a look through all its keys."""

    async def recognise(self, key: str) -> None:
        """Ask the server of a key once more which incarnation it is.

        An old connection may know it under an earlier name: a primary gets a new one with its first replica. Attaching
        under the earlier name would make every newer connection attach again, and so on for ever.
        """

    async def execute(self, *command: Argument) -> Reply:
        """Run one command on the server of its key, which is its second word.

        Raises:
            SessionUnavailable: The server is away; whether the command was carried out is unknown.
        """

    async def execute_all(self, commands: Iterable[tuple[Argument, ...]]) -> list[Reply]:
        """Run commands, each on the server of its key, in one write per server.

        Returns:
            Their replies, in the order given.

        Raises:
            SessionUnavailable: A server is away; which of the commands were carried out is unknown.
        """

    async def publish(self, channel: str, message: Argument) -> None:
        """Say something on a channel, without waiting for the answer: nothing may rest on its being heard."""

    async def subscribe(self, channel: str, on_message: Callable[[bytes], None]) -> Link:
        """Open a link of its own that hears a channel; it ends when it breaks, and the caller subscribes anew."""

    def close(self) -> None:
        """Break all connections."""
