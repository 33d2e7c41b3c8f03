"""From bytes to a payload of the shape that Slack documents, or to none: Bolt and our listeners trust the shape.

What is read is text, ids and nested objects by name; a value of another type, an object nested without end or a list
that has to hold something and does not is malformed. Names that are not listed here may hold anything. Sources:
docs.slack.dev/reference/events, …/interaction-payloads, …/apis/events-api/using-socket-mode.
"""

import json
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from bot.conversation.plain import paired

MAX_DEPTH = 64  # of objects and lists in one another; Slack's have some twenty
MAX_FIELDS = 100  # of a form

Payload = dict[str, Any]

TEXTS = {"type", "subtype", "text", "ts", "thread_ts", "event_ts", "deleted_ts", "event_id", "challenge", "username"}
TEXTS |= {"user_id", "user_team", "source_team", "team_id", "enterprise_id", "context_team_id", "context_enterprise_id"}
TEXTS |= {"channel_id", "channel_type", "api_app_id", "app_id", "bot_id", "tab"}
TEXTS |= {"command", "callback_id", "action_id", "trigger_id", "response_url"}
"""Text, or null."""
NAMED = {"user", "channel", "team", "enterprise"}
"""An id, or an object that has one."""
OBJECTS = {"event", "view", "message", "previous_message", "item", "assistant_thread", "function", "function_data"}
OBJECTS |= {"container", "state"}
LISTS = {"authorizations", "actions", "response_urls", "blocks", "attachments", "files"}
"""Of objects."""


class Malformed(ValueError):
    """Its text names what is wrong in our own words, and nothing of the payload."""


def from_http(content_type: str, body: bytes) -> Payload:
    """The payload of a request: JSON, JSON in a form's `payload`, or a form. Raises Malformed."""
    try:
        text = body.decode()
        if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
            return checked(_parsed(text))
        form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as wrong:
        raise Malformed(str(wrong) if isinstance(wrong, Malformed) else "not to be decoded") from None
    return checked(_parsed(form["payload"]) if "payload" in form else form)


def from_socket(data: object) -> Payload:
    """The envelope that a websocket brought; its `payload`, if it has one, is not looked at. Raises Malformed."""
    if not isinstance(data, str | bytes):
        raise Malformed("not text")
    envelope = _parsed(data)
    if not isinstance(envelope, dict):
        raise Malformed("no object")
    for name in ("type", "envelope_id", "reason", "retry_reason"):
        if not isinstance(envelope.get(name, ""), str | None):
            raise Malformed(f"{name} is no text")
    return envelope


def checked(payload: object) -> Payload:
    """The payload, if it has the shape that Slack documents. Raises Malformed."""
    if not isinstance(payload, dict):
        raise Malformed("no object")
    _check_depth(payload)
    _check_types(payload)
    for name in ("event", "response_urls"):
        if name in payload and payload[name] is None:
            raise Malformed(f"{name} is null")
    match payload.get("type"):
        case "event_callback":
            _need(payload, "event", "type")
        case "block_actions":
            _check_actions(payload)
        case "view_submission" | "view_closed":
            _need(payload, "view", "type")
    return payload


def _parsed(text: str | bytes) -> object:
    try:
        return _encodable(json.loads(text, parse_constant=_no_number))
    except (ValueError, RecursionError):
        raise Malformed("no JSON, or nested too deeply") from None


def _encodable(value: object) -> object:
    """The value without halves of characters, which cannot be stored."""
    match value:
        case str():
            return paired(value)
        case dict():
            return {_encodable(name): _encodable(inner) for name, inner in value.items()}
        case list():
            return [_encodable(inner) for inner in value]
    return value


def _no_number(_: str) -> NoReturn:
    raise Malformed("not a number")


def _check_depth(payload: Payload) -> None:
    level: list[object] = [payload]
    for _ in range(MAX_DEPTH):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return
    raise Malformed("nested too deeply")


def _inside(value: object) -> list[object]:
    held = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [inner for inner in held if isinstance(inner, dict | list)]


def _check_types(payload: Payload) -> None:
    for name, value in payload.items():
        if value is None:
            continue
        if name in TEXTS and not isinstance(value, str):
            raise Malformed(f"{name} is no text")
        if name in NAMED and not isinstance(value, str):
            _check_named(name, value)
        elif name in OBJECTS:
            if not isinstance(value, dict):
                raise Malformed(f"{name} is no object")
            _check_types(value)
        elif name in LISTS:
            _check_list(name, value)


def _check_named(name: str, value: object) -> None:
    if not isinstance(value, dict) or not isinstance(value.get("id"), str | None):
        raise Malformed(f"{name} is neither an id nor an object that has one")
    _check_types(value)


def _check_list(name: str, value: object) -> None:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise Malformed(f"{name} is no list of objects")
    if name in ("authorizations", "response_urls"):
        for each in value:
            _check_types(each)


def _check_actions(payload: Payload) -> None:
    actions = payload.get("actions")
    if not actions or not all(isinstance(action.get("action_id"), str) for action in actions):
        raise Malformed("no action, or one without a name")


def _need(payload: Payload, thing: str, name: str) -> None:
    if not isinstance(payload.get(thing), dict) or not isinstance(payload[thing].get(name), str):
        raise Malformed(f"no {thing}, or one without a {name}")
