import asyncio
from collections.abc import AsyncIterator

import pytest
from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramConflictError
from aiogram.types import InlineQuery, InlineQueryResultArticle, InputTextMessageContent, Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from satchel.testing.telegram import BotSilent, FakeTelegram, Toast
from tests.unit.telegram.conftest import counter_keyboard, counting_dispatcher


@pytest.mark.usefixtures("counting")
async def test_a_user_writes_and_taps_and_sees_screens_and_toasts(telegram: FakeTelegram) -> None:
    ann = telegram.user(4711)
    await ann.send("/bag")
    first = ann.screen
    await ann.tap("More")

    assert (first.text, first.buttons) == ("you wrote /bag", ("[+] More",))
    assert ann.screen.text == "count 1"
    assert ann.toasts == [Toast("now 1")]
    assert [screen.text for screen in ann.chat.screens] == ["you wrote /bag", "count 1"]
    assert (telegram.refused, telegram.unanswered) == ([], [])


@pytest.mark.usefixtures("counting")
async def test_two_taps_before_an_answer_are_two_queries_on_one_screen(telegram: FakeTelegram) -> None:
    ann = telegram.user(4711)
    await ann.send("x")
    await ann.tap("More", times=2)

    assert ann.alerts == ["now 1", "now 1"]
    assert [str(call.refusal).partition(":")[2].split(":")[0] for call in telegram.refused] == [
        " message is not modified"
    ]


@pytest.mark.usefixtures("counting")
async def test_a_query_delivered_twice_is_answered_once(telegram: FakeTelegram) -> None:
    ann = telegram.user(4711)
    await ann.send("x")
    await ann.tap("More", deliveries=2)

    assert ann.alerts == ["now 1"]
    assert "query is too old" in str(telegram.refused[0].refusal)


@pytest.mark.usefixtures("counting")
async def test_an_old_screen_can_be_tapped_as_it_was(telegram: FakeTelegram) -> None:
    ann = telegram.user(4711)
    await ann.send("x")
    old = ann.screen
    await ann.tap("More")
    await ann.tap("More")
    await ann.tap("More", on=old)

    assert ann.alerts == ["now 1", "now 2", "now 1"]


@pytest.mark.usefixtures("counting")
async def test_several_users_act_at_once_each_in_their_own_chat(telegram: FakeTelegram) -> None:
    users = [telegram.user(number) for number in range(1, 9)]
    await asyncio.gather(*(user.send(f"I am {user.id}") for user in users))
    await asyncio.gather(*(user.tap(1) for user in users))

    assert [user.chat.screens[0].text for user in users] == [f"you wrote I am {user.id}" for user in users]
    assert {user.screen.text for user in users} == {"count 1"}


@pytest.mark.usefixtures("counting")
async def test_in_a_group_everybody_sees_and_taps_the_same_message(telegram: FakeTelegram) -> None:
    guild = telegram.group()
    ann, bob = telegram.user(1).within(guild), telegram.user(2, name="Bob").within(guild)
    await ann.send("/bag@satchel_bot")
    await bob.tap("More")

    assert ann.screen == bob.screen
    assert (ann.alerts, bob.alerts) == ([], ["now 1"])


async def test_an_inline_query_finds_results_and_a_chosen_one_can_be_tapped(
    telegram: FakeTelegram, counting: Dispatcher
) -> None:
    @counting.inline_query()
    async def find(query: InlineQuery) -> None:
        content = InputTextMessageContent(message_text=f"<b>{query.query}</b>", parse_mode="HTML")
        result = InlineQueryResultArticle(
            id="1", title="Found", input_message_content=content, reply_markup=counter_keyboard(4)
        )
        await query.answer([result], cache_time=0, is_personal=True)

    ann = telegram.user(4711)
    answer = await ann.search("sword")
    ann.choose(answer.results[0])
    await ann.tap("More")

    assert (answer.results[0].text, answer.is_personal, answer.cache_time_s) == ("sword", True, 0)
    assert ann.screen.text == "count 5"


