"""What happens when a task that has to run for ever ends."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from satchel.catalogue import load_catalogue
from satchel.clock import clock_ms
from satchel.runtime.engine import run_engine
from satchel.runtime.wiring import Engine, wire
from satchel.testing import FakeRedis, FakeVault


class Broken(Exception):
    """What a clock raises that does not work any more."""


class BrittleClock:
    """A clock that works until it is broken; the worker looks at it all the time."""

    def __init__(self) -> None:
        self.is_broken = False

    def __call__(self) -> int:
        if self.is_broken:
            raise Broken
        return clock_ms()


@pytest.fixture
def clock() -> BrittleClock:
    return BrittleClock()


@pytest.fixture
async def engine(clock: BrittleClock) -> AsyncIterator[Engine]:
    redis = FakeRedis()
    yield wire(redis, FakeVault(), load_catalogue(), clock=clock)
    redis.close()


async def test_a_dead_worker_ends_the_body_with_its_error(engine: Engine, clock: BrittleClock) -> None:
    async def body() -> None:
        async with run_engine(engine, engine.client(), 1.0, worker=True, on_task_died=None):
            clock.is_broken = True
            await asyncio.Event().wait()

    with pytest.raises(Broken):
        await body()

    task = asyncio.current_task()
    assert task is not None
    assert not task.cancelling()


async def test_a_handler_is_told_of_a_dead_worker_and_the_body_goes_on(engine: Engine, clock: BrittleClock) -> None:
    died: asyncio.Future[tuple[str, BaseException]] = asyncio.get_running_loop().create_future()

    async with run_engine(
        engine, engine.client(), 1.0, worker=True, on_task_died=lambda *found: died.set_result(found)
    ):
        clock.is_broken = True
        name, error = await died
        clock.is_broken = False
        report = await engine.readiness.report()

    assert (name, type(error)) == ("worker", Broken)
    assert not report.ready


async def test_a_cancel_from_elsewhere_stays_one(engine: Engine) -> None:
    entered = asyncio.Event()

    async def body() -> None:
        async with run_engine(engine, engine.client(), 1.0, worker=True, on_task_died=None):
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(body())
    await entered.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
