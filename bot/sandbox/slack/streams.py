"""chat.*Stream and the line "is thinking…": answers that grow, and what is shown before there is one.

A stream ends some five minutes after its start; while it lasts, `chat.update` is refused; outside DMs it must
say for whom it is (docs.slack.dev/reference/methods/chat.startStream, and field reports for the minutes).
"""

from typing import Any

from bot.sandbox.slack.blocks import MARKDOWN, MESSAGE_BLOCKS, checked
from bot.sandbox.slack.channel import Channel
from bot.sandbox.slack.chat import authored, metadata, own, reachable, threaded, writable
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.limits import STATUS, TIER_2, TIER_3, TIER_4
from bot.sandbox.slack.method import Args, Json, Method, demand
from bot.sandbox.slack.workspace import Stream, Workspace

LASTS = 300.0
FIELD = 256
SESSION_STATUSES = ("processing", "active", "suspended", "closed")
ONGOING = "is working on it…"
"""Slack shows its own words while a session is processing; these are ours."""


def start(workspace: Workspace, args: Args) -> Json:
    channel = writable(workspace, args.need("channel"))
    place = threaded(channel, args.text("thread_ts"))
    if not place:
        raise ApiError("invalid_thread_ts")
    if channel.kind != "im":
        for name in ("recipient_team_id", "recipient_user_id"):
            if args.text(name) is None:
                raise ApiError(f"missing_{name}")
    pieces = _pieces(args)
    ts = workspace.next_ts()
    message = authored(workspace, args) | place | {"ts": ts, "channel": channel.id}
    stream = workspace.streams[channel.id, ts] = Stream(workspace.clock() + LASTS)
    _grow(stream, pieces)
    workspace.sessions.setdefault((channel.id, place["thread_ts"]), {"title": None})["status"] = "processing"
    workspace.add(message | _shown(stream.blocks) | {"streaming_state": "in_progress"})
    return {"channel": channel.id, "ts": ts}


def append(workspace: Workspace, args: Args) -> Json:
    channel, message, stream = _streaming(workspace, args)
    if not (pieces := _pieces(args)):
        raise ApiError("no_text")
    _grow(stream, pieces)
    workspace.replace(message | _shown(stream.blocks), silently=True)
    return {"channel": channel.id, "ts": message["ts"]}


def stop(workspace: Workspace, args: Args) -> Json:
    channel, message, stream = _streaming(workspace, args)
    pieces = _pieces(args)
    last = checked(args.value("blocks", "invalid_blocks_format") or [])
    extra = metadata(args)
    _grow(stream, pieces)
    del workspace.streams[channel.id, message["ts"]]
    message = message | _shown([*stream.blocks, *last]) | extra | {"streaming_state": "completed"}
    workspace.sessions[channel.id, message["thread_ts"]]["status"] = args.text("session_status") or "active"
    workspace.replace(message)
    bare = {key: value for key, value in message.items() if key != "channel"}
    return {"channel": channel.id, "ts": message["ts"], "message": bare}


def expire(workspace: Workspace) -> None:
    """End the streams whose time is over. Their text stays."""
    now = workspace.clock()
    for (channel, ts), stream in list(workspace.streams.items()):
        if stream.until <= now:
            del workspace.streams[channel, ts]
            message = workspace.channels[channel].messages[ts]
            workspace.sessions[channel, message["thread_ts"]]["status"] = "active"
            workspace.replace(message | {"streaming_state": "errored"})


def _streaming(workspace: Workspace, args: Args) -> tuple[Channel, Json, Stream]:
    expire(workspace)
    channel, message = own(workspace, args, "message_not_owned_by_app")
    stream = workspace.streams.get((channel.id, message["ts"]))
    if stream is None:
        raise ApiError("message_not_in_streaming_state")
    return channel, message, stream


def _pieces(args: Args) -> list[Json]:
    """The chunks of a call; `markdown_text` is one chunk of its kind."""
    chunks = args.value("chunks", "invalid_chunks")
    if (text := args.text("markdown_text")) is not None:
        if chunks:
            raise ApiError("markdown_text_conflict")
        chunks = [{"type": "markdown_text", "text": text}]
    if chunks is None:
        return []
    if not isinstance(chunks, list):
        raise ApiError("invalid_chunks")
    for chunk in chunks:
        _check(chunk)
    return chunks


