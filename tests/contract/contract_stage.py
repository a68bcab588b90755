"""Two processes on one Redis and one vault, fake or real, and short ways to make them act."""

from collections.abc import Awaitable, Callable
from itertools import count

from satchel.catalogue import load_catalogue
from satchel.ids import HolderId
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.item import Item, ItemId
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.proposal import Proposal
from satchel.inventory.record import Record, SealedRecord, seal
from satchel.ports import Saved, SaveOutcome, Snapshot, VaultState
from satchel.session import InventorySessionManager, Keys, SessionBacklog, SessionLimits
from satchel.session.redis import Redis
from satchel.telemetry import Metrics
from satchel.testing import FakeVault
from tests.builders import HERO, HERO_ID

__all__ = ["BUCKET", "FAR_MS", "NOW_MS", "HookedVault", "Stage", "claim_one", "push_amounts", "records"]

NOW_MS = 1_790_000_000_000

BUCKET = 183
"""The bucket of character 1."""

FAR_MS = 10 * 365 * 86_400_000
"""The servers' own clock is years from the processes' clock of these tests; looking this far ahead finds all."""

Hook = Callable[[], Awaitable[object]]


class HookedVault(FakeVault):
    """A vault at which something else happens between the steps of an attach, once."""

    def __init__(self) -> None:
        super().__init__()
        self.after_open: Hook | None = None
        self.before_reread: Hook | None = None

    async def open_epoch(
        self, char_id: HolderId, recent_max: int, marks_max: int, *, epoch_floor: int = 0
    ) -> VaultState:
        state = await super().open_epoch(char_id, recent_max, marks_max, epoch_floor=epoch_floor)
        hook, self.after_open = self.after_open, None
        if hook is not None:
            await hook()
        return state

    async def read_epoch(self, char_id: HolderId) -> int:
        hook, self.before_reread = self.before_reread, None
        if hook is not None:
            await hook()
        return await super().read_epoch(char_id)


class Stage:
    """Character 1, two session managers that share nothing but the servers, and a backlog."""

    def __init__(self, redis: Redis, other: Redis, vault: HookedVault, namespace: str) -> None:
        self.catalogue: Catalogue = load_catalogue()
        self.limits = SessionLimits(records_kept=3, marks_kept=5, journal_records_max=8, lease_ms=60_000)
        self.keys = Keys(namespace)
        self.redis = redis
        self.vault = vault
        self.now_ms = NOW_MS
        metrics = Metrics()
        arguments = (vault, self.catalogue, self.clock, self.keys, self.limits, metrics)
        self.sessions = InventorySessionManager(redis, *arguments)
        self.others = InventorySessionManager(other, *arguments)
        self.backlog = SessionBacklog(redis, self.clock, self.keys, self.limits)
        self._numbers = count(1)

    def clock(self) -> int:
        """The processes' clock; it stands still."""
        return self.now_ms

    async def begin(self) -> InventorySessionDTO:
        """Make the character and attach it."""
        await self.vault.create_character(HolderId(1), HERO)
        return await self.sessions.load_session(HolderId(1))

    async def earn(
        self,
        amount: int = 1,
        *,
        action_id: str = "",
        session: InventorySessionDTO | None = None,
        by: InventorySessionManager | None = None,
        item: ItemId | None = None,
    ) -> SaveOutcome:
        """Save an action that adds to the balance of gold, and a potion if an item id is given."""
        manager = by or self.sessions
        session = session or await manager.load_session(HolderId(1))
        proposal = Proposal(session, at_ms=self.now_ms, action_id="a")
        proposal.set_balance("gold", session.wallet.get("gold", 0) + amount)
        if item is not None:
            proposal.put(Item(item, "healing_potion", 1, "bag", session.cells["bag"].first_free()))
        record = self.record(session, proposal, action_id or f"action-{next(self._numbers)}")
        outcome = await manager.save_session(session, record, surely_new=not action_id)
        if not isinstance(outcome, Saved):
            proposal.undo()
        return outcome

    def record(self, session: InventorySessionDTO, proposal: Proposal, action_id: str) -> Record:
        """The record of a proposal."""
        return Record(
            char_id=session.char_id,
            version=session.version + 1,
            epoch=session.epoch,
            action_id=action_id,
            body="b",
            actor="service",
            at_ms=self.now_ms,
            operations=("adjust_wallet",),
            changes=proposal.item_changes(),
            wallet_changes=proposal.wallet_changes(),
            stats=session.stats,
        )

    async def flush(self) -> Snapshot:
        """Claim, push and settle the session; returns what was pushed."""
        snapshot = await self.backlog.claim_one(HolderId(1))
        assert snapshot is not None
        outcome = (await self.vault.push([snapshot]))[0]
        await self.backlog.settle(HolderId(1), outcome.head)
        return snapshot

    async def head(self) -> dict[str, str]:
        """The text fields of the session as it lies in Redis; empty if there is none."""
        flat = await self.redis.execute("HGETALL", self.keys.of(1).session)
        pairs = dict(zip(flat[::2], flat[1::2], strict=True))
        return {name.decode(): value.decode() for name, value in pairs.items() if name in _HEAD}

    async def ttls(self) -> list[int]:
        """Times to live of session, journal and marks, in ms; -1: for ever, -2: no such key."""
        keys = self.keys.of(1)
        return [await self.redis.execute("PTTL", key) for key in (keys.session, keys.journal, keys.marks)]

    async def due(self) -> bool:
        """Whether the session stands in the index of dirty ones."""
        keys = self.keys.of(1)
        both = [await self.redis.execute("ZSCORE", key, 1) is not None for key in (keys.due, keys.dirty)]
        assert len(set(both)) == 1
        return both[0]


