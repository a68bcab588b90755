"""One Redis or Valkey server, over one link that all tasks of a process share.

When the link breaks, the next command connects again. docs/decisions/own-redis-connection.md says why this is not a
client library.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import hiredis

from satchel.errors import SessionUnavailable
from satchel.failpoints import reach
from satchel.session.redis.link import WHO, Address, Argument, Link, Reply, dial, reply_of

__all__ = ["RedisNode"]


class RedisNode:
    """Keeps one `Link` to one server alive.

    It implements `Redis` for a deployment with one server, to which every key leads.

    Args:
        address: Where the server is.
        connect_timeout_s: Longest wait for a connection.
        reply_timeout_s: Longest wait for a reply; after that the link breaks. A new value counts from the next link on.
        dial: Opens a link; None opens a socket to the address.
    """

    def __init__(
        self,
        address: Address,
        *,
        connect_timeout_s: float = 2.0,
        reply_timeout_s: float = 5.0,
        dial: Callable[[], Awaitable[Link]] | None = None,
    ) -> None:
        self.reply_timeout_s = reply_timeout_s
        self._address = address
        self._connect_timeout_s = connect_timeout_s
        self._dial = dial or self._dial_socket
        self._link: Link | None = None
        self._connecting: asyncio.Task[Link] | None = None
        self._closed = False

    # -- as a deployment -----------------------------------------------------------------------------------------------

    def nodes(self) -> "tuple[RedisNode, ...]":
        """See `Redis`."""
        return (self,)

    def live(self, _key: str = "") -> Link | None:
        """See `Redis`."""
        link = self._link
        return link if link is not None and link.alive else None

    async def link(self, _key: str = "") -> Link:
        """Get the live link; connect if there is none.

        Raises:
            SessionUnavailable: The server cannot be reached, or refuses the credentials.
        """
        if (link := self.live()) is not None:
            return link
        # All tasks that ask meanwhile share one try and its outcome. If each tried in turn and the server were away,
        # the last of them would wait for all timeouts together.
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._connect())
            self._connecting.add_done_callback(self._connected)
        return await asyncio.shield(self._connecting)

    async def recognise(self, _key: str = "") -> None:
        """See `Redis`."""
        link = await self.link()
        link.recognise(await reply_of(link.send(*WHO)))

    # -- commands ------------------------------------------------------------------------------------------------------

    async def execute(self, *command: Argument) -> Reply:
        """Run one command.

        Raises:
            SessionUnavailable: The server is away; whether it carried the command out is unknown.
        """
        link = await self.link()
        return await reply_of(link.send(*command))

    async def execute_all(self, commands: Iterable[tuple[Argument, ...]]) -> list[Reply]:
        """Run commands in one write.

        Returns:
            The replies, in the order of the commands.

        Raises:
            SessionUnavailable: The server is away; which commands were carried out is unknown.
        """
        link = await self.link()
        waiters = [link.send(*command) for command in commands]
        # Await all, also if the first one fails: asyncio complains about a failed future that is never read.
        await asyncio.gather(*waiters, return_exceptions=True)
        return [await reply_of(waiter) for waiter in waiters]

    async def publish(self, channel: str, message: Argument) -> None:
        """See `Redis`."""
        (await self.link()).send("PUBLISH", channel, message).add_done_callback(_ignore)

    async def subscribe(self, channel: str, on_message: Callable[[bytes], None]) -> Link:
        """See `Redis`."""
        link = await self._connect()
        try:
            await reply_of(link.send("SUBSCRIBE", channel))
            reach("connect.after_subscribe")
        except BaseException:
            link.close()  # Nothing else refers to the link yet, so nothing else would close it.
            raise
        link.on_message = lambda message: on_message(message[2])
        return link

    def close(self) -> None:
        """Break the connection."""
        self._closed = True
        if self._connecting is not None:
            self._connecting.cancel()
        if self._link is not None:
            self._link.close()

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _connected(self, task: "asyncio.Task[Link]") -> None:
        self._connecting = None
        if not task.cancelled() and task.exception() is None:
            self._link = task.result()
            if self._closed:
                self._link.close()

    async def _connect(self) -> Link:
        if self._closed:
            raise SessionUnavailable(reason="closed")
        reach("connect.before_dial")
        link: Link | None = None
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                link = await self._dial()
                reach("connect.after_dial")
                await self._greet(link)
                reach("connect.after_greet")
        except (OSError, TimeoutError, hiredis.ReplyError) as error:
            if link is not None:
                link.close()
            raise SessionUnavailable(reason=f"cannot connect: {error or 'timed out'}") from error
        except BaseException:
            if link is not None:
                link.close()
            raise
        return link

    async def _dial_socket(self) -> Link:
        return await dial(self._address, self.reply_timeout_s)

    async def _greet(self, link: Link) -> None:
        address = self._address
        if address.password:
            credentials = (address.user, address.password) if address.user else (address.password,)
            await link.send("AUTH", *credentials)
        if address.db:
            await link.send("SELECT", address.db)
        link.recognise(await link.send(*WHO))


def _ignore(waiter: "asyncio.Future[Reply]") -> None:
    """Read the outcome, because asyncio complains about a failed future that is never read."""
    if not waiter.cancelled():
        waiter.exception()
