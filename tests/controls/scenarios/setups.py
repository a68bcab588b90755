"""What the stories share."""

from satchel.inventory.actions import AdjustWallet
from satchel.ports import Snapshot
from tests.builders import Play
from tests.integration.faults.conftest import Realm
from tests.integration.faults.rows import fetch

EARN = AdjustWallet(resource="gold", amount=5)
SOON_MS = 3_600_000
LEASE_WAIT_S = 3.0


async def flush_round(play: Play, times: int = 1) -> None:
    for _ in range(times):
        await play.satchel.worker.flush_all(SOON_MS)


async def claim(play: Play) -> Snapshot:
    snapshot = await play.satchel.orchestrator.backlog.claim_one(play.char_id)
    assert snapshot is not None
    return snapshot


async def vault_gold(realm: Realm) -> int:
    rows = await fetch(realm.dsn, "SELECT amount FROM satchel.balance WHERE resource = 'gold' ORDER BY char_id")
    return int(rows[0][0]) if rows else 0


class OldAof:
    """The keys of a session, to be put back later: what a restart from an older AOF does, or a failover that lags."""

    def __init__(self, play: Play) -> None:
        keys = play.satchel.sessions.keys.of(play.char_id)
        self._redis = play.satchel.redis
        self._session = keys.session
        self._names = (keys.session, keys.journal, keys.marks)
        self._dumps: list[bytes | None] = []

    async def keep(self) -> None:
        self._dumps = [await self._redis.execute("DUMP", name) for name in self._names]

    async def put_back(self, *, run_id: str | None = None) -> None:
        """Put the keys back; as another incarnation of the server left them, unless told otherwise."""
        for name, dump in zip(self._names, self._dumps, strict=True):
            await self._redis.execute("DEL", name)
            if dump is not None:
                await self._redis.execute("RESTORE", name, 0, dump)
        await self._redis.execute("HSET", self._session, "run", run_id or "another incarnation")
