"""What people and other bots do here: write, edit, delete, click, give commands, open the bot's pages."""

import base64
from typing import Any
from uuid import uuid4

from bot.sandbox.slack import typed, views
from bot.sandbox.slack.blocks import elements
from bot.sandbox.slack.channel import Channel
from bot.sandbox.slack.chat import whisper
from bot.sandbox.slack.delivery import Courier
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.files import as_shared, new_file
from bot.sandbox.slack.method import Json
from bot.sandbox.slack.seed import APP, BOT, BOT_USER, CREATED, TEAM, TEAM_DOMAIN, User
from bot.sandbox.slack.workspace import File, Hook, Workspace

HOOK_LASTS = 30 * 60
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
        author, place = self._who(user), self._where(user, channel)
        self._check_member(author, place)
        wire = text if encoded else typed.encode(text, self.workspace)
        message: Json = _by(author, shared=self.workspace.is_shared(place)) | {"text": wire, "channel": place.id}
        if wire:
            message["blocks"] = [typed.rich_text(wire, uuid4().hex[:5])]
        if files:
            shared = [as_shared(self._upload(author, each)) for each in files]
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
        """Share one file; `facts` as in `_upload`: an external one has `is_external=True` and its `url_private`."""
        return await self.say(
            user, channel, text, thread_ts=thread_ts, files=[facts | {"name": name, "content": content}]
        )

    async def edit(self, user: str, channel: str, ts: str, text: str, *, encoded: bool = False) -> None:
        author, place = self._who(user), self._where(user, channel)
        old = self._message(place, ts)
        if old.get("user") != author.id:
            raise ApiError("cant_update_message")
        wire = text if encoded else typed.encode(text, self.workspace)
        changed: Json = {"text": wire, "edited": {"user": author.id, "ts": self.workspace.next_ts()}}
        changed["blocks"] = [typed.rich_text(wire, uuid4().hex[:5])]
        self.workspace.replace(old | changed)

    async def delete(self, user: str, channel: str, ts: str) -> None:
        author, place = self._who(user), self._where(user, channel)
        if self._message(place, ts).get("user") != author.id and not author.is_admin:
            raise ApiError("cant_delete_message")
        self.workspace.remove(place, ts)

    # -- asking something of the bot

    async def click(
        self,
        user: str,
        channel: str,
        message_ts: str,
        action_id: str,
        block_id: str | None = None,
        value: str | None = None,
    ) -> bool:
        """Use a button or menu of a message; returns whether the bot took notice in time."""
        who, place = self._who(user), self._where(user, channel)
        message = self._message(place, message_ts)
        action = self._action(message.get("blocks", []), action_id, block_id, value)
        hook = self._hook(place, who, message_ts=message_ts, thread_ts=message.get("thread_ts"))
        container: Json = {
            "type": "message",
            "message_ts": message_ts,
            "channel_id": place.id,
            "is_ephemeral": False,
        }
        container |= {"thread_ts": message["thread_ts"]} if "thread_ts" in message else {}
        payload = self._interaction("block_actions", who) | {
            "container": container,
            "channel": {"id": place.id, "name": _known_as(place)},
            "message": {key: val for key, val in message.items() if key != "channel"},
            "state": {"values": {}},
            "response_url": hook,
            "actions": [action],
        }
        return (await self.courier.once("interactive", "block_actions", payload)).acked

    async def click_view(
        self, user: str, view_id: str, action_id: str, block_id: str | None = None, value: str | None = None
    ) -> bool:
        """Use a button or menu of a modal or of the Home tab."""
        who, view = self._who(user), self._view(view_id)
        action = self._action(view["blocks"], action_id, block_id, value)
        payload = self._interaction("block_actions", who) | {
            "container": {"type": "view", "view_id": view_id},
            "view": views.public(view),
            "actions": [action],
        }
        return (await self.courier.once("interactive", "block_actions", payload)).acked

    async def submit(self, user: str, view_id: str, values: Json) -> Json | None:
        """Send a modal. Returns what the bot finds wrong with it, by block; None closes or changes it."""
        who, view = self._who(user), self._view(view_id)
        view = view | {"state": {"values": values}}
        payload = self._interaction("view_submission", who) | {
            "view": views.public(view),
            "response_urls": [],
        }
        receipt = await self.courier.once("interactive", "view_submission", payload)
        if not receipt.acked:
            return {"": "We had some trouble connecting. Try again?"}
        answer = receipt.answer if isinstance(receipt.answer, dict) else None
        return views.answered(self.workspace, view, answer)

    async def close_view(self, user: str, view_id: str) -> None:
        who, view = self._who(user), views.close(self.workspace, view_id)
        if view["notify_on_close"]:
            payload = self._interaction("view_closed", who) | {
                "view": views.public(view),
                "is_cleared": False,
            }
            await self.courier.once("interactive", "view_closed", payload)

    async def command(self, user: str, channel: str, command: str, text: str = "") -> bool:
        """Give a slash command. What the bot answers at once is shown to this person, or to all."""
        who, place = self._who(user), self._where(user, channel)
        _check_ours(who)
        payload = {
            "token": "deprecated",
            "team_id": TEAM,
            "team_domain": TEAM_DOMAIN,
            "channel_id": place.id,
            "channel_name": _known_as(place),
            "user_id": who.id,
            "user_name": who.name,
            "command": command,
            "text": typed.encode(text, self.workspace),
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": self._hook(place, who),
            "trigger_id": self.workspace.new_trigger(who.id),
        }
        receipt = await self.courier.once("slash_commands", command, payload)
        if not receipt.acked:
            failed = f"{command} failed with the error \u201coperation_timeout\u201d"
            whisper(self.workspace, place, who.id, _from_bot(failed), None)
        elif isinstance(receipt.answer, dict) and receipt.answer:
            self.respond(Hook(place.id, who.id, self.workspace.clock()), receipt.answer)
        return receipt.acked

    async def shortcut(self, user: str, channel: str, message_ts: str, callback_id: str) -> bool:
        """Use a shortcut of a message's menu."""
        who, place = self._who(user), self._where(user, channel)
        _check_ours(who)
        payload = self._interaction("message_action", who) | {
            "callback_id": callback_id,
            "action_ts": self.workspace.next_ts(),
            "message_ts": message_ts,
            "message": self._message(place, message_ts),
            "channel": {"id": place.id, "name": _known_as(place)},
            "response_url": self._hook(place, who),
        }
        return (await self.courier.once("interactive", "message_action", payload)).acked

    async def stop(self, user: str, channel: str, thread_ts: str) -> None:
        """Press Slack's own Stop in a thread where the bot is at work: its open streams take no more text."""
        who, place = self._who(user), self._where(user, channel)
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
        who = self._who(user)
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

    def respond(self, hook: Hook, answer: Json) -> None:
        """The bot answers a command or a click through its `response_url`, or in its acknowledgement."""
        place = self.workspace.channels[hook.channel]
        old = place.messages.get(hook.message_ts or "")
        if answer.get("delete_original") and old is not None:
            self.workspace.remove(place, old["ts"])
            return
        shown = {key: answer[key] for key in ("blocks", "attachments") if answer.get(key)}
        message = _from_bot(answer.get("text") or "") | shown
        if answer.get("replace_original") and old is not None:
            bare = {key: value for key, value in old.items() if key != "blocks"}
            self.workspace.replace(bare | shown | {"text": message["text"]})
        elif answer.get("response_type") == "in_channel":
            thread = {"thread_ts": hook.thread_ts} if answer.get("thread_ts") and hook.thread_ts else {}
            self.workspace.add(message | thread | {"ts": self.workspace.next_ts(), "channel": place.id})
        else:
            whisper(self.workspace, place, hook.user, message, answer.get("thread_ts") or hook.thread_ts)

    # -- parts

    def _interaction(self, type: str, who: User) -> Json:
        return {
            "type": type,
            "user": {"id": who.id, "username": who.name, "name": who.name, "team_id": who.team},
            "api_app_id": APP,
            "token": "deprecated",
            "trigger_id": self.workspace.new_trigger(who.id),
            "team": {"id": TEAM, "domain": TEAM_DOMAIN},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _action(self, blocks: list[Json], action_id: str, block_id: str | None, value: str | None) -> Json:
        for block, element in elements(blocks):
            if element["action_id"] == action_id and block_id in (None, block.get("block_id")):
                action: Json = {"type": element["type"], "action_id": action_id}
                action |= {"block_id": block.get("block_id", ""), "action_ts": self.workspace.next_ts()}
                return action | _chosen(element, value)
        raise ApiError("action_not_found")

    def _hook(self, place: Channel, who: User, **more: Any) -> str:
        return self.workspace.new_hook(Hook(place.id, who.id, self.workspace.clock() + HOOK_LASTS, **more))

    def _upload(self, author: User, given: Json) -> File:
        """`content` or `content_base64`, `name`, and, as one likes, `mimetype`, `thumbs` (bytes by size),
        `redirect`, and any other field of Slack's file object, such as `mode` or `file_access`.
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

    def _who(self, user: str) -> User:
        return self.workspace.person(user)

    def _where(self, user: str, channel: str) -> Channel:
        if not channel.startswith("@"):
            return self.workspace.conversation(channel)
        other = self.workspace.person(channel)
        return self.workspace.dm_with(self._who(user).id if other.id == BOT_USER else other.id)

    def _check_member(self, author: User, place: Channel) -> None:
        """Whoever writes in an open channel is in it from then on; guests only where they were invited."""
        if author.id in place.members:
            return
        if place.kind != "channel" or author.is_restricted or author.is_stranger:
            raise ApiError("not_in_channel")
        self.workspace.join(place, author.id)

    def _message(self, place: Channel, ts: str) -> Json:
        if (message := place.messages.get(ts)) is None:
            raise ApiError("message_not_found")
        return message

    def _view(self, view_id: str) -> Json:
        for view in (*self.workspace.views.values(), *self.workspace.homes.values()):
            if view["id"] == view_id:
                return view
        raise ApiError("not_found")


def _by(author: User, *, shared: bool = False) -> Json:
    """A message's head, from a person's Slack client or from another bot; `shared` tells whose workspace it is."""
    if not author.is_bot:
        head: Json = {"client_msg_id": str(uuid4()), "type": "message", "user": author.id, "team": author.team}
        return head | ({"user_team": author.team, "source_team": author.team} if shared else {})
    known = {"id": author.bot_id, "app_id": author.app_id, "user_id": author.id, "name": author.real_name}
    profile = known | {"deleted": False, "updated": CREATED, "team_id": TEAM}
    head = {"type": "message", "user": author.id, "bot_id": author.bot_id, "app_id": author.app_id}
    return head | {"team": TEAM, "bot_profile": profile}


def _check_ours(who: User) -> None:
    """Commands and shortcuts are for the people of the workspace that installed the app."""
    if who.is_stranger:
        raise ApiError("restricted_action")


def _from_bot(text: str) -> Json:
    return {"type": "message", "user": BOT_USER, "bot_id": BOT, "app_id": APP, "team": TEAM, "text": text}


def _known_as(place: Channel) -> str:
    return {"im": "directmessage", "private": "privategroup"}.get(place.kind, place.name)


def _chosen(element: Json, value: str | None) -> Json:
    """What an action says was chosen; the names differ by the kind of element."""
    kind = element["type"]
    if kind == "users_select":
        return {"selected_user": value}
    if kind in ("channels_select", "conversations_select"):
        return {f"selected_{kind.removesuffix('s_select')}": value}
    if "options" in element:
        for option in element["options"]:
            if option.get("value") == value:
                return {"selected_option": option}
        raise ApiError("option_not_found")
    chosen = {"text": element["text"]} if "text" in element else {}
    given = element.get("value") if value is None else value
    return chosen | ({"value": given} if given is not None else {})
