"""The connection to Redis, whether that is one server or several."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from satchel.session.redis.link import Address, Argument, Link, Reply
from satchel.session.redis.node import RedisNode

__all__ = ["Address", "Argument", "Link", "Redis", "RedisNode", "Reply"]


class Redis(Protocol):
    """Everything that `session/` uses of Redis. A `RedisNode` implements it for a single server.

    The key decides which server a command goes to. All keys of a bucket are on one server, because they carry the
    bucket in braces. Different buckets may be on different servers.
    """

    def live(self, key: str) -> Link | None:
        """Find the live link for a key without awaiting anything, as the hot path can nearly always do."""

    async def link(self, key: str) -> Link:
        """Get the live link for a key; connect if there is none.

        Raises:
            SessionUnavailable: The server cannot be reached, or refuses the credentials.
        """

    def nodes(self) -> Sequence[RedisNode]:
        """All servers, for what concerns a whole server, such as its settings or a scan of its keys."""

    async def recognise(self, key: str) -> None:
        """Ask the server of a key once more which incarnation it is.

        An old connection may know the server by an outdated id, because a primary gets a new replication id with its
        first replica. A session attached under the outdated id would be attached again by every newer connection, and
        then again by the old one, for ever.
        """

    async def execute(self, *command: Argument) -> Reply:
        """Run one command on the server of its key, which is the command's second word.

        Raises:
            SessionUnavailable: The server is away; whether it carried the command out is unknown.
        """

    async def execute_all(self, commands: Iterable[tuple[Argument, ...]]) -> list[Reply]:
        """Run commands, each on the server of its key, with one write per server.

        Returns:
            The replies, in the order of the commands.

        Raises:
            SessionUnavailable: A server is away; which commands were carried out is unknown.
        """

    async def publish(self, channel: str, message: Argument) -> None:
        """Send a message to a channel without waiting for the reply. It may get lost, so nothing may depend on it."""

    async def subscribe(self, channel: str, on_message: Callable[[bytes], None]) -> Link:
        """Open a separate link that listens to a channel. When it breaks, the caller has to subscribe again."""

    def close(self) -> None:
        """Break all connections."""
