"""A Redis of several servers behind the smallest of routers: what a cluster is to the sessions, without its rules."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from satchel.session.redis import Argument, Link, RedisNode, Reply

__all__ = ["Router"]


class Router:
    """Sends the keys of even buckets to one server, and those of odd ones to another.

    Args:
        even: Also has the keys without a bucket.
        odd: The other one.
    """

    def __init__(self, even: RedisNode, odd: RedisNode) -> None:
        self._nodes = (even, odd)

    def nodes(self) -> Sequence[RedisNode]:
        return self._nodes

    def live(self, key: str) -> Link | None:
        return self._node(key).live()

    async def link(self, key: str) -> Link:
        return await self._node(key).link()

    async def recognise(self, key: str) -> None:
        await self._node(key).recognise()

    async def execute(self, *command: Argument) -> Reply:
        return await self._node(command[1]).execute(*command)

    async def execute_all(self, commands: Iterable[tuple[Argument, ...]]) -> list[Reply]:
        shares: dict[RedisNode, list[tuple[int, tuple[Argument, ...]]]] = {}
        for number, command in enumerate(commands):
            shares.setdefault(self._node(command[1]), []).append((number, command))
        answers = await asyncio.gather(
            *(node.execute_all([command for _, command in share]) for node, share in shares.items())
        )
        found = {
            number: reply
            for share, replies in zip(shares.values(), answers, strict=True)
            for (number, _), reply in zip(share, replies, strict=True)
        }
        return [found[number] for number in sorted(found)]

    async def publish(self, channel: str, message: Argument) -> None:
        await self._node(channel).publish(channel, message)

    async def subscribe(self, channel: str, on_message: Callable[[bytes], None]) -> Link:
        return await self._node(channel).subscribe(channel, on_message)

    def close(self) -> None:
        for node in self._nodes:
            node.close()

    def _node(self, key: Argument) -> RedisNode:
        name = key.decode() if isinstance(key, bytes) else str(key)
        bucket = name.partition("{")[2].partition("}")[0]
        return self._nodes[int(bucket, 16) % 2 if bucket else 0]
