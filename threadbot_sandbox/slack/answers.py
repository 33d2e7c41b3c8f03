"""What the bot answers to a command or a click: in its acknowledgement, or later to the `response_url`."""

from threadbot_sandbox.slack.blocks import checked
from threadbot_sandbox.slack.chat import whisper
from threadbot_sandbox.slack.errors import ApiError
from threadbot_sandbox.slack.method import Json
from threadbot_sandbox.slack.seed import APP, BOT, BOT_USER
from threadbot_sandbox.slack.workspace import Hook, Workspace

HOOK_LASTS = 30 * 60


def answer(workspace: Workspace, hook: Hook, given: Json) -> None:
    """Show it: to the person alone unless it says otherwise, or in the place of what was clicked.

    Raises ApiError for blocks that Slack would refuse, and when there is nothing to show.
    """
    if given.get("delete_original"):
        _remove(workspace, hook)
        return
    shown = {key: given[key] for key in ("blocks", "attachments") if given.get(key)}
    if "blocks" in shown:
        shown["blocks"] = checked(shown["blocks"])
    if not given.get("text") and not shown:
        raise ApiError("no_text")
    message = from_bot(workspace, given.get("text") or "") | shown
    if given.get("replace_original") and hook.message_ts:
        _replace(workspace, hook, message)
        return
    place = workspace.channels[hook.channel]
    thread_ts = given.get("thread_ts") or hook.thread_ts
    if given.get("response_type") == "in_channel":
        thread = {"thread_ts": thread_ts} if given.get("thread_ts") and thread_ts else {}
        workspace.add(message | thread | {"ts": workspace.next_ts(), "channel": place.id})
    else:
        whisper(workspace, place, hook.user, message, thread_ts)


def from_bot(workspace: Workspace, text: str) -> Json:
    head: Json = {"type": "message", "user": BOT_USER, "bot_id": BOT, "app_id": APP, "team": workspace.home.team}
    return head | {"text": text}


def _replace(workspace: Workspace, hook: Hook, message: Json) -> None:
    ts = hook.message_ts or ""
    if (hidden := workspace.whispered.get(ts)) is not None:
        old = hidden["message"]
        kept = {key: old[key] for key in ("ts", "channel", "thread_ts", "is_ephemeral") if key in old}
        workspace.whisper(hidden | {"message": message | kept})
    elif (old := workspace.channels[hook.channel].messages.get(ts)) is not None:
        bare = {key: value for key, value in old.items() if key != "blocks"}
        workspace.replace(bare | {key: message[key] for key in ("text", "blocks", "attachments") if key in message})


def _remove(workspace: Workspace, hook: Hook) -> None:
    ts, place = hook.message_ts or "", workspace.channels[hook.channel]
    if workspace.whispered.pop(ts, None) is not None:
        workspace.tell("deleted", {"channel": place.id, "ts": ts})
    elif ts in place.messages:
        workspace.remove(place, ts)
