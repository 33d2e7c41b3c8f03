"""chat.*Stream and the line "is thinking…": answers that grow, and what is shown before there is one.

While a stream lasts, `chat.update` is refused. Outside DMs it must say for whom it is, and grows for that person
alone: others see its first piece until it ends (field reports). A person's Stop ends it for further text, and
`chat.stopStream` still closes it (docs.slack.dev/ai/agent-sessions). What the documents leave open is decided the
harder way here: no streams in group DMs, white space that leads a piece is lost.
"""

from typing import Any

from threadbot_sandbox.slack.blocks import MARKDOWN, MESSAGE_BLOCKS, check_whole, checked
from threadbot_sandbox.slack.channel import Channel
from threadbot_sandbox.slack.chat import authored, metadata, own, preview, reachable, threaded, writable
from threadbot_sandbox.slack.errors import ApiError
from threadbot_sandbox.slack.limits import STATUS, TIER_2, TIER_3, TIER_4
from threadbot_sandbox.slack.method import Args, Json, Method
from threadbot_sandbox.slack.unknowns import Unknowns
from threadbot_sandbox.slack.workspace import ONGOING, Stream, Workspace

FIELD = 256
LOADING = 10
TITLE = 200
SESSION_STATUSES = ("processing", "active", "suspended", "closed")


def start(workspace: Workspace, args: Args) -> Json:
    channel = writable(workspace, args.need("channel"))
    if channel.kind == "mpim":
        raise ApiError("channel_type_not_supported")
    place = threaded(channel, args.text("thread_ts"))
    if not place:
        raise ApiError("invalid_thread_ts")
    if channel.kind != "im":
        for name in ("recipient_team_id", "recipient_user_id"):
            if args.text(name) is None:
                raise ApiError(f"missing_{name}")
    if workspace.unknowns.streams is not None:
        raise ApiError(workspace.unknowns.streams)
    pieces = _pieces(args, workspace.unknowns)
    ts = workspace.next_ts()
    message = authored(workspace, args) | place | {"ts": ts, "channel": channel.id}
    reader = None if channel.kind == "im" else args.text("recipient_user_id")
    stream = Stream(workspace.clock(), reader=reader)
    warned = _grow(stream, pieces, workspace.unknowns)
    stream.first = _growing(workspace, stream)
    workspace.streams[channel.id, ts] = stream
    workspace.set_status(channel.id, place["thread_ts"], "")
    workspace.set_session(channel.id, place["thread_ts"], "processing")
    workspace.add(message | _growing(workspace, stream) | {"streaming_state": "in_progress"})
    return {"channel": channel.id, "ts": ts} | warned


def append(workspace: Workspace, args: Args) -> Json:
    channel, message, stream = _streaming(workspace, args)
    if stream.stopped:
        raise ApiError("stopped_by_user")
    if not (pieces := _pieces(args, workspace.unknowns)):
        raise ApiError("no_text")
    warned = _grow(stream, pieces, workspace.unknowns)
    workspace.replace(message | _growing(workspace, stream), silently=True)
    return {"channel": channel.id, "ts": message["ts"]} | warned


def stop(workspace: Workspace, args: Args) -> Json:
    channel, message, stream = _streaming(workspace, args)
    pieces = _pieces(args, workspace.unknowns)
    if pieces and stream.stopped:
        raise ApiError("stopped_by_user")
    status = args.text("session_status") or "active"
    if status not in SESSION_STATUSES:
        raise ApiError("invalid_status")
    last = checked(args.value("blocks", "invalid_blocks_format") or [])
    extra = metadata(args)
    warned = _grow(stream, pieces, workspace.unknowns)
    del workspace.streams[channel.id, message["ts"]]
    message = (
        message
        | _shown([*stream.blocks, *last])
        | extra
        | preview(workspace, Args(blocks=str(stream.blocks)), "stream")
        | {"streaming_state": "completed"}
    )
    workspace.set_session(channel.id, message["thread_ts"], status)
    workspace.replace(message)
    bare = {key: value for key, value in message.items() if key != "channel"}
    return {"channel": channel.id, "ts": message["ts"], "message": bare} | warned


