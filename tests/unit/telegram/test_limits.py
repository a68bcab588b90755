import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramUnauthorizedError
from aiogram.types import (
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
)

from satchel.testing.telegram import FakeTelegram, Player


def keyboard(*data: str, rows: int = 1) -> InlineKeyboardMarkup:
    row = [InlineKeyboardButton(text="x", callback_data=each) for each in data]
    return InlineKeyboardMarkup(inline_keyboard=[row] * rows)


def article(id_: str) -> InlineQueryResultArticle:
    return InlineQueryResultArticle(id=id_, title="x", input_message_content=InputTextMessageContent(message_text="x"))


async def refusal(call: object) -> str:
    """The description that a call is refused with."""
    with pytest.raises(TelegramBadRequest) as refused:
        await call  # type: ignore[misc]
    return refused.value.message


@pytest.mark.parametrize(("data", "bytes_"), [("", 0), ("x" * 65, 65), ("я" * 33, 66)])
async def test_callback_data_outside_1_to_64_bytes_is_refused(bot: Bot, ann: Player, data: str, bytes_: int) -> None:
    said = await refusal(bot.send_message(ann.id, "x", reply_markup=keyboard(data)))

    assert len(data.encode()) == bytes_
    assert said == "Bad Request: BUTTON_DATA_INVALID"


async def test_64_bytes_of_callback_data_pass(bot: Bot, ann: Player) -> None:
    await bot.send_message(ann.id, "x", reply_markup=keyboard("я" * 32))

    assert ann.screen.rows[0][0].data == "я" * 32


async def test_text_is_limited_to_4096_characters_after_parsing(bot: Bot, ann: Player) -> None:
    await bot.send_message(ann.id, "<b>" + "x" * 4096 + "</b>", parse_mode="HTML")
    sent = await refusal(bot.send_message(ann.id, "x" * 4097))
    edited = await refusal(bot.edit_message_text("x" * 4097, chat_id=ann.id, message_id=ann.screen.message_id))

    assert sent == "Bad Request: message is too long"
    assert edited == "Bad Request: MESSAGE_TOO_LONG"


async def test_empty_text_is_refused(bot: Bot, ann: Player) -> None:
    assert await refusal(bot.send_message(ann.id, "")) == "Bad Request: message text is empty"
    assert await refusal(bot.send_message(ann.id, "<b> </b>", parse_mode="HTML")) == (
        "Bad Request: text must be non-empty"
    )


async def test_html_that_does_not_close_is_refused(bot: Bot, ann: Player) -> None:
    said = await refusal(bot.send_message(ann.id, "<b>x", parse_mode="HTML"))

    assert said == "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\""


async def test_an_edit_that_changes_nothing_is_refused(bot: Bot, ann: Player) -> None:
    sent = await bot.send_message(ann.id, "<b>x</b>", parse_mode="HTML", reply_markup=keyboard("a"))
    same = bot.edit_message_text(
        " <b>x</b>\n", chat_id=ann.id, message_id=sent.message_id, parse_mode="HTML", reply_markup=keyboard("a")
    )

    said = await refusal(same)

    assert said.startswith("Bad Request: message is not modified: specified new message content and reply markup are")


async def test_another_keyboard_is_a_change(bot: Bot, ann: Player) -> None:
    sent = await bot.send_message(ann.id, "x", reply_markup=keyboard("a"))
    await bot.edit_message_reply_markup(chat_id=ann.id, message_id=sent.message_id, reply_markup=keyboard("b"))

    assert ann.screen.rows[0][0].data == "b"


async def test_messages_that_are_not_there_cannot_be_edited_or_deleted(bot: Bot, ann: Player) -> None:
    edited = await refusal(bot.edit_message_text("x", chat_id=ann.id, message_id=99))
    deleted = await refusal(bot.delete_message(ann.id, 99))

    assert edited == "Bad Request: message to edit not found"
    assert deleted == "Bad Request: message to delete not found"


async def test_101_buttons_or_10_kilobytes_of_them_are_refused(bot: Bot, ann: Player) -> None:
    await bot.send_message(ann.id, "x", reply_markup=keyboard("a", "b", rows=50))
    many = await refusal(bot.send_message(ann.id, "x", reply_markup=keyboard("a", rows=101)))
    large = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="я" * 60, callback_data="x" * 64)]] * 60)

    assert many == "Bad Request: reply markup is too long"
    assert await refusal(bot.send_message(ann.id, "x", reply_markup=large)) == "Bad Request: reply markup is too long"


