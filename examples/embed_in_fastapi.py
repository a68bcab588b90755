"""A game's own FastAPI server with the whole engine in its process: no second service, no HTTP between the two.

Run it with `SATCHEL_POSTGRES_DSN=... SATCHEL_REDIS_URL=... SATCHEL_SERVICE_TOKEN=... python embed_in_fastapi.py`.
The game's own endpoints are below `/quests`, and Satchel's whole API below `/satchel`; look at `/satchel/docs`.
"""

import gc
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import uvicorn
from fastapi import FastAPI, Request, Response

from satchel import RunningEngine, SatchelError, actions, open_engine

REWARDS = {"rats_in_the_cellar": actions.Grant(definition="iron_sword")}


class Reply(Response):
    """Writes Satchel's structs as they are; FastAPI's own encoder does not know them."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:  # any struct
        """Encode the body."""
        return msgspec.json.encode(content)


def make_app(postgres_dsn: str, redis_url: str, service_token: str, namespace: str = "satchel") -> FastAPI:
    """Make the application.

    Args:
        postgres_dsn: The vault.
        redis_url: The sessions.
        service_token: The secret of the API below `/satchel`.
        namespace: What names of keys in Redis begin with.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_engine(
            postgres_dsn,
            redis_url,
            service_token=service_token,
            namespace=namespace,
            upgrade=True,
            on_task_died=stop_serving,
        ) as engine:
            app.state.engine = engine
            app.mount("/satchel", engine.api)
            # Modules and catalogue stay; a collection that walks over them stops every request for a tenth of a second.
            gc.freeze()
            yield

    app = FastAPI(lifespan=lifespan)
    app.post("/quests/{quest}/finish", response_class=Reply)(finish_quest)
    app.get("/ready")(ready)
    app.exception_handler(SatchelError)(refuse)
    return app


async def finish_quest(request: Request, quest: str, char_id: int) -> Response:
    """The game's own endpoint: it decides, and the inventory follows. Sent twice, it rewards once."""
    engine: RunningEngine = request.app.state.engine
    if quest not in REWARDS:
        return Response(status_code=404)
    return Reply(await engine.client.act(char_id, REWARDS[quest], key=f"quest-{quest}-{char_id}"))


async def ready(request: Request) -> Response:
    """Tell a load balancer whether to send requests."""
    engine: RunningEngine = request.app.state.engine
    report = await engine.ready()
    return Reply(report, status_code=200 if report.ready else 503)


async def refuse(_request: Request, error: Exception) -> Response:
    """Answer what the rules refuse, with its code and its figures."""
    assert isinstance(error, SatchelError)
    return Reply({"code": error.code, "data": error.data}, status_code=error.status)


def stop_serving(_task: str, _error: BaseException) -> None:
    """End the process if the worker dies: uvicorn ends cleanly, and what supervises it starts it again."""
    signal.raise_signal(signal.SIGTERM)


if __name__ == "__main__":
    uvicorn.run(
        make_app(
            os.environ["SATCHEL_POSTGRES_DSN"], os.environ["SATCHEL_REDIS_URL"], os.environ["SATCHEL_SERVICE_TOKEN"]
        )
    )
