"""A small HTTP/1.1 client that lets go in the middle of a request when it is told to."""

import asyncio

__all__ = ["Wire", "WireBroken"]

HEAD_BYTES_MAX = 64 * 1024


class WireBroken(Exception):
    """The answer will not come; what became of the request is unknown."""


class Wire:
    """One connection that is kept, and opened anew when it broke.

    Args:
        port: Where the API listens, on 127.0.0.1.
        token: The service token.
        timeout_s: Longest wait for an answer.
    """

    def __init__(self, port: int, token: str, timeout_s: float) -> None:
        self.port = port
        self._head = f"Host: localhost\r\nAuthorization: Bearer {token}\r\n".encode()
        self._timeout_s = timeout_s
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def request(
        self, method: str, path: str, body: bytes = b"", key: str = "", *, hang_up: bool = False
    ) -> tuple[int, bytes]:
        """Make one request, once.

        Args:
            method: GET, POST, ...
            path: The path with its query.
            body: The body.
            key: The idempotency key.
            hang_up: Send it, and leave without the answer.

        Raises:
            WireBroken: Whatever happened, there is no answer.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._request(method, path, body, key, hang_up)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
            self.close()
            raise WireBroken(repr(error)) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Break the connection."""
        if self._writer is not None:
            self._writer.transport.abort()
        self._reader = self._writer = None

    async def _request(self, method: str, path: str, body: bytes, key: str, hang_up: bool) -> tuple[int, bytes]:
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port, limit=4 * HEAD_BYTES_MAX)
        keyed = f"Idempotency-Key: {key}\r\n".encode() if key else b""
        head = f"{method} {path} HTTP/1.1\r\nContent-Length: {len(body)}\r\n".encode()
        self._writer.write(head + self._head + keyed + b"\r\n" + body)
        if hang_up:
            await self._writer.drain()
            raise ConnectionAbortedError("hung up")
        answer = await self._reader.readuntil(b"\r\n\r\n")
        status = int(answer[9:12])
        lengths = [line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        length = int(lengths[0].split(b":")[1]) if lengths else 0
        return status, await self._reader.readexactly(length)
