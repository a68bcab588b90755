"""A subscription has a connection of its own, which is closed whatever happens."""

import asyncio
from pathlib import Path

import pytest

from satchel.session import RedisNode
from satchel.session.redis import Address
from tests.patience import PATIENCE_S


async def test_subscription_cancelled_before_the_answer_leaves_no_connection_behind(tmp_path: Path) -> None:
    asked, gone = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        info = b"run_id:1234567890\r\nredis_version:8.0.0\r\n"
        while command := await reader.read(1_000):
            if b"SUBSCRIBE" in command:
                asked.set()  # and no answer
            elif b"INFO" in command:
                writer.write(b"$%d\r\n%s\r\n" % (len(info), info))
        gone.set()
        writer.close()

    path = str(tmp_path / "s")
    async with await asyncio.start_unix_server(serve, path), asyncio.timeout(PATIENCE_S):
        subscribing = asyncio.create_task(
            RedisNode(Address(path=path), reply_timeout_s=3_600).subscribe("hints", print)
        )
        await asked.wait()
        subscribing.cancel()

        with pytest.raises(asyncio.CancelledError):
            await subscribing
        await gone.wait()
