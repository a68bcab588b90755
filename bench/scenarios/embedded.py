"""What a game's own FastAPI endpoint costs: with the engine in its process, or before a `satchel api` over HTTP."""

from typing import Any

from bench.drive import Target
from bench.engines import Server, free_port, satchel_api
from bench.stage import Stage

__all__ = ["measure"]


async def measure(stage: Stage) -> dict[str, Any]:
    """The same actions through `satchel api`, through FastAPI with the engine inside, and through FastAPI to the API.

    Each plays characters of its own: two processes that act on the same one would have to read it anew every time.
    """
    plan, driver = stage.plan, stage.driver
    count = min(500, plan.characters)
    api = satchel_api(stage.ground)
    with stage.running(api):
        embedded = _game(stage, "embedded")
        relayed = _game(stage, "relayed", f"http://127.0.0.1:{api.port}")
        with stage.running(embedded, relayed):
            casts = [await stage.new_cast(count, 50) for _ in range(3)]
            await stage.open_sessions(api, *casts)
            await stage.settle()
            targets = {
                "api": Target(api, casts[0]),
                "embedded": Target(embedded, casts[1]),
                "relayed": Target(relayed, casts[2], behind=api),
            }
            await driver.set_fsync("everysec")
            connections = min(32, plan.connections[-1])
            return await driver.rounds(targets, connections, plan.window_s, plan.rounds, warm_s=plan.warm_s)


def _game(stage: Stage, name: str, url: str = "") -> Server:
    port = free_port()
    return Server(name, ["-m", "bench.servers.game", str(port), url], stage.ground.environment, port)
