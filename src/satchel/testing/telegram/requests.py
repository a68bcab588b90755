"""Reads a bot's requests with aiogram's own models of the Bot API's methods."""

import json
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import aiogram.methods
from aiogram.methods import TelegramMethod
from aiohttp import web
from pydantic import ValidationError

from satchel.testing.telegram.refusals import ApiRefusal, bad_request

__all__ = ["read_call", "read_fields"]

MODELS: dict[str, type[TelegramMethod[Any]]] = {
    model.__api_method__.lower(): model
    for model in vars(aiogram.methods).values()
    if isinstance(model, type) and issubclass(model, TelegramMethod) and model is not TelegramMethod
}

MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "message_id": "message identifier is not specified",
}
"""Telegram's words for what is missing."""


async def read_fields(request: web.Request) -> dict[str, object]:
    """Collect a request's parameters: from the query, a form, a multipart form or a JSON body."""
    fields: dict[str, object] = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError as error:
            raise bad_request("can't parse JSON object") from error
        if not isinstance(body, dict):
            raise bad_request("can't parse JSON object")
        return fields | body
    return fields | dict(await request.post())


def read_call(name: str, fields: dict[str, object]) -> TelegramMethod[Any]:
    """Check a call against the model of its method.

    Args:
        name: The method, in any case, as Telegram takes it.
        fields: Its parameters; those of a form are texts.

    Raises:
        ApiRefusal: There is no such method, or a parameter is missing or wrong.
    """
    model = MODELS.get(name.lower())
    if model is None:
        raise ApiRefusal(404, "Not Found")
    read = {key: _read(model, key, value) for key, value in fields.items()}
    try:
        return model.model_validate(read)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        if first["type"] == "missing" and where in MISSING:
            raise bad_request(MISSING[where]) from error
        raise bad_request(f"can't parse {model.__api_method__} parameter {where}: {first['msg']}") from error


def _read(model: type[TelegramMethod[Any]], key: str, value: object) -> object:
    """Read one value of a form: a text stays as it is, and everything else is JSON."""
    field = model.model_fields.get(key)
    if not isinstance(value, str) or field is None or str in _kinds(field.annotation):
        return value
    try:
        return json.loads(value)
    except ValueError:
        if key == "reply_markup":
            raise bad_request("can't parse reply keyboard markup JSON object") from None
        return value


def _kinds(annotation: object) -> tuple[object, ...]:
    if get_origin(annotation) in (Union, UnionType):
        return tuple(kind for part in get_args(annotation) for kind in _kinds(part) if kind is not NoneType)
    return (annotation,)
