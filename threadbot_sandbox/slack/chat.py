"""chat.*: posting, editing, deleting. Limits as in docs.slack.dev/reference/methods/chat.postMessage."""

from typing import Any

from threadbot_sandbox.slack.blocks import MARKDOWN, checked
from threadbot_sandbox.slack.channel import Channel
from threadbot_sandbox.slack.errors import ApiError
from threadbot_sandbox.slack.limits import POSTING, TIER_3, TIER_4, UNPUBLISHED
from threadbot_sandbox.slack.method import Args, Json, Method, demand
from threadbot_sandbox.slack.pings import linked
from threadbot_sandbox.slack.seed import APP, BOT, BOT_USER, CREATED
from threadbot_sandbox.slack.unknowns import Unknowns, Where
from threadbot_sandbox.slack.workspace import Workspace

POST_TEXT = 40_000
"""Longer text is cut off when posted."""
SPLIT_TEXT = 4_000
"""Longer text without blocks is posted as several messages, of which the answer names the first (field reports)."""
ATTACHMENTS = 100
SYSTEM = ("channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name")
FALLBACK = "This content can't be displayed."
"""What Slack gives as the text of a message that has blocks only."""


def reachable(workspace: Workspace, name: str, *, member: bool = True) -> Channel:
    """The conversation, as far as the bot may know of it and (`member`) takes part in it."""
    channel = workspace.channels.get(name)
    if channel is None and name in workspace.users:
        channel = workspace.dm_with(name)
    if channel is None:
        channel = workspace.conversation(name)
    if BOT_USER not in channel.members:
        if channel.kind != "channel":
            raise ApiError("channel_not_found")
        if member:
            raise ApiError("not_in_channel")
    return channel


def writable(workspace: Workspace, name: str) -> Channel:
    channel = reachable(workspace, name)
    if channel.archived:
        raise ApiError("is_archived")
    if channel.kind == "im" and not workspace.app.messages:
        raise ApiError("messages_tab_disabled")
    return channel


def own(workspace: Workspace, args: Args, refusal: str) -> tuple[Channel, Json]:
    """The bot's message that `channel` and `ts` name."""
    channel = reachable(workspace, args.need("channel"))
    message = channel.messages.get(args.need("ts"))
    if message is None or message.get("subtype") == "tombstone":
        raise ApiError("message_not_found")
    if message.get("bot_id") != BOT:
        raise ApiError(refusal)
    return channel, message


def content(args: Args, unknowns: Unknowns, parse: str = "none") -> Json:
    """What a message shows: `text` and, where given, `blocks` and `attachments`.

    `parse` is how its text is read when the call does not say.
    """
    markdown = args.text("markdown_text")
    blocks, attachments = args.value("blocks", "invalid_blocks_format"), args.value("attachments")
    if markdown is not None:
        if blocks or args.text("text") is not None:
            raise ApiError("markdown_text_conflict")
        if len(markdown) > MARKDOWN:
            raise ApiError("msg_too_long")
        return {"text": markdown, "blocks": [{"type": "markdown", "text": markdown}]}
    shown: dict[str, Any] = {}
    if (text := args.text("text")) is not None:
        plain = (args.text("parse") or parse) == "none" and not args.flag("link_names")
        shown["text"] = text if plain else linked(text)
    if blocks:
        shown["blocks"] = checked(blocks, unknowns=unknowns)
    if attachments:
        if len(attachments) > ATTACHMENTS:
            raise ApiError("too_many_attachments")
        shown["attachments"] = attachments
    if not shown:
        raise ApiError("no_text")
    return shown


def authored(workspace: Workspace, args: Args) -> Json:
    """A message's head: from the bot, under the name and icon that it asks for and may have."""
    head: Json = {"type": "message", "user": BOT_USER, "bot_id": BOT, "app_id": APP, "team": workspace.home.team}
    head["bot_profile"] = {
        "id": BOT,
        "app_id": APP,
        "user_id": BOT_USER,
        "name": workspace.users[BOT_USER].real_name,
        "deleted": False,
        "updated": CREATED,
        "team_id": workspace.home.team,
    }
    if any(args.text(name) for name in ("username", "icon_emoji", "icon_url")):
        demand(workspace, "chat:write.customize")
    if username := args.text("username"):
        head |= {"username": username, "subtype": "bot_message"}
    if emoji := args.text("icon_emoji"):
        head["icons"] = {"emoji": emoji}
    elif url := args.text("icon_url"):
        head["icons"] = {"image_48": url}
    return head


