"""A game's own FastAPI server, whose endpoint acts through an `InventoryClient`: in its process, or over HTTP.

Called with the port, and with the URL of `satchel api` if it is to act over HTTP.
"""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import uvicorn
import uvloop
from fastapi import FastAPI, Request, Response

from bench.engines import TOKEN
from satchel import InventoryClient, actions, open_engine
from satchel.runtime.config import load_settings

KINDS: dict[str, Any] = {
    "equip": actions.Equip,
    "use": actions.Use,
    "move": actions.Move,
    "unequip": actions.Unequip,
    "drop": actions.Drop,
}
"""The actions of the load."""


@asynccontextmanager
async def clients(url: str) -> AsyncIterator[InventoryClient]:
    """Open the client: to a Satchel elsewhere, or to an engine in this process, without a worker as `satchel api`."""
    if url:
        async with InventoryClient.over_http(url, TOKEN) as client:
            yield client
        return
    settings = load_settings()
    postgres_dsn, redis_url = settings.postgres_dsn or "", settings.redis_url or ""
    async with open_engine(postgres_dsn, redis_url, settings=settings, worker=False) as engine:
        yield engine.client


def make_app(url: str) -> FastAPI:
    """Make the application; empty `url`: the engine is inside."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with clients(url) as client:
            app.state.client = client
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/inventory/action")
    async def act(request: Request) -> Response:
        body = msgspec.json.decode(await request.body())
        char_id = body.pop("char_id")
        reply = await request.app.state.client.act(char_id, msgspec.convert(body, KINDS[body["action"]]))
        return Response(msgspec.json.encode(reply), media_type="application/json")

    return app


async def main(port: int, url: str) -> None:
    """Serve."""
    config = uvicorn.Config(
        make_app(url), host="127.0.0.1", port=port, http="httptools", access_log=False, log_config=None
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():
        await asyncio.sleep(0.005)
    gc.freeze()  # As `satchel api` does, and the example: modules and catalogue are here to stay.
    print("game is ready", flush=True)
    await serving


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
