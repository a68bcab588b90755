"""One Redis or Valkey server, over one link that all tasks of a process share.

When the link breaks, the next command connects again. See docs/decisions/ for why this is not a client library.
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

    It is also the `Redis` of a deployment with one server: every key leads to it.

    Args:
        address: Where the server is.
        connect_timeout_s: Longest wait for a connection.
        reply_timeout_s: Longest wait for a reply; then the link is broken. A change counts from the next link on.
        dial: Opens a link; a socket to the address if None.
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
        """Get the live link, connecting if there is none.

        Raises:
            SessionUnavailable: The server cannot be reached, or refuses the credentials.
        """
        if (link := self.live()) is not None:
            return link
        # All who come meanwhile share one try and its outcome: one after the other they would wait for ever.
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
            SessionUnavailable: The server is away; whether the command was carried out is unknown.
        """
        link = await self.link()
        return await reply_of(link.send(*command))

    async def execute_all(self, commands: Iterable[tuple[Argument, ...]]) -> list[Reply]:
        """Run commands in one write.

        Returns:
            Their replies, in order.

        Raises:
            SessionUnavailable: The server is away; which of them were carried out is unknown.
        """
        link = await self.link()
        waiters = [link.send(*command) for command in commands]
        # All are awaited, also when the first one fails: nobody else would hear of the others.
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
            link.close()  # Nobody else knows it yet, also when a stop comes in this moment.
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
    """Take note of the outcome, so that asyncio does not report one that nobody read."""
    if not waiter.cancelled():
        waiter.exception()
