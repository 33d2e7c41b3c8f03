"""What programs send: fields as a form or as JSON, each a text."""

import asyncio
import json
from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.requests import ClientDisconnect

from bot.conversation.plain import paired, visible
from bot.web.api.problems import Problem

MAX_BYTES = 1_000_000
MAX_DRAINED = 16_000_000  # bytes of a body too large that are read all the same, so that its sender hears of it
TIMEOUT = 20.0  # seconds
MAX_FIELDS = 100
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


async def fields(request: Request) -> Mapping[str, object]:
    """The fields of the body, which may have none."""
    body = await raw(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not body.strip():
        return {}
    if kind == JSON or kind.endswith("+json"):
        return _object(body)
    if kind == FORM:
        return _form(body)
    raise Problem(422, "api.body-type")


async def raw(request: Request) -> bytes:
    """The body. One that is too large is read to its end, if that is not too far, and refused then."""
    body, size = bytearray(), 0
    try:
        async with asyncio.timeout(TIMEOUT):
            async for piece in request.stream():
                size += len(piece)
                if size <= MAX_BYTES:
                    body += piece
                elif size > MAX_DRAINED:
                    break
    except TimeoutError:
        raise Problem(408, "api.too-slow", headers={"Connection": "close"}) from None
    except ClientDisconnect:
        raise Problem(408, "api.too-slow") from None
    if size > MAX_BYTES:
        raise Problem(413, "api.too-large", headers={"Connection": "close"}, most=MAX_BYTES)
    return bytes(body)


def text(fields: Mapping[str, object], name: str, most: int) -> str | None:
    """A field; None where it is not there. It says something."""
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Problem(422, "api.field.text", name=name)
    if len(value) > most:
        raise Problem(422, "api.field.long", name=name, most=most)
    if not visible(value).strip():
        raise Problem(422, "api.field.empty", name=name)
    return paired(value)


def needed(fields: Mapping[str, object], name: str, most: int) -> str:
    found = text(fields, name, most)
    if found is None:
        raise Problem(422, "api.field.missing", name=name)
    return found


def _object(body: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Problem(422, "api.body-unread", type="JSON") from None
    if not isinstance(found, dict):
        raise Problem(422, "api.body-object")
    return found


def _form(body: bytes) -> Mapping[str, object]:
    try:
        return dict(parse_qsl(body.decode("utf-8"), True, errors="strict", max_num_fields=MAX_FIELDS))
    except ValueError:
        raise Problem(422, "api.body-unread", type="form") from None
