"""A running process with the API, the worker or both, and how it stops without losing anything."""

import asyncio
import gc
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress

import uvicorn

from satchel.access import SCOPES, Caller
from satchel.api import Api, Readiness
from satchel.errors import StartRefused
from satchel.failpoints import reach
from satchel.runtime.app import Satchel, open_satchel
from satchel.runtime.background import Background
from satchel.runtime.config import Settings, service_token
from satchel.runtime.face import Application, Face

__all__ = ["http_server", "listen", "make_server", "open_api", "run_process"]

BACKLOG_MAX = 2048

KEEP_ALIVE_S = 75
"""Longer than clients and proxies keep idle connections. Otherwise a request could meet a connection being closed."""


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handlers: those of `_Signals` have more to do."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


class _Signals:
    """SIGTERM and SIGINT: the first asks for a clean stop, the second for an immediate one."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.hurry = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._received)

    def _received(self) -> None:
        if self.stop.is_set():
            self.hurry.set()
        else:
            self.stop.set()

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
    faces: Sequence[Face] = (),
    on_ready: Callable[[str], None] = lambda _: None,
) -> bool:
    """Run until SIGTERM or SIGINT. Then readiness is 503, requests in flight end, and dirty sessions are flushed.

    A second signal ends the waiting: requests in flight are cancelled, and dirty sessions stay in Redis.

    Args:
        settings: All settings.
        postgres_dsn: The vault.
        redis_url: The sessions.
        api: Whether to serve the API.
        worker: Whether to flush.
        faces: Front ends to serve under the API.
        on_ready: Called with the API's URL when requests are accepted; without an API the URL is empty.

    Returns:
        Whether everything was flushed. What was not is safe in Redis for the next worker.

    Raises:
        StartRefused: The API's port is taken, or a server has settings under which the guarantees do not hold.
    """
    # The port comes first: if it is taken, nothing has to be undone.
    bound = listen(settings.api_host, settings.api_port) if api else None
    async with _closing(bound), open_satchel(settings, postgres_dsn, redis_url) as satchel:
        signals = _Signals()
        # A process whose worker ended would look healthy and save nothing: it stops, and is started again.
        background = Background(satchel, lambda _name, _error: signals.stop.set()) if worker else None
        # Catalogue and modules are here to stay: the garbage collector need not walk over them again.
        gc.freeze()
        reach("start.before_ready")
        try:
            if bound is not None:
                await _serve_api(satchel, bound, faces, signals, on_ready)
            else:
                on_ready("")
                await signals.stop.wait()
        finally:
            clean = await background.drain(settings.drain_deadline_s, signals.hurry) if background else True
        if background is not None and background.failure is not None:
            raise background.failure
    return clean


def listen(host: str, port: int) -> socket.socket:
    """Bind the API's socket; port 0 takes a free one.

    Raises:
        StartRefused: The address is taken, or is not of this machine.
    """
    # The protocol has to be given: asyncio turns off Nagle's delay only on a socket that says it is TCP.
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


def make_server(satchel: Satchel, readiness: Readiness, api: Api | None = None) -> uvicorn.Server:
    """Make the HTTP server of the API; its `serve` takes the sockets."""
    settings = satchel.settings
    return http_server(
        api or satchel.api(service_token(settings)),
        settings.drain_deadline_s,
    )


def http_server(application: Application, drain_deadline_s: float) -> uvicorn.Server:
    """Make an HTTP server with the API's settings; the benchmark's floor uses it too."""
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
async def open_api(satchel: Satchel, readiness: Readiness, faces: Sequence[Face] = ()) -> AsyncIterator[Api]:
    """Make the API, with these front ends mounted under it."""
    api = satchel.api(service_token(satchel.settings))
    async with AsyncExitStack() as open_faces:
        for face in faces:
            client = satchel.client(Caller(face.name, SCOPES))
            api.mount(face.path, await open_faces.enter_async_context(face.open(client)))
        yield api


@asynccontextmanager
async def _closing(bound: socket.socket | None) -> AsyncIterator[None]:
    try:
        yield
    finally:
        if bound is not None:
            bound.close()


async def _serve_api(
    satchel: Satchel,
    bound: socket.socket,
    faces: Sequence[Face],
    signals: _Signals,
    on_ready: Callable[[str], None],
) -> None:
    settings = satchel.settings
    readiness = satchel.readiness
    async with open_api(satchel, readiness, faces) as api:
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
        while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn only sets a flag
            await asyncio.sleep(0.005)
        if not serving.done():
            host = f"[{settings.api_host}]" if ":" in settings.api_host else settings.api_host
            on_ready(f"http://{host}:{bound.getsockname()[1]}")
        await asyncio.wait((serving, stopped), return_when=asyncio.FIRST_COMPLETED)
        readiness.draining = True
        reach("stop.after_signal")
        if not serving.done():
            # Load balancers get time to see the 503 before connections are refused.
            await signals.pause(settings.drain_grace_s)
        server.should_exit = True
        await asyncio.wait((serving, hurried), return_when=asyncio.FIRST_COMPLETED)
        server.force_exit = signals.hurry.is_set()
        await serving
        reach("stop.after_server")
    finally:
        stopped.cancel()
        hurried.cancel()
