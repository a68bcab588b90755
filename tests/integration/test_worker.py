"""The worker's rhythm: a session that changed during its flush does not wait for the next sweep."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from satchel.clock import clock_ms
from satchel.ids import HolderId
from satchel.inventory.actions import AdjustWallet
from satchel.orchestrator import InventoryCoreOrchestrator
from satchel.ports import PushOutcome, Snapshot
from satchel.worker import FlushWorker, WorkerLimits
from tests.builders import Play

PATIENCE_S = 20


async def wait_until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await condition():  # noqa: ASYNC110 - the servers set no events of ours
            await asyncio.sleep(0.01)


class SlowlyFlushing(InventoryCoreOrchestrator):
    """Its first flush takes longer than the delay after which a session is due, and the session changes meanwhile."""

    def __init__(self, play: Play, delay_ms: int) -> None:
        satchel = play.satchel
        super().__init__(satchel.sessions, satchel.orchestrator.backlog, satchel.vault, satchel.metrics)
        self.play = play
        self.delay_ms = delay_ms
        self.flushes = 0

    async def flush(self, snapshots: Sequence[Snapshot]) -> list[PushOutcome]:
        self.flushes += 1
        if self.flushes == 1:
            await self.play.act(AdjustWallet(resource="gold", amount=1))
            over_ms = clock_ms() + 2 * self.delay_ms

            async def over() -> bool:
                return clock_ms() > over_ms

            await wait_until(over)
        return await super().flush(snapshots)


async def test_session_that_changes_during_its_flush_is_flushed_again_without_a_sweep(play: Play) -> None:
    limits = WorkerLimits(sweep_s=3600, flush_delay_ms=play.satchel.sessions.limits.flush_delay_ms)
    orchestrator = SlowlyFlushing(play, limits.flush_delay_ms)
    worker = FlushWorker(orchestrator, orchestrator.backlog, play.satchel.vault, clock_ms, limits)
    await play.act(AdjustWallet(resource="gold", amount=1))
    bucket = play.satchel.sessions.keys.bucket_of(HolderId(1))
    worker.hint(bucket)

    async def saved() -> bool:
        return (await play.satchel.vault.read_state(HolderId(1))).head.version == 2

    running = asyncio.create_task(worker.run())
    try:
        await wait_until(saved)
    finally:
        worker.stop()
        await running

    assert orchestrator.flushes >= 2


async def test_a_second_session_of_a_bucket_is_flushed_though_others_had_the_first(
    play: Play,
) -> None:
    satchel = play.satchel
    bucket_of = satchel.sessions.keys.bucket_of
    neighbour_id = next(
        char_id for char_id in range(2, 100_000) if bucket_of(HolderId(char_id)) == bucket_of(HolderId(1))
    )
    neighbour = await Play.begin(satchel, clock_ms, HolderId(neighbour_id))
    limits = WorkerLimits(sweep_s=3600, flush_delay_ms=satchel.sessions.limits.flush_delay_ms)
    worker = FlushWorker(satchel.orchestrator, satchel.orchestrator.backlog, satchel.vault, clock_ms, limits)
    running = asyncio.create_task(worker.run())
    try:
        await play.act(AdjustWallet(resource="gold", amount=1))
        worker.hint(bucket_of(HolderId(1)))
        half_ms = clock_ms() + limits.flush_delay_ms // 2

        async def half_of_the_delay_is_over() -> bool:
            return clock_ms() > half_ms

        await wait_until(half_of_the_delay_is_over)
        await neighbour.act(AdjustWallet(resource="gold", amount=1))
        worker.hint(bucket_of(HolderId(1)))
        await satchel.orchestrator.flush_session(HolderId(1))

        async def neighbour_is_saved() -> bool:
            return (await satchel.vault.read_state(HolderId(neighbour_id))).head.version == 1

        await wait_until(neighbour_is_saved)
    finally:
        worker.stop()
        await running

    assert (await satchel.orchestrator.backlog.measure()).dirty_sessions == 0


async def test_backlog_of_a_bucket_is_flushed_on_though_its_next_hint_lies_far_ahead(play: Play) -> None:
    satchel = play.satchel
    bucket_of = satchel.sessions.keys.bucket_of
    ids = [char_id for char_id in range(2, 100_000) if bucket_of(HolderId(char_id)) == bucket_of(HolderId(1))][:6]
    for neighbour in [play, *[await Play.begin(satchel, clock_ms, HolderId(char_id)) for char_id in ids]]:
        await neighbour.act(AdjustWallet(resource="gold", amount=1))
    due_ms = clock_ms() + satchel.sessions.limits.flush_delay_ms

    async def all_are_due() -> bool:
        return clock_ms() > due_ms

    await wait_until(all_are_due)
    limits = WorkerLimits(sweep_s=3600, flush_delay_ms=3_600_000, batch_sessions_max=2)
    worker = FlushWorker(satchel.orchestrator, satchel.orchestrator.backlog, satchel.vault, clock_ms, limits)
    worker.hint(bucket_of(HolderId(1)))

    async def clean() -> bool:
        return (await satchel.orchestrator.backlog.measure()).dirty_sessions == 0

    running = asyncio.create_task(worker.run())
    try:
        await wait_until(clean)
    finally:
        worker.stop()
        await running

    assert [(await satchel.vault.read_state(HolderId(char_id))).head.version for char_id in (1, *ids)] == [1] * 7
