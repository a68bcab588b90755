"""The methods of the Bot API that change a chat or answer a query, as Telegram carries them out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiogram.methods import (
    AnswerCallbackQuery,
    AnswerInlineQuery,
    DeleteMessage,
    DeleteMyCommands,
    EditMessageReplyMarkup,
    EditMessageText,
    GetMe,
    GetMyCommands,
    SendChatAction,
    SendMessage,
    SetMyCommands,
    TelegramMethod,
)
from aiogram.types import InlineKeyboardMarkup, InlineQueryResultArticle, InputTextMessageContent

from satchel.testing.telegram.chats import Chat, InlineAnswer, InlineResult, Message, Toast
from satchel.testing.telegram.limits import (
    check_commands,
    check_keyboard,
    check_results,
    check_toast,
    read_text,
)
from satchel.testing.telegram.refusals import (
    NOT_MODIFIED,
    QUERY_TOO_OLD,
    ApiRefusal,
    FloodGate,
    bad_request,
)

__all__ = ["BotMethods", "Query"]


@dataclass
class Query:
    """A tap or an inline query that waits for its one answer."""

    id: str
    user_id: int
    expires_at_s: float
    answer: Toast | InlineAnswer | None = None


@dataclass
class BotMethods:
    """Everything that a bot's requests read and change.

    Attributes:
        me: The bot, as `getMe` shows it.
        chats: By id.
        inline: Messages that were sent through inline results, by inline message id.
        queries: Taps and inline queries, by id.
        commands: The menus, by language; the key "" is the menu for all other languages.
    """

    me: dict[str, object]
    clock: Callable[[], float]
    gate: FloodGate
    now_s: Callable[[], int]
    chats: dict[int, Chat] = field(default_factory=dict)
    inline: dict[str, Message] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)
    commands: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    def perform(self, call: TelegramMethod[Any]) -> object:
        """Carry a call out.

        Returns:
            The `result` of the answer.

        Raises:
            ApiRefusal: Telegram would refuse it; 501 for methods that this fake does not have.
        """
        match call:
            case GetMe():
                return self.me
            case SendMessage():
                return self._send(call)
            case EditMessageText():
                return self._edit_text(call)
            case EditMessageReplyMarkup():
                return self._edit_keyboard(call)
            case DeleteMessage():
                return self._delete(call)
            case SendChatAction():
                self._chat(call.chat_id).actions.append(call.action)
            case AnswerCallbackQuery():
                check_toast(call.text)
                self._take(call.callback_query_id).answer = Toast(call.text or "", bool(call.show_alert))
            case AnswerInlineQuery():
                self._answer_inline(call)
            case SetMyCommands():
                check_commands(call.commands)
                self.commands[call.language_code or ""] = [each.model_dump(exclude_none=True) for each in call.commands]
            case GetMyCommands():
                return self.commands.get(call.language_code or "", [])
            case DeleteMyCommands():
                self.commands.pop(call.language_code or "", None)
            case _:
                raise ApiRefusal(501, f"Not Implemented: the fake Bot API has no {call.__api_method__}")
        return True

    # -- messages ------------------------------------------------------------------------------------------------------

    def _send(self, call: SendMessage) -> object:
        chat = self._chat(call.chat_id)
        self.gate.enter(chat.id)
        text, entities = read_text(call.text, call.parse_mode)
        keyboard = call.reply_markup if isinstance(call.reply_markup, InlineKeyboardMarkup) else None
        check_keyboard(keyboard)
        answers = call.reply_parameters.message_id if call.reply_parameters is not None else call.reply_to_message_id
        lenient = call.allow_sending_without_reply or (
            call.reply_parameters is not None and call.reply_parameters.allow_sending_without_reply is True
        )
        if answers is not None and answers not in chat.messages and not lenient:
            raise bad_request("message to be replied not found")
        message = Message(
            chat.next_id(), chat, self.me, self.now_s(), text, call.text, entities, _shown(keyboard), by_bot=True
        )
        chat.add(message)
        return message.as_json()

    def _edit_text(self, call: EditMessageText) -> object:
        message = self._editable(call.chat_id, call.message_id, call.inline_message_id)
        text, entities = read_text(call.text, call.parse_mode, edit=True)
        check_keyboard(call.reply_markup)
        return self._edit(message, text, call.text or "", entities, call.reply_markup)

    def _edit_keyboard(self, call: EditMessageReplyMarkup) -> object:
        message = self._editable(call.chat_id, call.message_id, call.inline_message_id)
        check_keyboard(call.reply_markup)
        return self._edit(message, message.text, message.html, message.entities, call.reply_markup)

    def _edit(
        self,
        message: Message,
        text: str,
        html: str,
        entities: list[dict[str, object]],
        keyboard: InlineKeyboardMarkup | None,
    ) -> object:
        keyboard = _shown(keyboard)
        if (text, entities, _dumped(keyboard)) == (message.text, message.entities, _dumped(message.keyboard)):
            raise bad_request(NOT_MODIFIED)
        message.text, message.html, message.entities, message.keyboard = text, html, entities, keyboard
        message.edits += 1
        message.chat.screens.append(message.screen())
        return True if message.inline_id is not None else message.as_json()

    def _editable(self, chat_id: object, message_id: int | None, inline_id: str | None) -> Message:
        if inline_id is not None:
            found = self.inline.get(inline_id)
            if found is None:
                raise bad_request("MESSAGE_ID_INVALID")
            return found
        chat = self._chat(chat_id)
        self.gate.enter(chat.id)
        if message_id is None:
            raise bad_request("message identifier is not specified")
        message = chat.messages.get(message_id)
        if message is None:
            raise bad_request("message to edit not found")
        if not message.by_bot:
            raise bad_request("message can't be edited")
        return message

    def _delete(self, call: DeleteMessage) -> object:
        chat = self._chat(call.chat_id)
        self.gate.enter(chat.id)
        message = chat.messages.get(call.message_id)
        if message is None:
            raise bad_request("message to delete not found")
        del chat.messages[message.id]
        return True

    def _chat(self, chat_id: object) -> Chat:
        try:
            chat = self.chats.get(int(str(chat_id)))
        except ValueError:
            chat = None
        if chat is None:
            raise bad_request("chat not found")
        if chat.forbidden is not None:
            raise ApiRefusal(403, f"Forbidden: {chat.forbidden}")
        return chat

    # -- queries -------------------------------------------------------------------------------------------------------

    def _take(self, query_id: str) -> Query:
        query = self.queries.get(query_id)
        if query is None or query.answer is not None or self.clock() > query.expires_at_s:
            raise bad_request(QUERY_TOO_OLD)
        return query

    def _answer_inline(self, call: AnswerInlineQuery) -> None:
        check_results([result.id for result in call.results])
        results = []
        for result in call.results:
            if not isinstance(result, InlineQueryResultArticle):
                raise ApiRefusal(501, f"Not Implemented: the fake Bot API has no inline results of type {result.type}")
            content = result.input_message_content
            if not isinstance(content, InputTextMessageContent):
                raise ApiRefusal(501, "Not Implemented: the fake Bot API knows text as an inline result's content only")
            text, _ = read_text(content.message_text, content.parse_mode)
            check_keyboard(result.reply_markup)
            results.append(
                InlineResult(
                    result.id,
                    result.title,
                    result.description or "",
                    text,
                    content.message_text,
                    _shown(result.reply_markup),
                )
            )
        self._take(call.inline_query_id).answer = InlineAnswer(
            tuple(results),
            bool(call.is_personal),
            300 if call.cache_time is None else call.cache_time,
            call.next_offset or "",
            call.button.text if call.button is not None else None,
        )


def _shown(keyboard: InlineKeyboardMarkup | None) -> InlineKeyboardMarkup | None:
    """The keyboard, or None if it has no buttons."""
    return keyboard if keyboard is not None and any(keyboard.inline_keyboard) else None


def _dumped(keyboard: InlineKeyboardMarkup | None) -> object:
    return None if keyboard is None else keyboard.model_dump(exclude_none=True)