_HEAD = (b"run", b"epoch", b"ver", b"h", b"state", b"fver", b"fh", b"quarantine")


def records(
    base: tuple[int, str],
    amounts: list[int],
    *,
    char_id: HolderId = HERO_ID,
    epoch: int = 1,
    stem: str = "a",
    items: tuple[Item, ...] = (),
) -> tuple[SealedRecord, ...]:
    """A chain of saves, each adding to the balance of gold; the first one adds items too."""
    stage_session = InventorySessionDTO(load_catalogue(), char_id, HERO)
    version, h = base
    made: list[SealedRecord] = []
    for amount in amounts:
        proposal = Proposal(stage_session, at_ms=NOW_MS, action_id=stem)
        proposal.set_balance("gold", stage_session.wallet.get("gold", 0) + amount)
        for item in items if not made else ():
            proposal.put(item)
        record = Record(
            char_id=char_id,
            version=version + 1,
            epoch=epoch,
            action_id=f"{stem}-{version + 1}",
            body="b",
            actor="service",
            at_ms=NOW_MS,
            operations=("adjust_wallet",),
            changes=proposal.item_changes(),
            wallet_changes=proposal.wallet_changes(),
            stats=stage_session.stats,
        )
        made.append(seal(h, record))
        version, h = made[-1].version, made[-1].h
    return tuple(made)


async def claim_one(backlog: SessionBacklog, ahead_ms: int = FAR_MS, records_max: int = 100) -> list[tuple[int, int]]:
    """Claim one bucket; returns the base and the version of each snapshot."""
    return [(s.base_version, s.head.version) for s in await backlog.claim(BUCKET, 10, records_max, ahead_ms)]


async def push_amounts(stage: Stage, amounts: list[int], stem: str = "x") -> None:
    """Let the vault's history grow by itself: the session knows nothing of it."""
    state = await stage.vault.read_state(HolderId(1))
    base = (state.head.version, state.head.h)
    snapshot = Snapshot(HolderId(1), state.head.epoch, *base, records(base, amounts, epoch=state.head.epoch, stem=stem))
    await stage.vault.push([snapshot])