async def test_buttons_that_do_nothing_are_refused(bot: Bot, ann: Player) -> None:
    markup = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="x")]])

    said = await refusal(bot.send_message(ann.id, "x", reply_markup=markup))

    assert said.startswith("Bad Request: can't parse inline keyboard button")


async def test_a_callback_is_answered_once_and_in_time(bot: Bot, telegram: FakeTelegram, ann: Player) -> None:
    first, old = telegram.query(ann.id), telegram.query(ann.id, too_old=True)
    await bot.answer_callback_query(first.id, "done")

    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert await refusal(bot.answer_callback_query(first.id)) == too_old
    assert await refusal(bot.answer_callback_query(old.id)) == too_old
    assert await refusal(bot.answer_callback_query("unknown")) == too_old
    assert ann.alerts == ["done"]


async def test_a_toast_has_200_characters_at_most(bot: Bot, telegram: FakeTelegram, ann: Player) -> None:
    said = await refusal(bot.answer_callback_query(telegram.query(ann.id).id, "x" * 201))

    assert said == "Bad Request: MESSAGE_TOO_LONG"


async def test_an_inline_query_is_answered_with_50_different_results_at_most(bot: Bot, telegram: FakeTelegram) -> None:
    query = telegram.query(1)
    many = await refusal(bot.answer_inline_query(query.id, [article(str(number)) for number in range(51)]))
    twice = await refusal(bot.answer_inline_query(query.id, [article("a"), article("a")]))
    await bot.answer_inline_query(query.id, [article(str(number)) for number in range(50)])

    assert (many, twice) == ("Bad Request: RESULTS_TOO_MUCH", "Bad Request: RESULT_ID_DUPLICATE")


async def test_commands_are_lower_case_with_a_description(bot: Bot, telegram: FakeTelegram) -> None:
    await bot.set_my_commands([BotCommand(command="bag", description="the bag")], language_code="ru")
    wrong = await refusal(bot.set_my_commands([BotCommand(command="Bag", description="the bag")]))
    bare = await refusal(bot.set_my_commands([BotCommand(command="bag", description="")]))

    assert telegram.state.commands == {"ru": [{"command": "bag", "description": "the bag"}]}
    assert (wrong, bare) == ("Bad Request: BOT_COMMAND_INVALID", "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")


async def test_a_wrong_token_is_unauthorized(bot: Bot, telegram: FakeTelegram) -> None:
    with pytest.raises(TelegramUnauthorizedError) as refused:
        await Bot("1:other", session=bot.session).get_me()

    assert refused.value.message == "Unauthorized"


async def test_chats_that_are_unknown_or_not_begun_or_blocked_take_no_messages(
    bot: Bot, telegram: FakeTelegram, ann: Player
) -> None:
    shy = telegram.user(4712)
    ann.block()

    assert await refusal(bot.send_message(99, "x")) == "Bad Request: chat not found"
    with pytest.raises(TelegramForbiddenError, match="bot can't initiate conversation with a user"):
        await bot.send_message(shy.id, "x")
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(ann.id, "x")


async def test_unknown_methods_are_not_found_and_missing_ones_say_so(bot: Bot, telegram: FakeTelegram) -> None:
    session = await bot.session.create_session()  # type: ignore[attr-defined]
    async with session.post(f"{telegram.url}/bot{telegram.token}/sendSword") as answer:
        told = await answer.json()
    async with session.post(f"{telegram.url}/bot{telegram.token}/getFile", data={"file_id": "x"}) as answer:
        missing = await answer.json()

    assert told == {"ok": False, "error_code": 404, "description": "Not Found"}
    assert missing["error_code"] == 501


async def test_parameters_are_checked_with_aiograms_models(bot: Bot, telegram: FakeTelegram, ann: Player) -> None:
    session = await bot.session.create_session()  # type: ignore[attr-defined]

    async def ask(**fields: str) -> str:
        async with session.post(f"{telegram.url}/bot{telegram.token}/sendMessage", data=fields) as answer:
            return str((await answer.json())["description"])

    assert await ask(text="x") == "Bad Request: chat_id is empty"
    assert await ask(chat_id="4711") == "Bad Request: message text is empty"
    assert await ask(chat_id="4711", text="x", reply_markup="{") == (
        "Bad Request: can't parse reply keyboard markup JSON object"
    )
    assert (await ask(chat_id="4711", text="x", disable_notification="maybe")).startswith(
        "Bad Request: can't parse sendMessage parameter disable_notification"
    )
    assert [call.refusal is None for call in telegram.calls] == [False] * 4
