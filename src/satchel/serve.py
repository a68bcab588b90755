"""A running process: the API, the worker, or both; and how they stop without losing anything."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from satchel.api import Gatekeeper, Readiness, make_api
from satchel.app import Satchel, clock_ms, listen_for_hints, open_satchel
from satchel.config import Settings, service_token
from satchel.failpoints import reach
from satchel.telemetry import log

__all__ = ["run_process"]


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handlers: ours have more to do."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


async def run_process(
    settings: Settings,
    postgres_dsn: str,
    redis_url: str,
    *,
    api: bool,
    worker: bool,
    on_ready: Callable[[], None] = lambda: None,
) -> bool:
    """Run until SIGTERM or SIGINT; then readiness is 503, requests in flight end, and what is dirty is flushed.

    Args:
        settings: All settings.
        postgres_dsn: The vault.
        redis_url: The sessions.
        api: Whether to serve the API.
        worker: Whether to flush.
        on_ready: Called when requests are taken.

    Returns:
        Whether everything was flushed. If not, it lies safely in Redis, for the next worker.
    """
    async with open_satchel(settings, postgres_dsn, redis_url) as satchel:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        jobs = (satchel.worker.run(), listen_for_hints(satchel)) if worker else ()
        tasks = [asyncio.create_task(job) for job in jobs]
        readiness = Readiness(
            satchel.orchestrator.backlog, satchel.vault, satchel.metrics, clock_ms, settings.flush_lag_max_s
        )
        reach("start.before_ready")
        try:
            if api:
                await _serve_api(satchel, readiness, stopping, on_ready)
            else:
                on_ready()
                await stopping.wait()
        finally:
            clean = await _stop_worker(satchel, tasks) if worker else True
    return clean


async def _serve_api(
    satchel: Satchel, readiness: Readiness, stopping: asyncio.Event, on_ready: Callable[[], None]
) -> None:
    settings = satchel.settings
    gatekeeper = Gatekeeper(service_token(settings))
    config = uvicorn.Config(
        make_api(satchel.dispatcher, gatekeeper, readiness, satchel.metrics),
        host=settings.api_host,
        port=settings.api_port,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=int(settings.drain_deadline_s) or 1,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    stopped = asyncio.create_task(stopping.wait())
    try:
        while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn tells it by a flag only
            await asyncio.sleep(0.005)
        if not serving.done():
            on_ready()
        await asyncio.wait((serving, stopped), return_when=asyncio.FIRST_COMPLETED)
        readiness.draining = True
        reach("stop.after_signal")
        if not serving.done():
            # Load balancers get the time to see that readiness is 503, before connections are refused.
            await asyncio.sleep(settings.drain_grace_s)
        server.should_exit = True
        await serving
        reach("stop.after_server")
    finally:
        stopped.cancel()


async def _stop_worker(satchel: Satchel, tasks: list[asyncio.Task[None]]) -> bool:
    satchel.worker.stop()
    await tasks[0]
    tasks[1].cancel()
    await asyncio.gather(tasks[1], return_exceptions=True)
    reach("stop.before_drain")
    clean = await satchel.worker.drain(satchel.settings.drain_deadline_s)
    reach("stop.after_drain")
    log.info("drained", extra={"fields": {"clean": clean}})
    return clean
