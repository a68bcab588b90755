"""A running process: the API, the worker, or both; and how they stop without losing anything."""

import asyncio
import gc
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import uvicorn

from satchel.access import SCOPES, Caller
from satchel.api import Api, Gatekeeper, Readiness, make_api
from satchel.client import InventoryClient
from satchel.client.transport import InProcessTransport
from satchel.failpoints import reach
from satchel.runtime.app import Satchel, StartRefused, clock_ms, listen_for_hints, open_satchel
from satchel.runtime.config import Settings, service_token
from satchel.telemetry import log

__all__ = ["http_server", "listen", "make_readiness", "make_server", "open_api", "run_process"]

BACKLOG_MAX = 2048

KEEP_ALIVE_S = 75
"""Longer than clients and proxies keep idle connections: whoever closes first must not be the one who is asked."""


Application = Callable[..., Awaitable[None]]
"""An ASGI application."""


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handlers: ours have more to do."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


class _Signals:
    """SIGTERM and SIGINT: the first one asks for a clean stop, a second one not to wait any longer."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.hurry = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._received)

    def _received(self) -> None:
        (self.hurry if self.stop.is_set() else self.stop).set()

    async def pause(self, seconds: float) -> None:
        """Wait, unless there is a hurry."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.hurry.wait()


async def run_process(
    settings: Settings,
    postgres_dsn: str,
    redis_url: str,
    *,
    api: bool,
    worker: bool,
    on_ready: Callable[[str], None] = lambda _: None,
) -> bool:
    """Run until SIGTERM or SIGINT; then readiness is 503, requests in flight end, and what is dirty is flushed.

    A second signal ends the waiting: requests in flight are cancelled, and what is dirty stays in Redis.

    Args:
        settings: All settings.
        postgres_dsn: The vault.
        redis_url: The sessions.
        api: Whether to serve the API.
        worker: Whether to flush.
        on_ready: Called with the API's URL when requests are taken (empty without an API).

    Returns:
        Whether everything was flushed. If not, it lies safely in Redis, for the next worker.

    Raises:
        StartRefused: The API's port is taken, or a server's settings do not hold the promise.
    """
    # The port first: if it is taken, nothing has to be undone.
    bound = listen(settings.api_host, settings.api_port) if api else None
    async with _closing(bound), open_satchel(settings, postgres_dsn, redis_url) as satchel:
        signals = _Signals()
        jobs = (satchel.worker.run(), listen_for_hints(satchel)) if worker else ()
        tasks = [asyncio.create_task(job) for job in jobs]
        for task in tasks:
            # A process whose worker ended would look healthy and save nothing: it stops, and is started again.
            task.add_done_callback(lambda _task: signals.stop.set())
        # Catalogue and modules are here to stay: the garbage collector need not walk over them again.
        gc.freeze()
        reach("start.before_ready")
        try:
            if bound is not None:
                await _serve_api(satchel, bound, signals, on_ready)
            else:
                on_ready("")
                await signals.stop.wait()
        finally:
            clean = await _stop_worker(satchel, tasks, signals) if worker else True
    return clean


def listen(host: str, port: int) -> socket.socket:
    """Bind the API's socket; port 0 takes a free one.

    Raises:
        StartRefused: The address is taken, or not ours.
    """
    # The protocol has to be named: asyncio sends small answers at once only on a socket that says it is TCP.
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(BACKLOG_MAX)
    except (OSError, OverflowError) as error:
        bound.close()
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise StartRefused(
            [f"cannot listen on {host}:{port}: {reason}; choose another with SATCHEL_API_PORT or SATCHEL_API_HOST"]
        ) from error
    return bound


def make_readiness(satchel: Satchel) -> Readiness:
    """Make what `/readyz` asks."""
    backlog, lag_max_s = satchel.orchestrator.backlog, satchel.settings.flush_lag_max_s
    return Readiness(backlog, satchel.vault, satchel.metrics, clock_ms, lag_max_s)


