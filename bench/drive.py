"""Gives orders to the load generator, and reads the servers' counters around them."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.bench_world import Cast
from bench.engines import TOKEN, Ground, Server
from bench.measure import RedisCounters, medians, ratio
from satchel.session import RedisNode
from satchel.session.redis import Address

__all__ = ["Driver", "Target"]

LONGEST_S = 300


class Target:
    """A server, what is asked of it, and the processes whose CPU counts; `beside` takes every other connection.

    Of `behind`, which the server itself asks, only the CPU counts.
    """

    def __init__(
        self,
        server: Server,
        cast: Cast,
        kind: str = "actions",
        *,
        beside: Server | None = None,
        behind: Server | None = None,
        **streams: Any,
    ) -> None:
        self.server = server
        self.servers = [server] if beside is None else [server, beside]
        self.pids = [each.pid for each in (server, beside, behind) if each is not None]
        self.streams = {
            "kind": kind,
            "target": server.name,
            "first": cast.first,
            "count": cast.count,
            "items": cast.items,
            "token": TOKEN,
            **streams,
        }


class Driver:
    """The load generator's process, and connections to the engines for looking."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.redis = RedisNode(Address.parse(ground.valkey.url), reply_timeout_s=120)
        self.counters = RedisCounters(self.redis)
        root = Path(__file__).parent.parent
        path = os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH", ""))))
        self._load = subprocess.Popen(
            [sys.executable, "-m", "bench.load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )

    def close(self) -> None:
        """End the load generator."""
        assert self._load.stdin is not None
        assert self._load.stdout is not None
        self._load.stdin.close()
        self._load.wait(30)
        self._load.stdout.close()
        self.redis.close()

    async def set_fsync(self, mode: str) -> None:
        """Set the server's `appendfsync`."""
        await self.redis.execute("CONFIG", "SET", "appendfsync", mode)

    async def run_all(self, target: Target, connections: int, *, each: int = 1) -> dict[str, Any]:
        """Let every character make `each` requests, as fast as they are answered."""
        target.streams["each"] = each
        return await self.run(target, connections, 0, warm_s=0)

    async def run(
        self, target: Target, connections: int, window_s: float, *, warm_s: float = 0.3, rate: float = 0
    ) -> dict[str, Any]:
        """Run one window; returns what the load generator saw, and what the servers did per operation.

        Args:
            target: Whom to ask, and for what.
            connections: How many at once.
            window_s: How long to count; 0: until every stream has ended.
            warm_s: How long to run before.
            rate: Requests that come due per second; 0: each connection asks again as soon as it is answered.
        """
        server = target.server
        order = {
            "host": "127.0.0.1",
            "port": [each.port for each in target.servers],
            "connections": connections,
            "warm_s": warm_s,
            "window_s": window_s,
            "longest_s": LONGEST_S,
            "rate": rate,
            "streams": target.streams,
            "pids": {
                "server": target.pids,
                "redis": [self.ground.valkey.pid],
                "postgres": [self.ground.postgres.pid],
                "load": [self._load.pid],
            },
        }
        await self.counters.start()
        answer = await asyncio.to_thread(self._order, order)
        counted = await self.counters.stop()
        total = max(1, answer["total"])
        answer["aof_bytes"] = counted.get("aof_current_size", 0) / total
        answer["redis_calls"] = {
            name[6:]: round(value / total, 3)
            for name, value in counted.items()
            if name.startswith("calls.") and value / total > 0.01
        }
        answer["redis_script_us"] = counted.get("usec.evalsha", 0) / total
        if answer["errors"]:
            raise RuntimeError(f"{server.name}: {answer['errors']} of {total} answers were errors")
        return answer

    async def rounds(
        self, targets: dict[str, Target], connections: int, window_s: float, rounds: int, **options: Any
    ) -> dict[str, dict[str, Any]]:
        """Run every target in turn, again and again; the median of every figure, and of every ratio to the first."""
        samples: dict[str, list[dict[str, Any]]] = {name: [] for name in targets}
        for _ in range(rounds):
            for name, target in targets.items():
                samples[name].append(await self.run(target, connections, window_s, **options))
        result = {name: medians(found) for name, found in samples.items()}
        first = next(iter(targets))
        for name, found in samples.items():
            pairs = list(zip(found, samples[first], strict=True))
            result[name]["ratio_to_first"] = medians(
                [
                    {
                        "ops_s": ratio(mine["ops_s"], base["ops_s"]),
                        "cpu": ratio(mine["cpu_us"]["server"], base["cpu_us"]["server"]),
                        "redis_cpu": ratio(mine["cpu_us"]["redis"], base["cpu_us"]["redis"]),
                        "p99": ratio(mine["latency_ms"]["p99"], base["latency_ms"]["p99"]),
                    }
                    for mine, base in pairs
                ]
            )
        return result

    def _order(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._load.stdin is not None
        assert self._load.stdout is not None
        self._load.stdin.write(json.dumps(order) + "\n")
        self._load.stdin.flush()
        answer: dict[str, Any] = json.loads(self._load.stdout.readline())
        return answer
