import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramRetryAfter

from satchel.testing.telegram import FakeTelegram, Player
from tests.unit.telegram.conftest import Clock


async def test_requests_beyond_the_limit_are_told_how_long_to_wait(
    telegram: FakeTelegram, bot: Bot, ann: Player, clock: Clock
) -> None:
    telegram.flood.limit(2, 10)
    await bot.send_message(ann.id, "1")
    clock.now += 4
    await bot.send_message(ann.id, "2")
    with pytest.raises(TelegramRetryAfter) as refused:
        await bot.send_message(ann.id, "3")

    assert refused.value.retry_after == 6
    assert refused.value.message.endswith("Too Many Requests: retry after 6")


async def test_whoever_waits_as_told_goes_on(telegram: FakeTelegram, bot: Bot, ann: Player, clock: Clock) -> None:
    telegram.flood.close(ann.id, 3)
    with pytest.raises(TelegramRetryAfter):
        await bot.send_message(ann.id, "early")
    clock.now += 3
    await bot.send_message(ann.id, "late")

    assert ann.screen.text == "late"
    assert telegram.flood.too_early == 0


async def test_whoever_comes_back_too_early_is_counted(
    telegram: FakeTelegram, bot: Bot, ann: Player, clock: Clock
) -> None:
    telegram.flood.close(ann.id, 3)
    for _ in range(2):
        with pytest.raises(TelegramRetryAfter):
            await bot.send_message(ann.id, "early")
        clock.now += 1

    assert telegram.flood.too_early == 1


async def test_one_chats_wait_is_nobody_elses(telegram: FakeTelegram, bot: Bot, ann: Player) -> None:
    bob = telegram.user(4712)
    bob.chat.forbidden = None
    telegram.flood.close(ann.id, 30)
    await bot.send_message(bob.id, "hello")

    assert bob.screen.text == "hello"