def make_server(satchel: Satchel, readiness: Readiness, api: Api | None = None) -> uvicorn.Server:
    """Make the HTTP server of the API; it serves on the sockets that `serve` is given."""
    settings = satchel.settings
    return http_server(
        api
        or make_api(satchel.dispatcher, Gatekeeper(service_token(settings)), readiness, satchel.metrics, satchel.vault),
        settings.drain_deadline_s,
    )


def http_server(application: Application, drain_deadline_s: float) -> uvicorn.Server:
    """Make an HTTP server as the API's; the benchmark's floor is served by the same."""
    config = uvicorn.Config(
        application,
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        backlog=BACKLOG_MAX,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=int(drain_deadline_s) or 1,
    )
    return _Server(config)


@asynccontextmanager
async def open_api(satchel: Satchel, readiness: Readiness) -> AsyncIterator[Api]:
    """Make the API, with the bot's webhook if one is set up."""
    settings, token = satchel.settings, service_token(satchel.settings)
    api = make_api(satchel.dispatcher, Gatekeeper(token), readiness, satchel.metrics, satchel.vault)
    if settings.bot_token is None or settings.bot_webhook_url is None:
        yield api
        return
    # Imported here, because it costs seconds, and only those who have a webhook shall pay for it.
    from satchel.bot.webhook import open_webhook, webhook_path

    client = InventoryClient(InProcessTransport(satchel.dispatcher, api, Caller("bot", SCOPES), token))
    async with open_webhook(settings, client) as webhook:
        api.mount(webhook_path(settings), webhook)
        yield api


@asynccontextmanager
async def _closing(bound: socket.socket | None) -> AsyncIterator[None]:
    try:
        yield
    finally:
        if bound is not None:
            bound.close()


async def _serve_api(
    satchel: Satchel, bound: socket.socket, signals: _Signals, on_ready: Callable[[str], None]
) -> None:
    settings = satchel.settings
    readiness = make_readiness(satchel)
    async with open_api(satchel, readiness) as api:
        await _serve_on(bound, make_server(satchel, readiness, api), readiness, settings, signals, on_ready)


async def _serve_on(
    bound: socket.socket,
    server: uvicorn.Server,
    readiness: Readiness,
    settings: Settings,
    signals: _Signals,
    on_ready: Callable[[str], None],
) -> None:
    serving = asyncio.create_task(server.serve([bound]))
    stopped, hurried = (asyncio.create_task(event.wait()) for event in (signals.stop, signals.hurry))
    try:
        while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn tells it by a flag only
            await asyncio.sleep(0.005)
        if not serving.done():
            host = f"[{settings.api_host}]" if ":" in settings.api_host else settings.api_host
            on_ready(f"http://{host}:{bound.getsockname()[1]}")
        await asyncio.wait((serving, stopped), return_when=asyncio.FIRST_COMPLETED)
        readiness.draining = True
        reach("stop.after_signal")
        if not serving.done():
            # Load balancers get the time to see that readiness is 503, before connections are refused.
            await signals.pause(settings.drain_grace_s)
        server.should_exit = True
        await asyncio.wait((serving, hurried), return_when=asyncio.FIRST_COMPLETED)
        server.force_exit = signals.hurry.is_set()
        await serving
        reach("stop.after_server")
    finally:
        stopped.cancel()
        hurried.cancel()


async def _stop_worker(satchel: Satchel, tasks: list[asyncio.Task[None]], signals: _Signals) -> bool:
    satchel.worker.stop()
    tasks[1].cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    reach("stop.before_drain")
    draining = asyncio.create_task(satchel.worker.drain(satchel.settings.drain_deadline_s))
    hurried = asyncio.create_task(signals.hurry.wait())
    await asyncio.wait((draining, hurried), return_when=asyncio.FIRST_COMPLETED)
    hurried.cancel()
    if not draining.done():
        draining.cancel()
        await asyncio.gather(draining, return_exceptions=True)
    clean = not draining.cancelled() and draining.result()
    reach("stop.after_drain")
    log.info("drained", extra={"fields": {"clean": clean}})
    for error in ended:
        if isinstance(error, Exception):
            raise error
    return clean
