"""The keys of Slack's threads. They are made here alone, so that the same thread always has the same key."""

from bot.conversation.ids import ThreadKey, is_part
from bot.conversation.places import Channel, Direct, Place


def thread(workspace: str, channel: str, root: str) -> ThreadKey:
    """The thread of the first message `root`. Raises ValueError for what are no ids.

    A direct message is known by its channel's id, which begins with D (Slack docs: conversation objects): every payload
    has that, while only some have a `channel_type`.
    """
    if not (is_part(workspace) and is_part(channel) and is_part(root)):
        raise ValueError("not ids")
    return ThreadKey("slack", workspace, channel, root, direct=channel.startswith("D"))


def place(channel: str) -> Place:
    """Where something was asked; `channel` is empty where Slack does not tell it. Then only what concerns the person
    alone can be meant."""
    direct = not channel or channel.startswith("D")
    return Direct(channel or None) if direct else Channel(channel)
