"""Everything that runs in a chaos run: real servers on private data, `satchel` processes, and the ways between them.

Processes reach a server through a link to its socket. A fault may point the link somewhere else: to a proxy that cuts,
or to a replica that was promoted.
"""

import asyncio
import os
import random
import secrets
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any

import asyncpg

from proof.chaos.children import SatchelProcess
from proof.chaos.nursery import Nursery
from proof.chaos.proxy import Mischief, Proxy
from proof.chaos.surroundings import free_port, new_directory, relink, same_path, until
from satchel.embedded import PostgresServer, ValkeyServer
from satchel.errors import SessionUnavailable
from satchel.session import RedisNode
from satchel.session.redis import Address
from satchel.vault import upgrade_schema

__all__ = ["Machine", "NotOurs"]
POSTGRES_SOCKET = ".s.PGSQL.5432"


class NotOurs(Exception):
    """A server keeps its data where we did not put it: it is somebody else's, and must not be hurt."""


class Machine:
    """Starts it all, and ends it all.

    Args:
        dice: Decides what proxies hit.
        apis: Number of API processes.
        workers: Number of workers.
        planted: Name of a defect to plant.
        settings: More SATCHEL_* variables.
        below: Where its directory is made. In memory it is faster, and a killed process loses no more than on a disk:
            what it wrote is the kernel's.
    """

    def __init__(
        self,
        dice: random.Random,
        *,
        apis: int = 2,
        workers: int = 1,
        planted: str = "",
        settings: dict[str, str] | None = None,
        below: Path | None = None,
    ) -> None:
        self.dice = dice
        self.token = secrets.token_urlsafe(24)
        self.directory = new_directory(below)
        self.postgres = PostgresServer(self.directory / "postgres")
        self._valkeys = 0
        self._ports_of: dict[str, int] = {}
        self.valkey = self._new_valkey()
        self.replica: ValkeyServer | None = None
        self.nursery = Nursery(planted)
        self.redis_link = self.directory / "redis.sock"
        self.postgres_link = self.directory / "pg"
        self._settings = settings or {}
        self._counts = (apis, workers)
        self.ports = [free_port() for _ in range(apis)]
        self.apis: list[SatchelProcess] = []
        self.workers: list[SatchelProcess] = []
        self._proxies: dict[str, Proxy] = {}
        self._environment: dict[str, str] = {}

    # -- life ----------------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> "Machine":
        try:
            await self._open()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _open(self) -> None:
        self.valkey.start()
        self.postgres.start()
        self.postgres_link.mkdir()
        self.point_redis_to(self.valkey)
        self.point_postgres_to(self.postgres_socket)
        await upgrade_schema(self.dsn)
        await self.check_ours()
        await self.nursery.open()
        environment = {
            "SATCHEL_POSTGRES_DSN": self.dsn,
            "SATCHEL_REDIS_URL": f"unix://{self.redis_link}",
            "SATCHEL_SERVICE_TOKEN": self.token,
            "SATCHEL_DATA_DIR": str(self.directory),
            "SATCHEL_FLUSH_DELAY_S": "0.2",
            "SATCHEL_SESSION_TTL_S": "4",
            "SATCHEL_DRAIN_DEADLINE_S": "5",
            "SATCHEL_DRAIN_GRACE_S": "0",
            "SATCHEL_FLUSH_LAG_MAX_S": "30",
            **self._settings,
        }
        for number, port in enumerate(self.ports):
            own = {**environment, "SATCHEL_API_PORT": str(port)}
            self.apis.append(SatchelProcess(self.nursery, f"api{number}", own, self.directory))
        for number in range(self._counts[1]):
            self.workers.append(SatchelProcess(self.nursery, f"worker{number}", environment, self.directory))
        self._environment = environment
        await asyncio.gather(*(process.start() for process in self.processes))

    async def close(self) -> None:
        """Kill everything by its pid, and remove what it left."""
        for proxy in self._proxies.values():
            await proxy.close()
        for process in self.processes:
            await process.kill()
        await self.nursery.close()
        for server in (self.replica, self.valkey):
            if server is not None:
                self.discard(server)
        # PostgreSQL is stopped, not killed: it has shared memory to give back.
        self.postgres.resume()
        self.postgres.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def processes(self) -> list[SatchelProcess]:
        """All `satchel` processes."""
        return [*self.apis, *self.workers]

    async def heal(self) -> None:
        """Make everything run as it should."""
        self.postgres.resume()
        self.valkey.resume()
        await self.route_directly()
        await self.start_servers()
        await asyncio.gather(*(process.restart() for process in self.processes))

    def process_environment(self) -> dict[str, str]:
        """What a command of ours needs to find the servers."""
        return {**os.environ, **self._environment}

    # -- servers -------------------------------------------------------------------------------------------------------

    @property
    def dsn(self) -> str:
        """PostgreSQL, through the link."""
        return f"postgresql://satchel@/satchel?host={self.postgres_link}"

    @property
    def postgres_socket(self) -> Path:
        """The real socket of PostgreSQL."""
        return Path(self.postgres.dsn.partition("host=")[2]) / POSTGRES_SOCKET

    @property
    def valkey_socket(self) -> Path:
        """The real socket of the present primary."""
        return Path(self.valkey.url.removeprefix("unix://"))

    async def start_servers(self) -> None:
        """Start the servers that do not run, without holding up everybody else."""

        async def answers() -> bool:
            # Again if one ended while starting: a connection of somebody else may have had its port meanwhile.
            for server in (self.valkey, self.postgres):
                if server.pid is None:
                    server.spawn()
            try:
                await self.sql("SELECT 1")
                return bool(await self.redis("PING") == b"PONG")
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SessionUnavailable):
                return False

        await until(answers, 40)

    async def check_ours(self) -> None:
        """Check that both servers keep their data where we put it, before anything is hurt.

        Raises:
            NotOurs: One does not.
        """
        found = (await self.redis("CONFIG", "GET", "dir"))[1].decode()
        if not same_path(found, self.valkey.data_directory):
            raise NotOurs(f"Valkey keeps its data in {found}, not in {self.valkey.data_directory}")
        found = await self.sql("SHOW data_directory")
        if not same_path(found, self.postgres.data_directory):
            raise NotOurs(f"PostgreSQL keeps its data in {found}, not in {self.postgres.data_directory}")

    async def redis(self, *command: str | int | bytes, server: ValkeyServer | None = None) -> Any:
        """Run one command on the primary, or on another server, past every proxy."""
        connection = RedisNode(Address.parse((server or self.valkey).url), reply_timeout_s=20)
        try:
            return await connection.execute(*command)
        finally:
            connection.close()

    async def sql(self, statement: str, *arguments: object) -> Any:
        """Run one statement past every proxy; returns its first value."""
        connection = await asyncpg.connect(self.postgres.dsn, timeout=10)
        try:
            return await connection.fetchval(statement, *arguments, timeout=20)
        finally:
            await connection.close(timeout=5)

    async def write_sql(self, statement: str) -> None:
        """Run a statement though the server takes no writes otherwise."""
        connection = await asyncpg.connect(
            self.postgres.dsn, timeout=10, server_settings={"default_transaction_read_only": "off"}
        )
        try:
            await connection.execute(statement, timeout=20)
        finally:
            await connection.close(timeout=5)

    async def lock_inventories(self, seconds: float) -> None:
        """Keep every row of `inventory` locked for a while."""
        connection = await asyncpg.connect(self.postgres.dsn, timeout=10)
        try:
            async with connection.transaction():
                await connection.execute("LOCK TABLE satchel.inventory IN EXCLUSIVE MODE", timeout=20)
                await asyncio.sleep(seconds)
        finally:
            await connection.close(timeout=5)

    # -- ways ----------------------------------------------------------------------------------------------------------

    def point_redis_to(self, target: ValkeyServer | Path) -> None:
        """Let new connections go there."""
        path = target if isinstance(target, Path) else Path(target.url.removeprefix("unix://"))
        relink(self.redis_link, path)

    def point_postgres_to(self, target: Path) -> None:
        """Let new connections go there."""
        relink(self.postgres_link / POSTGRES_SOCKET, target)

    async def misbehave(self, which: str, mischief: Mischief) -> Proxy:
        """Put a proxy between Satchel and `redis` or `postgres`, and let it misbehave."""
        target = self.valkey_socket if which == "redis" else self.postgres_socket
        proxy = Proxy(self.directory / f"{which}.proxy", target, self.dice)
        await proxy.open()
        self._proxies[which] = proxy
        if which == "redis":
            self.point_redis_to(proxy.path)
        else:
            self.point_postgres_to(proxy.path)
        await self.break_connections(which)
        proxy.start(mischief)
        return proxy

    async def route_directly(self) -> None:
        """Take the proxies away."""
        self.point_redis_to(self.valkey)
        self.point_postgres_to(self.postgres_socket)
        for proxy in self._proxies.values():
            await proxy.close()
        self._proxies.clear()

    async def break_connections(self, which: str) -> None:
        """Break every connection at the server's end."""
        if which == "redis":
            for kind in ("normal", "pubsub"):
                await self.redis("CLIENT", "KILL", "TYPE", kind)
        else:
            await self.sql(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE application_name = 'satchel' AND pid <> pg_backend_pid()"
            )

    # -- replicas ------------------------------------------------------------------------------------------------------

    async def add_replica(self) -> ValkeyServer:
        """Start a second Valkey that follows the first, and wait until it has everything."""
        self.replica = replica = self._new_valkey()
        replica.start()
        await self.redis("REPLICAOF", "127.0.0.1", self._port_of(self.valkey), server=replica)

        async def follows() -> bool:
            return b"master_link_status:up" in await self.redis("INFO", "replication", server=replica)

        await until(follows, 20)
        return replica

    async def promote(self) -> ValkeyServer:
        """Make the replica the primary, for new connections; returns the old primary, which runs on."""
        old, new = self.valkey, self.replica
        if new is None:
            raise RuntimeError("there is no replica")
        await self.redis("REPLICAOF", "NO", "ONE", server=new)
        self.valkey, self.replica = new, None
        self.point_redis_to(new)
        return old

    def discard(self, server: ValkeyServer) -> None:
        """Kill a server and remove its data."""
        server.resume()
        server.kill()
        shutil.rmtree(server.home, ignore_errors=True)
        shutil.rmtree(Path(server.url.removeprefix("unix://")).parent, ignore_errors=True)

    def _new_valkey(self) -> ValkeyServer:
        self._valkeys += 1
        options = {"port": str(free_port()), "bind": "127.0.0.1", "repl-diskless-sync-delay": "0"}
        options |= {"enable-debug-command": "yes", "repl-diskless-load": "swapdb"}
        server = ValkeyServer(self.directory / f"valkey{self._valkeys}", options)
        self._ports_of[server.url] = int(options["port"])
        return server

    def _port_of(self, server: ValkeyServer) -> int:
        return self._ports_of[server.url]
