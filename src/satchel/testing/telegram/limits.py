"""Telegram's limits on what a bot sends, each with Telegram's words for the refusal."""

import json
import re
from collections.abc import Sequence

from aiogram.types import BotCommand, InlineKeyboardButton, InlineKeyboardMarkup

from satchel.testing.telegram.markup import MarkupError, parse_html, utf16_length
from satchel.testing.telegram.refusals import bad_request

__all__ = ["check_commands", "check_keyboard", "check_results", "check_toast", "read_text"]

TEXT_LENGTH_MAX = 4096
TOAST_LENGTH_MAX = 200
CALLBACK_DATA_BYTES_MAX = 64
BUTTONS_MAX = 100
ROW_BUTTONS_MAX = 8
KEYBOARD_BYTES_MAX = 10_000
RESULTS_MAX = 50
RESULT_ID_BYTES_MAX = 64
COMMANDS_MAX = 100
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
COMMAND_DESCRIPTION_LENGTH_MAX = 256
STYLES = (None, "danger", "success", "primary")


def read_text(source: str | None, parse_mode: object, *, edit: bool = False) -> tuple[str, list[dict[str, object]]]:
    """Turn what a bot sent into the visible text and its entities.

    Args:
        source: The text as it was sent.
        parse_mode: `HTML`, or nothing.
        edit: Whether it replaces another text; Telegram words one refusal differently then.

    Raises:
        ApiRefusal: It is empty or too long, or its tags are wrong.
    """
    if not source:
        raise bad_request("message text is empty")
    entities: list[dict[str, object]] = []
    if isinstance(parse_mode, str) and parse_mode:
        if parse_mode.lower() != "html":
            raise bad_request("unsupported parse_mode")
        try:
            text, entities = parse_html(source)
        except MarkupError as error:
            raise bad_request(f"can't parse entities: {error}") from error
    else:
        text = source.strip()
    if not text:
        raise bad_request("message text is empty" if edit else "text must be non-empty")
    if utf16_length(text) > TEXT_LENGTH_MAX:
        raise bad_request("MESSAGE_TOO_LONG" if edit else "message is too long")
    return text, entities


def check_keyboard(keyboard: InlineKeyboardMarkup | None) -> None:
    """Refuse a keyboard that clients could not show or press.

    Raises:
        ApiRefusal: Too many buttons, or one of them is wrong.
    """
    if keyboard is None:
        return
    rows = keyboard.inline_keyboard
    for row in rows:
        for button in row:
            _check_button(button)
    encoded = json.dumps(keyboard.model_dump(exclude_none=True), ensure_ascii=False).encode()
    if (
        sum(map(len, rows)) > BUTTONS_MAX
        or any(len(row) > ROW_BUTTONS_MAX for row in rows)
        or len(encoded) > KEYBOARD_BYTES_MAX
    ):
        raise bad_request("reply markup is too long")


def _check_button(button: InlineKeyboardButton) -> None:
    if not button.text.strip():
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if button.style not in STYLES:
        raise bad_request("can't parse inline keyboard button: invalid button style specified")
    chosen = button.model_dump(exclude_none=True, exclude={"text", "style", "icon_custom_emoji_id"})
    if len(chosen) != 1:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    data = button.callback_data
    if data is not None and not 1 <= len(data.encode()) <= CALLBACK_DATA_BYTES_MAX:
        raise bad_request("BUTTON_DATA_INVALID")
    if button.url is not None and not button.url.startswith(("https://", "http://", "tg://")):
        raise bad_request("BUTTON_URL_INVALID")


def check_toast(text: str | None) -> None:
    """Refuse an answer to a callback query that is too long."""
    if text is not None and utf16_length(text) > TOAST_LENGTH_MAX:
        raise bad_request("MESSAGE_TOO_LONG")


def check_results(ids: Sequence[str]) -> None:
    """Refuse an answer to an inline query with too many results, or with ids that are wrong."""
    if len(ids) > RESULTS_MAX:
        raise bad_request("RESULTS_TOO_MUCH")
    if len(set(ids)) < len(ids):
        raise bad_request("RESULT_ID_DUPLICATE")
    if not all(1 <= len(id_.encode()) <= RESULT_ID_BYTES_MAX for id_ in ids):
        raise bad_request("RESULT_ID_INVALID")


def check_commands(commands: Sequence[BotCommand]) -> None:
    """Refuse a list of commands that the menu could not show."""
    if len(commands) > COMMANDS_MAX:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not COMMAND.fullmatch(command.command.removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command.description) <= COMMAND_DESCRIPTION_LENGTH_MAX:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