def _streaming(workspace: Workspace, args: Args) -> tuple[Channel, Json, Stream]:
    workspace.end_old_streams()
    channel, message = own(workspace, args, "message_not_owned_by_app")
    stream = workspace.streams.get((channel.id, message["ts"]))
    if stream is None:
        raise ApiError("message_not_in_streaming_state")
    return channel, message, stream


def _pieces(args: Args, unknowns: Unknowns) -> list[Json]:
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
    texts = [chunk["text"] for chunk in chunks if chunk["type"] == "markdown_text"]
    if sum(len(text.encode()) if unknowns.stream_bytes else len(text) for text in texts) > MARKDOWN:
        raise ApiError("msg_too_long")
    return chunks


def _check(chunk: Any) -> None:
    match chunk:
        case {"type": "markdown_text", "text": str()}:
            return
        case {"type": "task_update", "id": str(), "title": str()} | {"type": "plan_update", "title": str()}:
            if any(isinstance(value, str) and len(value) > FIELD for value in chunk.values()):
                raise ApiError("invalid_chunks")
        case {"type": "blocks", "blocks": blocks}:
            if isinstance(blocks, list) and {"type": "file"} in [{"type": b.get("type")} for b in blocks]:
                raise ApiError("internal_error")
            checked(blocks)
        case _:
            raise ApiError("invalid_chunks")


def _grow(stream: Stream, pieces: list[Json], unknowns: Unknowns) -> Json:
    """Add chunks to what is shown, or nothing of them; the blocks before stay as they are, for others hold them.

    Returns what the answer warns of.
    """
    blocks, all_placed, dropped = stream.blocks, stream.placed, 0
    for piece in pieces:
        match piece["type"]:
            case "markdown_text":
                blocks = _with_text(blocks, piece["text"].lstrip())
            case "task_update":
                blocks = _with_task(blocks, piece)
            case "plan_update":
                rest = [block for block in blocks if block["type"] != "plan"]
                blocks = [{"type": "plan", "title": piece["title"]}, *rest]
            case "blocks":
                placed = checked(piece["blocks"])[: MESSAGE_BLOCKS - all_placed]
                dropped += len(piece["blocks"]) - len(placed)
                all_placed += len(placed)
                blocks = [*blocks, *placed]
    check_whole([block for block in blocks if block["type"] == "markdown"], unknowns)
    stream.blocks, stream.placed = blocks, all_placed
    return {"response_metadata": {"warnings": [f"{dropped} blocks were dropped"]}} if dropped else {}


def _with_text(blocks: list[Json], text: str) -> list[Json]:
    if not text:
        return blocks
    if blocks and blocks[-1]["type"] == "markdown":
        return [*blocks[:-1], {"type": "markdown", "text": blocks[-1]["text"] + text}]
    return [*blocks, {"type": "markdown", "text": text}]


def _with_task(blocks: list[Json], update: Json) -> list[Json]:
    """A task's title and status are replaced, its details grow."""
    card = {key: value for key, value in update.items() if key not in ("type", "id")}
    for n, block in enumerate(blocks):
        if block["type"] == "task_card" and block["task_id"] == update["id"]:
            details = block.get("details", "") + update.get("details", "")
            card |= {"details": details} if details else {}
            return [*blocks[:n], block | card, *blocks[n + 1 :]]
    return [*blocks, {"type": "task_card", "task_id": update["id"], **card}]


def _growing(workspace: Workspace, stream: Stream) -> Json:
    """What its reader sees of it before it ends."""
    hidden = () if workspace.unknowns.stream_buttons else ("actions",)
    return _shown([block for block in stream.blocks if block["type"] not in hidden])


def _shown(blocks: list[Json]) -> Json:
    text = "\n".join(block["text"] for block in blocks if block["type"] == "markdown")
    return {"text": text} | ({"blocks": blocks} if blocks else {})


