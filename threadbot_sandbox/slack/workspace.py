"""The workspace: its people, conversations, files and views, and the news of every change.

Two kinds of listeners: `watchers` hear of every change (the page, the store, whoever waits), and `emit` gets
what Slack would tell the app.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from threadbot_sandbox.slack import events
from threadbot_sandbox.slack.app import App
from threadbot_sandbox.slack.channel import Channel
from threadbot_sandbox.slack.errors import ApiError
from threadbot_sandbox.slack.keys import Keys
from threadbot_sandbox.slack.pings import pinged
from threadbot_sandbox.slack.seed import (
    BOT,
    BOT_USER,
    CHANNELS,
    GROUPS,
    SCOPES,
    SLACKBOT,
    TEAM,
    USERS,
    Group,
    Home,
    User,
)
from threadbot_sandbox.slack.unknowns import Unknowns

Json = dict[str, Any]
Watcher = Callable[[str, Json], None]

STATUS_LASTS = 120.0
"""A status that the app forgets goes away by itself after two minutes."""
ONGOING = "is working on it…"
"""Slack shows its own words while a session is processing; these are ours."""
WHISPERS_KEPT = 1_000
RECENT = 200
STREAM_LASTS = 300.0
"""A stream ends by itself some five minutes after its start (field reports: python-slack-sdk#1859)."""


@dataclass(slots=True)
class File:
    """An uploaded file: what Slack says of it, and its bytes; a thumb without bytes of its own has all of them.

    `redirect`: who fetches it is sent there.
    """

    info: Json
    content: bytes = b""
    thumbs: dict[int, bytes] = field(default_factory=dict)
    redirect: str | None = None


@dataclass(slots=True)
class Trigger:
    """The right to open one modal, for three seconds."""

    user: str
    until: float
    used: bool = False


@dataclass(slots=True)
class Hook:
    """A `response_url`: five answers within half an hour, without a token."""

    channel: str
    user: str
    until: float
    message_ts: str | None = None
    thread_ts: str | None = None
    left: int = 5


@dataclass(slots=True)
class Stream:
    """An answer that is being streamed, and the pieces that it is made of."""

    began: float
    blocks: list[Json] = field(default_factory=list)
    placed: int = 0  # blocks that came as such, not as text
    stopped: bool = False  # by a person
    reader: str | None = None  # who alone sees it grow; None: whoever sees it
    first: Json = field(default_factory=dict)  # what everybody else sees of it until it ends


@dataclass
class Workspace:
    """All that there is. Times are seconds by `clock`."""

    clock: Callable[[], float] = time.time
    home: Home = field(default_factory=Home)
    url: str = ""
    keys: Keys = field(default_factory=Keys)
    former_tokens: set[str] = field(default_factory=set)
    """Of the bot, which are good for a while yet."""
    installed: bool = True
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    users: dict[str, User] = field(init=False)
    groups: dict[str, Group] = field(default_factory=lambda: {group.id: group for group in GROUPS})
    channels: dict[str, Channel] = field(default_factory=lambda: {c[0]: Channel(*c) for c in CHANNELS})
    files: dict[str, File] = field(default_factory=dict)
    views: dict[str, Json] = field(default_factory=dict)
    homes: dict[str, Json] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    hooks: dict[str, Hook] = field(default_factory=dict)
    streams: dict[tuple[str, str], Stream] = field(default_factory=dict)
    app: App = field(default_factory=App)
    unknowns: Unknowns = field(default_factory=Unknowns)
    whispered: dict[str, Json] = field(default_factory=dict)
    """By `ts`, what was shown to one person only: `channel`, `user`, `thread_ts` and the `message`."""
    prompts: dict[tuple[str, str | None], Json] = field(default_factory=dict)
    """By channel and thread, the prompts that the app suggests there."""
    pings: list[tuple[str, str, str]] = field(default_factory=list)
    """Channel, message and who was called, of all that the app said, each once."""
    statuses: dict[tuple[str, str], tuple[str, float]] = field(default_factory=dict)
    stream_seconds: float = STREAM_LASTS
    sessions: dict[tuple[str, str], Json] = field(default_factory=dict)
    watchers: list[Watcher] = field(default_factory=list)
    emit: Callable[[Json], object] = lambda event: None
    page_cap: int | None = None
    """How many messages a page of a thread or history may hold; None: as many as the method allows."""
    _last_ts: int = 0

    def __post_init__(self) -> None:
        ours = (replace(user, team=self.home.team) if user.team == TEAM else user for user in USERS)
        self.users = {user.id: user for user in ours}

    def uninstall(self) -> None:
        """Somebody removes the app, or its token is revoked: it is good for nothing any more, and the bot is told."""
        if self.installed:
            self.installed = False
            self.former_tokens.clear()
            self.emit({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT_USER]}})
            self.emit({"type": "app_uninstalled"})

    # -- news

    def tell(self, kind: str, data: Json) -> None:
        for watcher in self.watchers:
            watcher(kind, data)

    def next_ts(self) -> str:
        """A `ts` later than any before it: Slack's name for a message."""
        self._last_ts = max(int(self.clock() * 1e6), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    # -- messages

    def add(self, message: Json) -> Json:
        """A new message appears."""
        channel = self.channels[message["channel"]]
        root = channel.add(message)
        if root is not None:
            self.tell("message", root)
        self._ping(message)
        self.tell("message", message)
        if message.get("bot_id") == BOT and "thread_ts" in message:
            self._answered(channel.id, message["thread_ts"])
        self._emit_in(channel, events.posted(message, channel))
        return message

    def replace(self, message: Json, *, silently: bool = False) -> None:
        """A message is changed. `silently`: the app is not told (it is streaming)."""
        channel = self.channels[message["channel"]]
        old = channel.replace(message)
        self._ping(message)
        self.tell("message", message)
        if not silently:
            self._emit_in(channel, iter([events.changed(message, old, channel, self.next_ts())]))

    def remove(self, channel: Channel, ts: str) -> None:
        """A message is deleted. A root with replies leaves a tombstone, which Slack tells as a change."""
        old = channel.messages[ts]
        if channel.replies.get(ts):
            self.replace(_tombstone(old))
            return
        _, root = channel.remove(ts)
        if root is not None:
            self.tell("message", root)
        if self.streams.pop((channel.id, ts), None) is not None:
            self.set_session(channel.id, old["thread_ts"], "active")
        self.tell("deleted", {"channel": channel.id, "ts": ts})
        self._emit_in(channel, iter([events.deleted(old, channel, self.next_ts())]))

    def restore(self, message: Json) -> None:
        """Take back a kept message, without telling anyone. What was streaming then is so no longer."""
        if message.get("streaming_state") == "in_progress":
            message = message | {"streaming_state": "errored"}
        self.channels[message["channel"]].restore(message)
        seconds, _, micros = message["ts"].partition(".")
        self._last_ts = max(self._last_ts, int(seconds) * 1_000_000 + int(micros))

    def _ping(self, message: Json) -> None:
        if message.get("bot_id") == BOT:
            called = [(message["channel"], message["ts"], name) for name in sorted(pinged(message))]
            self.pings += [ping for ping in called if ping not in self.pings[-RECENT:]]

    def _emit_in(self, channel: Channel, happened: Iterator[Json]) -> None:
        if BOT_USER in channel.members:
            for event in happened:
                self.emit(event)

    def seen_by(self, user: str, message: Json) -> Json:
        """A message as this person sees it: outside of DMs a stream grows for the one reader that it names."""
        stream = self.streams.get((message["channel"], message["ts"]))
        if stream is None or stream.stopped or stream.reader in (None, user):
            return message
        return message | stream.first

    # -- conversations

    def join(self, channel: Channel, user: str, inviter: str | None = None) -> None:
        """Someone enters a channel; the channel says so."""
        channel.members.append(user)
        self.tell("channel", channel.listed())
        joined = {"type": "member_joined_channel", "user": user, "channel": channel.id, "team": self.home.team}
        ts = self.next_ts()
        kind = "G" if channel.kind == "private" else "C"
        self.emit(joined | {"channel_type": kind, "event_ts": ts} | ({"inviter": inviter} if inviter else {}))
        note = {"type": "message", "subtype": "channel_join", "user": user, "ts": ts, "channel": channel.id}
        self.add(note | {"text": f"<@{user}> has joined the channel"} | ({"inviter": inviter} if inviter else {}))

    def dm_with(self, user: str) -> Channel:
        """The bot's DM with a person."""
        for channel in self.channels.values():
            if channel.kind == "im" and user in channel.members:
                return channel
        raise ApiError("user_not_found")

    def group_of(self, users: set[str]) -> Channel:
        """The group DM of just these people and the bot, made when there is none."""
        everyone = users | {BOT_USER}
        for channel in self.channels.values():
            if channel.kind == "mpim" and set(channel.members) == everyone:
                return channel
        names = sorted(self.users[user].name for user in everyone)
        channel = Channel(new_id("C"), f"mpdm-{'--'.join(names)}-1", "mpim", tuple(sorted(everyone)))
        self.channels[channel.id] = channel
        self.tell("channel", channel.listed())
        return channel

    # -- passing things

    def set_status(self, channel: str, thread_ts: str, status: str) -> None:
        """The line "Threadbot is thinking…" of a thread; "" clears it."""
        if status:
            self.statuses[channel, thread_ts] = (status, self.clock() + STATUS_LASTS)
        elif self.statuses.pop((channel, thread_ts), None) is None:
            return
        elif self.sessions.get((channel, thread_ts), {}).get("passing"):
            self.set_session(channel, thread_ts, "active")
        self.tell("status", {"channel": channel, "thread_ts": thread_ts, "status": status})

    def _answered(self, channel: str, thread_ts: str) -> None:
        """An answer clears the line; what the app said of its session itself, it takes back itself."""
        if self.statuses.get((channel, thread_ts), ("", 0.0))[0] != ONGOING:
            self.set_status(channel, thread_ts, "")

    def set_session(
        self, channel: str, thread_ts: str, status: str, title: str | None = None, *, passing: bool = False
    ) -> Json:
        """How the app stands in a thread: at work ("processing"), ready, waiting. Made when there is none.

        `passing`: it ends with the status line that it came with.
        """
        session = self.sessions.setdefault((channel, thread_ts), {"title": title})
        session |= {"status": status, "passing": passing}
        self.tell("session", {"channel": channel, "thread_ts": thread_ts} | session)
        return session

    def end_old_streams(self) -> None:
        """End the streams whose time is over. Their text stays."""
        began_before = self.clock() - self.stream_seconds
        for (channel, ts), stream in list(self.streams.items()):
            if stream.began <= began_before:
                del self.streams[channel, ts]
                message = self.channels[channel].messages[ts]
                self.set_session(channel, message["thread_ts"], "active")
                if not stream.stopped:
                    self.replace(message | {"streaming_state": "errored"})

    def whisper(self, shown: Json) -> None:
        """Show something to one person only."""
        self.whispered[shown["message"]["ts"]] = shown
        while len(self.whispered) > WHISPERS_KEPT:
            del self.whispered[next(iter(self.whispered))]
        self.tell("ephemeral", shown)

    def new_trigger(self, user: str) -> str:
        trigger = f"{int(self.clock() * 1000)}.{uuid4().int % 10**10}.{uuid4().hex}"
        self.triggers[trigger] = Trigger(user, self.clock() + 3)
        return trigger

    def new_hook(self, hook: Hook) -> str:
        """The `response_url` for it."""
        name = uuid4().hex
        self.hooks[name] = hook
        return f"{self.url}/hooks/{name}"

    def forget_the_expired(self) -> None:
        """What has a lifetime and is over: streams, statuses, triggers, response addresses."""
        self.end_old_streams()
        now = self.clock()
        for (channel, thread_ts), (_, until) in list(self.statuses.items()):
            if until <= now:
                self.set_status(channel, thread_ts, "")
        self.triggers = {key: value for key, value in self.triggers.items() if value.until + 60 > now}
        self.hooks = {key: value for key, value in self.hooks.items() if value.until > now}

    # -- finding

    def person(self, name: str) -> User:
        """By id, name or real name."""
        if found := self.users.get(name):
            return found
        for user in self.users.values():
            if name.casefold().lstrip("@") in (user.name.casefold(), user.real_name.casefold()):
                return user
        raise ApiError("user_not_found")

    def conversation(self, name: str) -> Channel:
        """By id, or by name with or without its #."""
        if found := self.channels.get(name):
            return found
        for channel in self.channels.values():
            if channel.kind != "im" and channel.name == name.removeprefix("#"):
                return channel
        raise ApiError("channel_not_found")

    def is_stranger(self, user: User) -> bool:
        """Whether somebody is of another workspace, here through a shared channel."""
        return user.team not in self.home.teams

    def is_shared(self, channel: Channel) -> bool:
        """Whether people of other workspaces are in it (Slack Connect)."""
        return any(self.is_stranger(self.users[user]) for user in channel.members if user in self.users)

    def group_members(self, group: str) -> tuple[str, ...]:
        if (found := self.groups.get(group)) is None:
            raise ApiError("no_such_subteam")
        return found.users


def new_id(prefix: str) -> str:
    """An id in Slack's form."""
    return prefix + uuid4().hex[:10].upper()


def _tombstone(old: Json) -> Json:
    kept = (
        "type",
        "ts",
        "channel",
        "thread_ts",
        "reply_count",
        "reply_users",
        "reply_users_count",
        "latest_reply",
    )
    return {key: old[key] for key in kept if key in old} | {
        "subtype": "tombstone",
        "user": SLACKBOT,
        "text": "This message was deleted.",
        "hidden": True,
        "is_locked": False,
        "subscribed": True,
    }
