"""A job runs once at a time for a holder; who comes meanwhile shares the next run."""

import asyncio

import pytest

from satchel.ids import HolderId
from satchel.sharing import SharedJob

ONE, OTHER = HolderId(1), HolderId(2)


class Job:
    """Waits until it is let go, and counts its runs."""

    def __init__(self) -> None:
        self.runs: list[HolderId] = []
        self.at_once = self.most_at_once = 0
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self, holder: HolderId) -> None:
        self.runs.append(holder)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.gate.wait()
            if self.error is not None:
                raise self.error
        finally:
            self.at_once -= 1


async def _turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_those_who_come_while_it_runs_share_one_later_run() -> None:
    job = Job()
    shared = SharedJob(job)
    callers = [asyncio.create_task(shared.run(ONE))]
    await _turns()
    callers += [asyncio.create_task(shared.run(ONE)) for _ in range(20)]
    await _turns()

    job.gate.set()
    await asyncio.gather(*callers)

    assert (job.runs, job.most_at_once) == ([ONE, ONE], 1)


async def test_holders_do_not_wait_for_one_another() -> None:
    job = Job()
    shared = SharedJob(job)
    callers = [asyncio.create_task(shared.run(holder)) for holder in (ONE, OTHER)]
    await _turns()

    assert (sorted(job.runs), job.most_at_once) == ([ONE, OTHER], 2)
    job.gate.set()
    await asyncio.gather(*callers)


async def test_a_cancelled_caller_leaves_the_others_their_run() -> None:
    job = Job()
    shared = SharedJob(job)
    first, second = (asyncio.create_task(shared.run(ONE)) for _ in range(2))
    await _turns()

    first.cancel()
    await _turns()
    job.gate.set()
    await second

    assert first.cancelled()
    assert job.runs == [ONE, ONE]


async def test_an_error_reaches_all_who_share_the_run_and_nobody_after_them() -> None:
    job = Job()
    shared = SharedJob(job)
    job.error = ValueError("no")
    callers = [asyncio.create_task(shared.run(ONE)) for _ in range(3)]
    await _turns()
    job.gate.set()
    outcomes = await asyncio.gather(*callers, return_exceptions=True)
    job.error = None

    await shared.run(ONE)

    assert [type(outcome) for outcome in outcomes] == [ValueError] * 3
    assert len(job.runs) == 3


async def test_nothing_is_kept_once_nobody_waits() -> None:
    job = Job()
    job.gate.set()
    shared = SharedJob(job)

    await asyncio.gather(*(shared.run(ONE) for _ in range(10)))
    await _turns()

    assert shared.idle


@pytest.mark.parametrize("callers", [1, 2, 50])
async def test_any_number_of_callers_is_served(callers: int) -> None:
    job = Job()
    job.gate.set()
    shared = SharedJob(job)

    await asyncio.gather(*(shared.run(ONE) for _ in range(callers)))

    assert len(job.runs) == min(callers, 2)