async def test_updates_are_posted_to_a_webhook_with_its_secret(telegram: FakeTelegram, bot: Bot) -> None:
    dispatcher = counting_dispatcher()
    application = web.Application()
    SimpleRequestHandler(dispatcher, bot, secret_token="hush").register(application, "/hook")
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    telegram.watch(dispatcher)
    await bot.set_webhook(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", secret_token="hush")
    ann = telegram.user(4711)
    try:
        await ann.send("by webhook")
        await ann.tap("More")
    finally:
        await runner.cleanup()

    assert ann.screen.text == "count 1"
    assert telegram.updates.failures == []


async def test_updates_that_a_webhook_refuses_are_reported(telegram: FakeTelegram, bot: Bot) -> None:
    application = web.Application()
    SimpleRequestHandler(Dispatcher(), bot, secret_token="hush").register(application, "/hook")
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await bot.set_webhook(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", secret_token="wrong")
    telegram.patience_s = 0.5
    try:
        with pytest.raises(BotSilent, match="status 401"):
            await telegram.user(4711).send("by webhook")
    finally:
        await runner.cleanup()


async def test_polling_is_refused_while_there_is_a_webhook(telegram: FakeTelegram, bot: Bot) -> None:
    await bot.set_webhook("http://127.0.0.1:9/hook")
    with pytest.raises(TelegramConflictError, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()


async def test_a_second_poll_ends_the_first(telegram: FakeTelegram, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=30))
    await _until_polled(telegram, 1)
    second = asyncio.create_task(bot.get_updates(timeout=30))

    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates request"):
        await first
    await telegram.updates.close()
    assert await second == []


async def test_updates_come_again_until_an_offset_confirms_them(telegram: FakeTelegram, bot: Bot) -> None:
    await telegram.deliver("message", _message(1))
    await telegram.deliver("message", _message(2))
    again = [await bot.get_updates(), await bot.get_updates()]
    rest = await bot.get_updates(offset=again[0][0].update_id + 1)

    assert [[update.update_id for update in each] for each in (*again, rest)] == [[1, 2], [1, 2], [2]]


async def test_a_silent_bot_is_an_error_that_shows_the_last_screen(telegram: FakeTelegram, bot: Bot) -> None:
    telegram.patience_s = 0.05
    ann = telegram.user(4711)
    ann.chat.forbidden = None
    await bot.send_message(ann.id, "the last screen", reply_markup=counter_keyboard(0))

    with pytest.raises(BotSilent) as silent:
        await ann.tap("More")
    assert "'the last screen'" in str(silent.value)
    assert "is not answered" in str(silent.value)


async def test_an_unwatched_bot_has_finished_when_it_answered_and_asks_nothing_more(
    telegram: FakeTelegram, bot: Bot
) -> None:
    dispatcher = counting_dispatcher()
    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False))
    ann = telegram.user(4711)
    await ann.send("x")
    await ann.tap("More")

    assert ann.screen.text == "count 1"
    await dispatcher.stop_polling()
    await polling


@pytest.mark.usefixtures("counting")
async def test_a_label_that_fits_no_button_or_several_is_an_error(telegram: FakeTelegram) -> None:
    ann = telegram.user(4711)
    await ann.send("x")

    with pytest.raises(LookupError, match="no button is called 'Less'"):
        await ann.tap("Less")
    with pytest.raises(LookupError, match="no button is called 2"):
        await ann.tap(2)


@pytest.fixture
async def answering(telegram: FakeTelegram, bot: Bot) -> AsyncIterator[None]:
    """A bot whose handler returns the call instead of making it."""
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def answer(message: Message) -> object:
        return message.answer("returned")

    telegram.watch(dispatcher)
    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False))
    yield
    await telegram.settle()
    await dispatcher.stop_polling()
    await polling


@pytest.mark.usefixtures("answering")
async def test_a_call_that_a_handler_returns_is_waited_for(telegram: FakeTelegram) -> None:
    ann = telegram.user(4711)
    await ann.send("x")

    assert ann.screen.text == "returned"


async def _until_polled(telegram: FakeTelegram, polls: int) -> None:
    """Wait until so many polls have reached the server."""
    async with asyncio.timeout(5):
        while telegram.updates.polls < polls:
            telegram.changed.clear()
            await telegram.changed.wait()


def _message(number: int) -> dict[str, object]:
    user = {"id": 1, "is_bot": False, "first_name": "Ann"}
    return {"message_id": number, "date": 0, "chat": {"id": 1, "type": "private"}, "from": user, "text": "x"}