def set_status(workspace: Workspace, args: Args) -> Json:
    channel = reachable(workspace, args.need("channel_id"))
    thread_ts = args.need("thread_ts")
    if thread_ts not in channel.messages:
        raise ApiError("invalid_thread_ts")
    if len(args.value("loading_messages") or ()) > LOADING:
        raise ApiError.invalid("invalid_arguments", f"no more than {LOADING} items allowed")
    authored(workspace, args)
    if workspace.unknowns.status is not None:
        raise ApiError(workspace.unknowns.status)
    status = args.text("status") or ""
    workspace.set_status(channel.id, thread_ts, status)
    passing = bool(status) and not workspace.app.agent  # an agent's session does not end with a reply (field reports)
    workspace.set_session(channel.id, thread_ts, "processing" if status else "active", passing=passing)
    return {}


def set_suggested_prompts(workspace: Workspace, args: Args) -> Json:
    channel, thread_ts = reachable(workspace, args.need("channel_id")), args.text("thread_ts")
    prompts = args.value("prompts")
    if not isinstance(prompts, list) or not 0 < len(prompts) <= 4:
        raise ApiError.invalid("invalid_arguments", "between 1 and 4 items allowed [json-pointer:/prompts]")
    if not all(isinstance(each, dict) and each.get("title") and each.get("message") for each in prompts):
        raise ApiError.invalid("invalid_arguments", "must provide a title and a message [json-pointer:/prompts]")
    suggested = {"title": args.text("title"), "prompts": prompts}
    workspace.prompts[channel.id, thread_ts] = suggested
    workspace.tell("prompts", {"channel": channel.id, "thread_ts": thread_ts} | suggested)
    return {}


def set_title(workspace: Workspace, args: Args) -> Json:
    channel = reachable(workspace, args.need("channel_id"))
    _rename(workspace, channel, args)
    return {}


def rename_session(workspace: Workspace, args: Args) -> Json:
    _check_agent(workspace)
    return {"title": _rename(workspace, reachable(workspace, args.need("channel_id")), args)}


def _rename(workspace: Workspace, channel: Channel, args: Args) -> str:
    session = workspace.sessions.setdefault((channel.id, args.need("thread_ts")), {"status": "active"})
    session["title"] = args.need("title")[:TITLE]
    return str(session["title"])


def set_session_status(workspace: Workspace, args: Args) -> Json:
    """agents.sessions.setStatus: Slack shows a loading line of its own while the session is processing."""
    _check_agent(workspace)
    channel = reachable(workspace, args.need("channel_id"))
    status, thread_ts = args.need("status"), args.text("thread_ts")
    if status not in SESSION_STATUSES:
        raise ApiError("invalid_status")
    if thread_ts is None:
        raise ApiError("thread_ts_required")
    session = workspace.set_session(channel.id, thread_ts, status, args.text("title"))
    workspace.set_status(channel.id, thread_ts, ONGOING if status == "processing" else "")
    answer = {"status": status, "agent_status": status, "title": session.get("title")}
    if workspace.app.hears({"type": "agent_session_stopped"}):
        return answer
    return answer | {"response_metadata": {"warnings": ["missing_agent_session_stopped_event_subscription"]}}


def _check_agent(workspace: Workspace) -> None:
    """Sessions are for apps that declare themselves agents (field reports for the code)."""
    if not workspace.app.agent:
        raise ApiError("not_authorized")


METHODS = {
    "chat.startStream": Method(start, "chat:write", TIER_2),
    "chat.appendStream": Method(append, "chat:write", TIER_4),
    "chat.stopStream": Method(stop, "chat:write", TIER_2),
    "assistant.threads.setStatus": Method(set_status, "chat:write", STATUS),
    "assistant.threads.setSuggestedPrompts": Method(set_suggested_prompts, "assistant:write", TIER_4),
    "assistant.threads.setTitle": Method(set_title, "assistant:write", TIER_4),
    "agents.sessions.setStatus": Method(set_session_status, "chat:write", TIER_3),
    "agents.sessions.rename": Method(rename_session, "chat:write", TIER_3),
}
