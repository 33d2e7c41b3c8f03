"""One conversation: its members, and its messages with their threads."""

from bisect import bisect_left, insort
from typing import Any

from threadbot_sandbox.slack.seed import Kind

Json = dict[str, Any]

THREAD_FIELDS = (
    "reply_count",
    "reply_users",
    "reply_users_count",
    "latest_reply",
    "is_locked",
    "subscribed",
)


class Channel:
    """A channel, private channel, DM or group DM. A message that changes gets a new dict."""

    __slots__ = ("archived", "id", "kind", "members", "messages", "name", "replies", "top")

    def __init__(self, id: str, name: str, kind: Kind, members: tuple[str, ...]) -> None:
        self.id = id
        self.name = name
        self.kind = kind
        self.members = list(members)
        self.archived = False
        self.messages: dict[str, Json] = {}
        self.top: list[str] = []
        """The `ts` of what stands in the channel itself, ascending; broadcast replies too."""
        self.replies: dict[str, list[str]] = {}
        """Root `ts` → the `ts` of its replies, ascending."""

    def add(self, message: Json) -> Json | None:
        """Take in a message; returns the new dict of its thread's root when it is a reply."""
        self.restore(message)
        root = root_of(message)
        return None if root is None else self._recount(root)

    def restore(self, message: Json) -> None:
        """Take in a kept message; its thread's root is as it was kept."""
        ts, root = message["ts"], root_of(message)
        self.messages[ts] = message
        if root is None or message.get("subtype") == "thread_broadcast":
            insort(self.top, ts)
        if root is not None:
            insort(self.replies.setdefault(root, []), ts)

    def replace(self, message: Json) -> Json:
        """Put the changed message in the old one's place, and return the old one."""
        old = self.messages[message["ts"]]
        self.messages[message["ts"]] = message
        return old

    def remove(self, ts: str) -> tuple[Json, Json | None]:
        """Take out a message without replies; returns it, and its thread's new root if it was a reply."""
        message = self.messages.pop(ts)
        root = root_of(message)
        if root is None or message.get("subtype") == "thread_broadcast":
            del self.top[bisect_left(self.top, ts)]
        if root is None:
            return message, None
        listed = self.replies[root]
        del listed[bisect_left(listed, ts)]
        if not listed:
            del self.replies[root]
        return message, self._recount(root)

    def thread(self, root: str) -> list[Json]:
        """The root, if it is still there, then the replies, oldest first."""
        shown = (root, *self.replies.get(root, ()))
        return [self.messages[ts] for ts in shown if ts in self.messages]

    def listed(self) -> Json:
        return {"id": self.id, "name": self.name, "kind": self.kind, "members": list(self.members)}

    def _recount(self, root: str) -> Json | None:
        if (message := self.messages.get(root)) is None:
            return None
        bare = {key: value for key, value in message.items() if key not in THREAD_FIELDS}
        if listed := self.replies.get(root):
            users = message.get("reply_users", [])
            newest = self.messages[listed[-1]].get("user")
            if len(listed) != message.get("reply_count", 0) + 1:
                users = list(dict.fromkeys(self.messages[ts].get("user") for ts in listed))
            elif newest not in users:
                users = [*users, newest]
            bare |= {
                "thread_ts": root,
                "reply_count": len(listed),
                "reply_users": users,
                "reply_users_count": len(users),
                "latest_reply": listed[-1],
                "is_locked": False,
                "subscribed": True,
            }
        else:
            bare.pop("thread_ts", None)
        self.messages[root] = bare
        return bare


def root_of(message: Json) -> str | None:
    """The `ts` of the root that a message replies to; None for what is no reply."""
    root: str | None = message.get("thread_ts")
    return None if root == message["ts"] else root
