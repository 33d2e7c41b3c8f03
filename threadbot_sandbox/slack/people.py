"""What people and other bots do here in words: write, edit, delete, share files, open the bot's pages."""

import base64
from typing import Any
from uuid import uuid4

from threadbot_sandbox.slack import typed, views
from threadbot_sandbox.slack.channel import Channel
from threadbot_sandbox.slack.delivery import Courier
from threadbot_sandbox.slack.errors import ApiError
from threadbot_sandbox.slack.files import as_shared, new_file
from threadbot_sandbox.slack.method import Json
from threadbot_sandbox.slack.seed import BOT_USER, CREATED, User
from threadbot_sandbox.slack.workspace import File, Workspace

MENTION = f"<@{BOT_USER}>"


class People:
    """Acts for whoever is named, by id or name; conversations too, and "@ada" is Ada's DM with the bot."""

    def __init__(self, workspace: Workspace, courier: Courier) -> None:
        self.workspace = workspace
        self.courier = courier

    # -- messages

    async def say(
        self,
        user: str,
        channel: str,
        text: str,
        *,
        thread_ts: str | None = None,
        files: list[Json] | None = None,
        broadcast: bool = False,
        encoded: bool = False,
    ) -> str:
        """Post, and return the message's `ts`. The bot hears of it in the background."""
        author, place = self.who(user), self.where(user, channel)
        self._check_member(author, place)
        wire = text if encoded else typed.encode(text, self.workspace)
        message: Json = _by(author, self.workspace.home.team, shared=self.workspace.is_shared(place))
        message |= {
            "text": wire,
            "channel": place.id,
        }
        if wire:
            message["blocks"] = [typed.rich_text(wire, uuid4().hex[:5])]
        if files:
            shared = [as_shared(self.keep(author, each)) for each in files]
            message |= {"files": shared, "upload": False}
            message["subtype"] = "file_share"
        if thread_ts is not None:
            root = place.messages.get(thread_ts)
            if root is None:
                raise ApiError("thread_not_found")
            message |= {"thread_ts": thread_ts, "parent_user_id": root.get("user")}
            message |= {"subtype": "thread_broadcast"} if broadcast else {}
        if MENTION in wire and BOT_USER not in place.members and place.kind in ("channel", "private"):
            self.workspace.join(place, BOT_USER, author.id)
        message["ts"] = self.workspace.next_ts()
        self.workspace.add(message)
        return str(message["ts"])

    async def upload(
        self,
        user: str,
        channel: str,
        name: str,
        content: bytes,
        text: str = "",
        *,
        thread_ts: str | None = None,
        **facts: Any,
    ) -> str:
        """Share one file; `facts` as in `keep`: an external one has `is_external=True` and its `url_private`."""
        return await self.say(
            user, channel, text, thread_ts=thread_ts, files=[facts | {"name": name, "content": content}]
        )

    async def edit(self, user: str, channel: str, ts: str, text: str, *, encoded: bool = False) -> None:
        author, place = self.who(user), self.where(user, channel)
        old = self.message(place, ts)
        if old.get("user") != author.id:
            raise ApiError("cant_update_message")
        wire = text if encoded else typed.encode(text, self.workspace)
        changed: Json = {"text": wire, "edited": {"user": author.id, "ts": self.workspace.next_ts()}}
        changed["blocks"] = [typed.rich_text(wire, uuid4().hex[:5])]
        self.workspace.replace(old | changed)

    async def delete(self, user: str, channel: str, ts: str) -> None:
        author, place = self.who(user), self.where(user, channel)
        if self.message(place, ts).get("user") != author.id and not author.is_admin:
            raise ApiError("cant_delete_message")
        self.workspace.remove(place, ts)

    # -- Slack's own buttons

    async def stop(self, user: str, channel: str, thread_ts: str) -> None:
        """Press Slack's own Stop in a thread where the bot is at work: its open streams take no more text."""
        who, place = self.who(user), self.where(user, channel)
        session = self.workspace.sessions.get((place.id, thread_ts), {})
        if session.get("status") != "processing":
            raise ApiError("session_not_processing")
        stopped = []
        for (name, ts), stream in self.workspace.streams.items():
            message = place.messages.get(ts, {})
            if name == place.id and message.get("thread_ts") == thread_ts and not stream.stopped:
                stream.stopped = True
                stopped.append(ts)
                self.workspace.replace(message | {"streaming_state": "completed"})
        event: Json = {"type": "agent_session_stopped", "user": who.id, "channel": place.id}
        event |= {"thread_ts": thread_ts, "streaming_message_ts": stopped, "event_ts": self.workspace.next_ts()}
        self.courier.event(event)

    async def open_home(self, user: str, tab: str = "home") -> None:
        who = self.who(user)
        event: Json = {
            "type": "app_home_opened",
            "user": who.id,
            "tab": tab,
            "event_ts": self.workspace.next_ts(),
        }
        event["channel"] = self.workspace.dm_with(who.id).id
        if tab == "home" and (home := self.workspace.homes.get(who.id)):
            event["view"] = views.public(home)
        self.courier.event(event)

    # -- parts

    def keep(self, author: User, given: Json) -> File:
        """Take in a file that is not shared yet.

        It has a `name`, its `content` or `content_base64`, and, as one likes, a `mimetype`, `thumbs` (bytes by
        size), a `redirect`, and any other field of Slack's file object, such as `mode` or `file_access`.
        """
        facts = dict(given)
        encoded = facts.pop("content_base64", "")
        content = facts.pop("content", None)
        content = base64.b64decode(encoded) if content is None else content
        thumbs, redirect = facts.pop("thumbs", {}), facts.pop("redirect", None)
        file = new_file(self.workspace, facts.pop("name"), author.id, facts.pop("mimetype", None), content, **facts)
        file.thumbs, file.redirect = dict(thumbs), redirect
        self.workspace.tell("file", file.info)
        return file

    def who(self, user: str) -> User:
        return self.workspace.person(user)

    def where(self, user: str, channel: str) -> Channel:
        if not channel.startswith("@"):
            return self.workspace.conversation(channel)
        other = self.workspace.person(channel)
        return self.workspace.dm_with(self.who(user).id if other.id == BOT_USER else other.id)

    def _check_member(self, author: User, place: Channel) -> None:
        """Whoever writes in an open channel is in it from then on; guests only where they were invited."""
        if author.id in place.members:
            return
        guest = author.is_restricted or author.is_ultra_restricted or self.workspace.is_stranger(author)
        if place.kind != "channel" or guest:
            raise ApiError("not_in_channel")
        self.workspace.join(place, author.id)

    def message(self, place: Channel, ts: str) -> Json:
        if (message := place.messages.get(ts)) is None:
            raise ApiError("message_not_found")
        return message


def _by(author: User, team: str, *, shared: bool = False) -> Json:
    """A message's head, from a person's Slack client or from another bot of the team; `shared` tells whose workspace it
    is."""
    if not author.is_bot:
        head: Json = {"client_msg_id": str(uuid4()), "type": "message", "user": author.id, "team": author.team}
        return head | ({"user_team": author.team, "source_team": author.team} if shared else {})
    known = {"id": author.bot_id, "app_id": author.app_id, "user_id": author.id, "name": author.real_name}
    profile = known | {"deleted": False, "updated": CREATED, "team_id": team}
    head = {"type": "message", "user": author.id, "bot_id": author.bot_id, "app_id": author.app_id}
    return head | {"team": team, "bot_profile": profile}
