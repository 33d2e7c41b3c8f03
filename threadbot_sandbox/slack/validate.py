"""blocks.validate: whether Slack would take blocks, a message or a view, without showing it to anybody.

(docs.slack.dev/reference/methods/blocks.validate.)
"""

import re

from threadbot_sandbox.slack import chat, views
from threadbot_sandbox.slack.blocks import checked
from threadbot_sandbox.slack.errors import ApiError
from threadbot_sandbox.slack.limits import UNPUBLISHED
from threadbot_sandbox.slack.method import Args, Json, Method
from threadbot_sandbox.slack.workspace import Workspace

KINDS = ("blocks", "message", "view")
_PLACED = re.compile(r"(?:\[ERROR\] )?(?P<message>.*?) \[json-pointer:(?P<pointer>.*)\]", re.DOTALL)


def validate(workspace: Workspace, args: Args) -> Json:
    given = [kind for kind in KINDS if args.text(kind) is not None]
    if len(given) != 1:
        raise ApiError.invalid("invalid_arguments", "provide exactly one of blocks, message, or view")
    try:
        _validated(workspace, given[0], args.value(given[0]))
    except ApiError as refusal:
        raise ApiError(f"invalid_{given[0]}", errors=_errors(refusal)) from None
    return {}


def _validated(workspace: Workspace, kind: str, value: object) -> None:
    if kind == "blocks":
        checked(value, unknowns=workspace.unknowns)
    elif not isinstance(value, dict):
        raise ApiError("must_be_an_object")
    elif kind == "message":
        chat.content(Args(value), workspace.unknowns)
    else:
        views.made(workspace, value, "home" if value.get("type") == "home" else "modal")


def _errors(refusal: ApiError) -> list[Json]:
    messages = refusal.more.get("response_metadata", {}).get("messages") or [refusal.error]
    placed = [_PLACED.fullmatch(message) for message in messages]
    return [
        {"pointer": found["pointer"], "code": "failed_constraint", "message": found["message"]}
        if found
        else {"pointer": "", "code": refusal.error, "message": message}
        for found, message in zip(placed, messages, strict=True)
    ]


METHODS = {"blocks.validate": Method(validate, None, UNPUBLISHED)}