def threaded(channel: Channel, thread_ts: str | None) -> Json:
    """Where a reply goes. Slack puts it in the channel itself, without a word, when its root is gone."""
    if thread_ts is None:
        return {}
    root = channel.messages.get(thread_ts)
    if root is None:
        return {}
    if root.get("subtype") in SYSTEM:
        raise ApiError("cannot_reply_to_message")
    return {"thread_ts": thread_ts, "parent_user_id": root.get("user")}


def metadata(args: Args) -> Json:
    given = args.value("metadata", "invalid_metadata_format")
    return {} if given is None else {"metadata": given}


def preview(workspace: Workspace, args: Args, where: Where) -> Json:
    """What Slack adds of itself where there is a link, if it does so there."""
    said = f"{args.text('text')} {args.text('blocks')} {args.text('chunks')}"
    if where not in workspace.unknowns.previews or "https://" not in said:
        return {}
    return {"attachments": [{"id": 1, "from_url": "https://example.com", "fallback": "Example", "title": "Example"}]}


def post_message(workspace: Workspace, args: Args) -> Json:
    channel = writable(workspace, args.need("channel"))
    shown = content(args, workspace.unknowns) | preview(workspace, args, "post")
    text = shown.get("text", FALLBACK)[:POST_TEXT]
    whole = "blocks" in shown or not workspace.unknowns.splits
    shown["text"], rest = (text, "") if whole else (text[:SPLIT_TEXT], text[SPLIT_TEXT:])
    place = threaded(channel, args.text("thread_ts"))
    message = authored(workspace, args) | shown | place | metadata(args)
    if place and args.flag("reply_broadcast"):
        message["subtype"] = "thread_broadcast"
    ts = workspace.next_ts()
    workspace.add(message | {"ts": ts, "channel": channel.id})
    for start in range(0, len(rest), SPLIT_TEXT):
        more = {"text": rest[start : start + SPLIT_TEXT], "ts": workspace.next_ts(), "channel": channel.id}
        workspace.add(authored(workspace, args) | place | more)
    return {"channel": channel.id, "ts": ts, "message": message | {"ts": ts}}


def update(workspace: Workspace, args: Args) -> Json:
    """`text` without `blocks` takes the old blocks away; `blocks` alone leave no "(edited)" mark."""
    channel, old = own(workspace, args, "cant_update_message")
    workspace.end_old_streams()
    stream = workspace.streams.get((channel.id, old["ts"]))
    if stream is not None and not stream.stopped:
        raise ApiError("streaming_state_conflict")
    unknowns = workspace.unknowns
    shown = content(args, unknowns, parse="client") | preview(workspace, args, "edit")
    most = unknowns.edit_bytes
    if "markdown_text" not in args and most is not None and len(shown.get("text", "").encode()) > most:
        raise ApiError("msg_too_long")
    if not unknowns.thumbs_in_edits:
        shown |= {"blocks": [each for each in shown.get("blocks", ()) if each["type"] != "context_actions"]}
    if unknowns.late_rendering and old.get("streaming_state") == "completed":
        shown |= {"blocks": [*shown.get("blocks", ()), *old["blocks"]], "streaming_state": "rendered"}
    kept = {key: value for key, value in old.items() if key not in ("blocks", "attachments", "edited")}
    message = kept | shown
    if unknowns.edited_by_blocks or ("text" in shown and (unknowns.edited_by_text or "blocks" not in shown)):
        message["edited"] = {"user": BOT_USER, "ts": workspace.next_ts()}
    if (given := args.value("metadata", "invalid_metadata_format")) is not None:
        message["metadata"] = given
        if not given:
            del message["metadata"]
    elif not unknowns.metadata_kept:
        message.pop("metadata", None)
    workspace.replace(message)
    bare = {key: value for key, value in message.items() if key != "channel"}
    return {"channel": channel.id, "ts": message["ts"], "text": message["text"], "message": bare}


