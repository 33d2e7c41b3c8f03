"""views.*: modals, and the Home tab."""

import json
from typing import Any, Literal
from uuid import uuid4

from threadbot_sandbox.slack.blocks import VIEW_BLOCKS, checked
from threadbot_sandbox.slack.errors import ApiError
from threadbot_sandbox.slack.limits import TIER_4
from threadbot_sandbox.slack.method import Args, Json, Method
from threadbot_sandbox.slack.seed import APP, BOT
from threadbot_sandbox.slack.workspace import Workspace, new_id

STACK = 3
LARGEST = 250_000
TITLE, PRIVATE, CALLBACK = 24, 3_000, 255
GIVEN: tuple[str, ...] = (
    "callback_id",
    "private_metadata",
    "external_id",
    "clear_on_close",
    "notify_on_close",
    "title",
)
GIVEN += ("close", "submit", "submit_disabled")


def open_modal(workspace: Workspace, args: Args) -> Json:
    user = _pull(workspace, args)
    view = made(workspace, args.value("view"), "modal")
    return {"view": show(workspace, user, view)}


def push(workspace: Workspace, args: Args) -> Json:
    user = _pull(workspace, args)
    view = made(workspace, args.value("view"), "modal")
    return {"view": _on_top(workspace, user, view)}


def update(workspace: Workspace, args: Args) -> Json:
    view = made(workspace, args.value("view"), "modal")
    old = _found(workspace, args)
    if args.text("hash") not in (None, old["hash"]):
        raise ApiError("hash_conflict")
    return {"view": replace(workspace, old, view)}


def publish(workspace: Workspace, args: Args) -> Json:
    if not workspace.app.home:
        raise ApiError("not_enabled")
    user, old = args.need("user_id"), workspace.homes.get(args.need("user_id"))
    view = made(workspace, args.value("view"), "home")
    if user not in workspace.users:
        raise ApiError("user_not_found")
    if old is not None and args.text("hash") not in (None, old["hash"]):
        raise ApiError("hash_conflict")
    view |= {"id": old["id"] if old else new_id("V"), "hash": _hash(workspace), "_user": user}
    view.setdefault("root_view_id", view["id"])
    workspace.homes[user] = view
    _tell(workspace, view)
    return {"view": public(view)}


def show(workspace: Workspace, user: str, view: Json) -> Json:
    """Open a modal for someone."""
    view |= {"id": new_id("V"), "hash": _hash(workspace), "_user": user}
    view.setdefault("root_view_id", view["id"])
    workspace.views[view["id"]] = view
    _tell(workspace, view)
    return public(view)


def replace(workspace: Workspace, old: Json, view: Json) -> Json:
    names = ("id", "_user", "_written", "root_view_id", "previous_view_id")
    kept = {key: old[key] for key in names if key in old}
    view = view | kept | {"hash": _hash(workspace)}
    workspace.views[view["id"]] = view
    _tell(workspace, view)
    return public(view)


def close(workspace: Workspace, view_id: str) -> Json:
    view: Json = workspace.views.pop(view_id)
    _tell(workspace, view, closed=True)
    return view


def answered(workspace: Workspace, view: Json, answer: Json | None) -> Json | None:
    """What the app replied to a submission is done; returns the errors to show, if there are any."""
    match answer or {}:
        case {"response_action": "errors", "errors": dict(errors)}:
            inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
            if not errors or not errors.keys() <= inputs:
                raise ApiError.invalid("invalid_errors", "each error stands at the block_id of an input")
            return errors
        case {"response_action": "update", "view": new}:
            replace(workspace, view, made(workspace, new, "modal"))
        case {"response_action": "push", "view": new}:
            _on_top(workspace, view["_user"], made(workspace, new, "modal"))
        case {"response_action": "clear"}:
            for each in [v["id"] for v in workspace.views.values() if v["_user"] == view["_user"]]:
                close(workspace, each)
        case {"response_action": other}:
            raise ApiError.invalid("invalid_arguments", f"unknown response_action: {other}")
        case _:
            close(workspace, view["id"])
    return None


