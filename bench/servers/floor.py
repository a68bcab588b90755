"""The floor: the API's own server and Redis connection, one bare script call, and nothing else.

The body of a request is written by the script; the answer is as long as Satchel's. No decoding, no rules, no caller.
"""

import asyncio
import sys
from typing import Any

import uvloop

from satchel.runtime.serve import http_server, listen
from satchel.session import RedisNode
from satchel.session.redis import Address

SCRIPT = "redis.call('SET', KEYS[1], ARGV[1]) return {1, 0}"
READ_SCRIPT = "return redis.call('HMGET', KEYS[1], 'run', 'epoch', 'ver', 'h', 'state', 'quarantine')"


class Floor:
    """One script call per request.

    Args:
        redis: The connection.
        reply_bytes: Length of the answer to a POST.
        read_bytes: Length of the answer to a GET.
    """

    def __init__(self, redis: RedisNode, reply_bytes: int, read_bytes: int) -> None:
        self._redis = redis
        self._digests: dict[str, bytes] = {}
        self._reply = b"x" * reply_bytes
        self._read = b"x" * read_bytes
        self._served = 0

    async def open(self) -> None:
        """Load the scripts."""
        for name, source in (("write", SCRIPT), ("read", READ_SCRIPT)):
            self._digests[name] = await self._redis.execute("SCRIPT", "LOAD", source)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        link = await self._redis.link()
        if scope["method"] == "POST":
            message = await receive()
            self._served = self._served % 2048 + 1
            key = f"floor:{self._served}"
            await link.send("EVALSHA", self._digests["write"], 1, key, message["body"])
            body, status = self._reply, 200
        else:
            unchanged = any(name == b"if-none-match" for name, _ in scope["headers"])
            await link.send("EVALSHA", self._digests["read"], 1, "floor:read")
            body, status = (b"", 304) if unchanged else (self._read, 200)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def main(redis_url: str, port: int, reply_bytes: int, read_bytes: int) -> None:
    """Serve."""
    floor = Floor(RedisNode(Address.parse(redis_url)), reply_bytes, read_bytes)
    await floor.open()
    server = http_server(floor, 1)
    serving = asyncio.create_task(server.serve([listen("127.0.0.1", port)]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.005)
    print("floor is ready", flush=True)
    await serving


if __name__ == "__main__":
    url, *numbers = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(url, *(int(number) for number in numbers)))
