"""The keys of Slack's threads. They are made here alone, so that the same thread always has the same key."""

from bot.conversation.ids import UNTOLD, ThreadKey, is_part


def thread(workspace: str, channel: str, root: str) -> ThreadKey:
    """The thread of the first message `root`. Raises ValueError for what are no ids.

    A direct message is known by its channel's id, which begins with D (Slack docs: conversation objects): every payload
    has that, while only some have a `channel_type`.
    """
    if not (is_part(workspace) and is_part(channel) and is_part(root)):
        raise ValueError("not ids")
    return ThreadKey("slack", workspace, channel, root, direct=channel.startswith("D"))


def beginning(workspace: str, channel: str) -> ThreadKey:
    """Where a thread would begin in a channel, which may be empty where Slack does not tell it."""
    return thread(workspace, channel or UNTOLD, "0")


def in_private(workspace: str) -> ThreadKey:
    """Where a thread would begin in somebody's direct messages."""
    return ThreadKey("slack", workspace, UNTOLD, "0", direct=True)
