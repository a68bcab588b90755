"""The load generator, a process of its own: one JSON object per line on standard input asks for a run, one answers.

It speaks HTTP/1.1 on raw sockets and looks at no more of an answer than its status and its length, so that it is not
what is measured. Closed loop: a connection sends the next request when it has the answer. Open loop (`rate`): requests
are due at fixed times whether or not the server keeps up, and latency counts from when a request was due, so that a
server that stalls cannot hide the requests it kept from being sent (coordinated omission).
"""

import array
import asyncio
import json
import sys
from collections import deque
from collections.abc import Iterator
from time import perf_counter_ns
from typing import Any

import uvloop

from bench.measure import CpuClock, quantiles
from bench.requests import Streams

__all__ = ["main"]


class Run:
    """One run: its connections, and what they saw."""

    def __init__(self, streams: Streams, connections: int, rate: float) -> None:
        self.streams = streams
        self.connections = connections
        self.rate = rate
        self.counting = False
        self.stopping = False
        self.total = 0
        self.errors: dict[str, int] = {}
        self.latencies_ns = array.array("q")
        self.bytes_in = 0
        self.idle: deque[Connection] = deque()
        self.due: deque[int] = deque()
        self.ended = 0

    def next_due(self, connection: "Connection") -> int:
        """When the connection's next request was due; 0 if there is none now."""
        if not self.rate:
            return perf_counter_ns()
        if self.due:
            return self.due.popleft()
        self.idle.append(connection)
        return 0

    def answered(self, status: bytes, due_ns: int, size: int) -> None:
        """Count an answer."""
        self.total += 1
        if status[:1] not in b"23":
            key = status.decode("latin-1")
            self.errors[key] = self.errors.get(key, 0) + 1
        if self.counting:
            self.latencies_ns.append(perf_counter_ns() - due_ns)
            self.bytes_in += size

    async def offer(self) -> None:
        """Open loop: let requests come due at the rate, until the run stops."""
        started, offered = perf_counter_ns(), 0
        gap_ns = 1e9 / self.rate
        while not self.stopping:
            now = perf_counter_ns()
            while started + offered * gap_ns <= now:
                due = int(started + offered * gap_ns)
                offered += 1
                if self.idle:
                    self.idle.popleft().send(due)
                else:
                    self.due.append(due)
            await asyncio.sleep(0.0005)


class Connection(asyncio.Protocol):
    """One connection, with one request on its way."""

    def __init__(self, run: Run, requests: Iterator[bytes]) -> None:
        self._run = run
        self._requests = requests
        self.transport: Any = None
        self._buffer = b""
        self._due_ns = 0
        self.finished = False
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self.transport = transport
        self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end."""
        if not self._run.stopping and not self.finished:
            self._run.errors["lost"] = self._run.errors.get("lost", 0) + 1
        if not self.lost.done():
            self.lost.set_result(None)

    def send(self, due_ns: int) -> None:
        """Send the next request."""
        request = next(self._requests, None)
        if request is None:
            self.finished = True
            self.transport.close()
            return
        self._due_ns = due_ns
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Take (part of) an answer."""
        if self._buffer:
            data = self._buffer + data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            self._buffer = data
            return
        found = data.find(b"content-length: ", 0, end)
        size = 0 if found < 0 else int(data[found + 16 : data.index(b"\r", found)])
        if len(data) < end + 4 + size:
            self._buffer = data
            return
        self._buffer = b""
        self._run.answered(data[9:12], self._due_ns, size)
        self._go_on()

    def _go_on(self) -> None:
        if self._run.stopping:
            self.transport.close()
        elif due_ns := self._run.next_due(self):
            self.send(due_ns)


async def run_once(order: dict[str, Any]) -> dict[str, Any]:
    """Carry out one order."""
    run = Run(Streams(**order["streams"]), order["connections"], order.get("rate") or 0)
    clock = CpuClock({name: list(pids) for name, pids in order.get("pids", {}).items()})
    loop = asyncio.get_running_loop()
    made = []
    run.counting = not order["window_s"]
    for number in range(run.connections):
        requests = run.streams.of(number, run.connections)
        host, port = order["host"], order["port"][number % len(order["port"])]
        _, connection = await loop.create_connection(lambda r=requests: Connection(run, r), host, port)  # type: ignore[misc]
        made.append(connection)
    offering = asyncio.create_task(run.offer()) if run.rate else None
    await asyncio.sleep(order["warm_s"])
    clock.start()
    run.counting = True
    began = perf_counter_ns()
    if order["window_s"]:
        await asyncio.sleep(order["window_s"])
    else:
        await asyncio.wait([connection.lost for connection in made], timeout=order["longest_s"])
    run.counting = False
    elapsed_s = (perf_counter_ns() - began) / 1e9
    cpu = clock.stop()
    run.stopping = True
    for connection in list(run.idle):
        connection.transport.close()
    await asyncio.wait([connection.lost for connection in made], timeout=10)
    if offering is not None:
        offering.cancel()
    counted = len(run.latencies_ns)
    return {
        "ops_s": counted / elapsed_s,
        "ops": counted,
        "total": run.total,
        "errors": run.errors,
        "latency_ms": quantiles(run.latencies_ns),
        "cpu_us": {name: used / 1000 / max(1, counted) for name, used in cpu.items()},
        "reply_bytes": run.bytes_in / max(1, counted),
        "elapsed_s": elapsed_s,
    }


def main() -> None:
    """Answer orders until standard input ends."""
    for line in sys.stdin:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            answer = runner.run(run_once(json.loads(line)))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