def _check(chunk: Any) -> None:
    match chunk:
        case {"type": "markdown_text", "text": str(text)}:
            if len(text) > MARKDOWN:
                raise ApiError("msg_too_long")
        case {"type": "task_update", "id": str(), "title": str()} | {"type": "plan_update", "title": str()}:
            if any(isinstance(value, str) and len(value) > FIELD for value in chunk.values()):
                raise ApiError("invalid_chunks")
        case {"type": "blocks", "blocks": blocks}:
            checked(blocks)
        case _:
            raise ApiError("invalid_chunks")


def _grow(stream: Stream, pieces: list[Json]) -> None:
    """Add chunks to what is shown; the blocks before stay as they are, for others hold them."""
    for piece in pieces:
        blocks = stream.blocks
        match piece["type"]:
            case "markdown_text" if blocks and blocks[-1]["type"] == "markdown":
                stream.blocks = [*blocks[:-1], _markdown(blocks[-1]["text"] + piece["text"])]
            case "markdown_text":
                stream.blocks = [*blocks, _markdown(piece["text"])]
            case "task_update":
                stream.blocks = _with_task(blocks, piece)
            case "plan_update":
                rest = [block for block in blocks if block["type"] != "plan"]
                stream.blocks = [{"type": "plan", "title": piece["title"]}, *rest]
            case "blocks":
                stream.blocks = [*blocks, *checked(piece["blocks"])][:MESSAGE_BLOCKS]


def _markdown(text: str) -> Json:
    return {"type": "markdown", "text": text}


def _with_task(blocks: list[Json], update: Json) -> list[Json]:
    """A task's title and status are replaced, its details grow."""
    card = {key: value for key, value in update.items() if key not in ("type", "id")}
    for n, block in enumerate(blocks):
        if block["type"] == "task_card" and block["task_id"] == update["id"]:
            details = block.get("details", "") + update.get("details", "")
            card |= {"details": details} if details else {}
            return [*blocks[:n], block | card, *blocks[n + 1 :]]
    return [*blocks, {"type": "task_card", "task_id": update["id"], **card}]


def _shown(blocks: list[Json]) -> Json:
    text = "\n".join(block["text"] for block in blocks if block["type"] == "markdown")
    return {"text": text} | ({"blocks": blocks} if blocks else {})


def set_status(workspace: Workspace, args: Args) -> Json:
    channel = reachable(workspace, args.need("channel_id"))
    thread_ts = args.need("thread_ts")
    if thread_ts not in channel.messages:
        raise ApiError("invalid_thread_ts")
    workspace.set_status(channel.id, thread_ts, args.text("status") or "")
    return {}


def set_suggested_prompts(workspace: Workspace, args: Args) -> Json:
    reachable(workspace, args.need("channel_id"))
    prompts = args.value("prompts")
    if not isinstance(prompts, list) or not 0 < len(prompts) <= 4:
        raise ApiError.invalid("invalid_arguments", "between 1 and 4 items allowed [json-pointer:/prompts]")
    return {}


def set_title(workspace: Workspace, args: Args) -> Json:
    channel = reachable(workspace, args.need("channel_id"))
    session = workspace.sessions.setdefault((channel.id, args.need("thread_ts")), {"status": "active"})
    session["title"] = args.need("title")
    return {}


def set_session_status(workspace: Workspace, args: Args) -> Json:
    """agents.sessions.setStatus: Slack shows a loading line of its own while the session is processing."""
    demand(workspace, "assistant:write")
    channel = reachable(workspace, args.need("channel_id"))
    status, thread_ts = args.need("status"), args.text("thread_ts")
    if status not in SESSION_STATUSES:
        raise ApiError("invalid_status")
    if thread_ts is None:
        raise ApiError("thread_ts_required")
    session = workspace.sessions.setdefault((channel.id, thread_ts), {"title": args.text("title")})
    session["status"] = status
    workspace.set_status(channel.id, thread_ts, ONGOING if status == "processing" else "")
    return {"status": status, "agent_status": status, "title": session.get("title")}


METHODS = {
    "chat.startStream": Method(start, "chat:write", TIER_2),
    "chat.appendStream": Method(append, "chat:write", TIER_4),
    "chat.stopStream": Method(stop, "chat:write", TIER_2),
    "assistant.threads.setStatus": Method(set_status, "chat:write", STATUS),
    "assistant.threads.setSuggestedPrompts": Method(set_suggested_prompts, "assistant:write", TIER_4),
    "assistant.threads.setTitle": Method(set_title, "assistant:write", TIER_4),
    "agents.sessions.setStatus": Method(set_session_status, "chat:write", TIER_3),
}
