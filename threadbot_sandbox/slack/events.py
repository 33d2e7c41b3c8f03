"""What Slack tells an app of a message: the inner events of the Events API. Shapes only, no sending."""

from collections.abc import Iterator
from typing import Any

from threadbot_sandbox.slack.channel import THREAD_FIELDS, Channel, root_of
from threadbot_sandbox.slack.seed import BOT_USER

Json = dict[str, Any]

CHANNEL_TYPES = {"channel": "channel", "private": "group", "im": "im", "mpim": "mpim"}
HISTORY_SCOPES = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}
KEPT_OUT_OF_MENTIONS = ("subtype", "root", "metadata")


def posted(message: Json, channel: Channel) -> Iterator[Json]:
    """A new message: a `message` event, and for a mention in a channel an `app_mention` beside it.

    Whether a mention in a group DM counts is not documented; here it does not.
    """
    event = _bare(message) | {"event_ts": message["ts"]}
    root = channel.messages.get(root_of(message) or "")
    if root is not None:
        event["parent_user_id"] = root.get("user")
        if message.get("subtype") == "thread_broadcast":
            event["root"] = _without_channel(root)
    mentioned = f"<@{BOT_USER}>" in message["text"] and message.get("user") != BOT_USER
    if mentioned and channel.kind in ("channel", "private") and "hidden" not in message:
        kept = {key: value for key, value in event.items() if key not in KEPT_OUT_OF_MENTIONS}
        yield kept | {"type": "app_mention"}
    yield event | {"channel_type": CHANNEL_TYPES[channel.kind]}


def changed(new: Json, old: Json, channel: Channel, ts: str) -> Json:
    """`ts` is the time of the event itself: the message is inside."""
    return _wrapped(channel, ts, "message_changed") | {
        "message": _without_channel(new),
        "previous_message": _without_channel(old),
    }


def deleted(old: Json, channel: Channel, ts: str) -> Json:
    return _wrapped(channel, ts, "message_deleted") | {
        "deleted_ts": old["ts"],
        "previous_message": _without_channel(old),
    }


def scope_for(event: Json) -> str | None:
    """The scope without which an app does not get this event."""
    match event:
        case {"type": "app_mention"}:
            return "app_mentions:read"
        case {"type": "message", "channel_type": str(kind)}:
            return f"{HISTORY_SCOPES[kind]}:history"
    return None


def _wrapped(channel: Channel, ts: str, subtype: str) -> Json:
    return {
        "type": "message",
        "subtype": subtype,
        "hidden": True,
        "channel": channel.id,
        "channel_type": CHANNEL_TYPES[channel.kind],
        "ts": ts,
        "event_ts": ts,
    }


def _bare(message: Json) -> Json:
    return {key: value for key, value in message.items() if key not in THREAD_FIELDS}


def _without_channel(message: Json) -> Json:
    return {key: value for key, value in message.items() if key != "channel"}