def delete(workspace: Workspace, args: Args) -> Json:
    channel, message = own(workspace, args, "cant_delete_message")
    workspace.remove(channel, message["ts"])
    return {"channel": channel.id, "ts": message["ts"]}


def post_ephemeral(workspace: Workspace, args: Args) -> Json:
    channel = writable(workspace, args.need("channel"))
    user = args.need("user")
    if user not in channel.members:
        raise ApiError("user_not_in_channel")
    shown = content(args, workspace.unknowns)
    shown["text"] = shown.get("text", FALLBACK)
    ts = whisper(workspace, channel, user, authored(workspace, args) | shown, args.text("thread_ts"))
    return {"message_ts": ts}


def whisper(workspace: Workspace, channel: Channel, user: str, message: Json, thread_ts: str | None) -> str:
    """Show something to one person only, in a thread only where one has answered already. Slack keeps no copy."""
    ts = workspace.next_ts()
    if thread_ts is not None and not channel.replies.get(thread_ts):
        return ts
    message |= {"ts": ts, "channel": channel.id, "is_ephemeral": True}
    if thread_ts is not None:
        message["thread_ts"] = thread_ts
    workspace.whisper({"channel": channel.id, "user": user, "thread_ts": thread_ts, "message": message})
    return ts


def permalink(workspace: Workspace, args: Args) -> Json:
    channel = reachable(workspace, args.need("channel"), member=False)
    ts = args.need("message_ts")
    if (message := channel.messages.get(ts)) is None:
        raise ApiError("message_not_found")
    link = f"https://{workspace.home.domain}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
    if (root := message.get("thread_ts")) not in (None, ts):
        link += f"?thread_ts={root}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def add_reaction(workspace: Workspace, args: Args) -> Json:
    name, message, reactions = _reactions(workspace, args)
    if BOT_USER in reactions.get(name, ()):
        raise ApiError("already_reacted")
    reactions[name] = [*reactions.get(name, ()), BOT_USER]
    return _react(workspace, message, reactions)


def remove_reaction(workspace: Workspace, args: Args) -> Json:
    name, message, reactions = _reactions(workspace, args)
    if BOT_USER not in reactions.get(name, ()):
        raise ApiError("no_reaction")
    reactions[name] = [user for user in reactions[name] if user != BOT_USER]
    return _react(workspace, message, reactions)


def _reactions(workspace: Workspace, args: Args) -> tuple[str, Json, dict[str, list[str]]]:
    """The reaction's name, the message, and who has reacted to it by the names of reactions."""
    demand(workspace, "reactions:write")
    channel = reachable(workspace, args.need("channel"))
    message = channel.messages.get(args.need("timestamp"))
    if message is None:
        raise ApiError("message_not_found")
    reactions = {each["name"]: each["users"] for each in message.get("reactions", ())}
    return args.need("name").strip(":"), message, reactions


def _react(workspace: Workspace, message: Json, reactions: dict[str, list[str]]) -> Json:
    shown = [{"name": name, "users": who, "count": len(who)} for name, who in reactions.items() if who]
    bare = {key: value for key, value in message.items() if key != "reactions"}
    workspace.replace(bare | ({"reactions": shown} if shown else {}), silently=True)
    return {}


METHODS = {
    "chat.postMessage": Method(post_message, "chat:write", POSTING),
    "chat.update": Method(update, "chat:write", TIER_3),
    "chat.delete": Method(delete, "chat:write", TIER_3),
    "chat.postEphemeral": Method(post_ephemeral, "chat:write", TIER_4),
    "chat.getPermalink": Method(permalink, None, UNPUBLISHED),
    "reactions.add": Method(add_reaction, "reactions:write", TIER_3),
    "reactions.remove": Method(remove_reaction, "reactions:write", TIER_3),
}