def _on_top(workspace: Workspace, user: str, view: Json) -> Json:
    open_now = [each for each in workspace.views.values() if each["_user"] == user]
    if len(open_now) >= STACK:
        raise ApiError("push_limit_reached")
    if open_now:
        view |= {"previous_view_id": open_now[-1]["id"], "root_view_id": open_now[0]["id"]}
    return show(workspace, user, view)


def public(view: Json) -> Json:
    return {key: value for key, value in view.items() if not key.startswith("_")}


def made(workspace: Workspace, given: Any, kind: Literal["modal", "home"]) -> Json:
    """The whole view out of what the app gave."""
    if not isinstance(given, dict):
        raise ApiError.invalid("invalid_arguments", "must be an object [json-pointer:/view]")
    if given.get("type") != kind:
        raise ApiError.invalid("invalid_arguments", f"must be {kind} [json-pointer:/view/type]")
    if problems := list(_too_long(given, kind)):
        raise ApiError.invalid("invalid_arguments", *problems)
    if len(json.dumps(given).encode()) > LARGEST:
        raise ApiError("view_too_large")
    blocks = checked(given.get("blocks", []), most=VIEW_BLOCKS, surface=kind)
    if kind == "modal" and "submit" not in given and any(block["type"] == "input" for block in blocks):
        raise ApiError.invalid("invalid_arguments", "submit is required when there are inputs [json-pointer:/view]")
    return {
        "team_id": workspace.home.team,
        "type": kind,
        "app_id": APP,
        "bot_id": BOT,
        "app_installed_team_id": workspace.home.team,
        "callback_id": "",
        "private_metadata": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        "previous_view_id": None,
        "state": {"values": {}},
        "blocks": blocks,
    } | {key: given[key] for key in GIVEN if given.get(key) is not None}


def _too_long(given: Json, kind: str) -> list[str]:
    problems = []
    if kind == "modal" and not isinstance(given.get("title"), dict):
        problems.append("missing required field: title [json-pointer:/view]")
    for name in ("title", "submit", "close"):
        if len((given.get(name) or {}).get("text", "")) > TITLE:
            problems.append(f"must be less than {TITLE + 1} characters [json-pointer:/view/{name}/text]")
    for name, most in (("private_metadata", PRIVATE), ("callback_id", CALLBACK)):
        if len(given.get(name) or "") > most:
            problems.append(f"must be less than {most + 1} characters [json-pointer:/view/{name}]")
    return problems


def _pull(workspace: Workspace, args: Args) -> str:
    """Use up a trigger; returns the person who gave it."""
    trigger = workspace.triggers.get(args.need("trigger_id"))
    if trigger is None:
        raise ApiError("invalid_trigger_id")
    if trigger.used:
        raise ApiError("exchanged_trigger_id")
    if trigger.until < workspace.clock():
        raise ApiError("expired_trigger_id")
    trigger.used = True
    return trigger.user


def _found(workspace: Workspace, args: Args) -> Json:
    view_id, external_id = args.text("view_id"), args.text("external_id")
    for view in workspace.views.values():
        if view["id"] == view_id or (external_id and view["external_id"] == external_id):
            return view
    raise ApiError("not_found")


def _hash(workspace: Workspace) -> str:
    return f"{int(workspace.clock())}.{uuid4().hex[:8]}"


def _tell(workspace: Workspace, view: Json, **more: Any) -> None:
    told = {"user": view["_user"], "view": public(view), "hash": view["hash"], "id": view["id"]}
    workspace.tell("view", told | {"kind": view["type"]} | more)


METHODS = {
    "views.open": Method(open_modal, None, TIER_4),
    "views.push": Method(push, None, TIER_4),
    "views.update": Method(update, None, TIER_4),
    "views.publish": Method(publish, None, TIER_4),
}
