"""What people ask of the bot other than in words: buttons and menus, commands, shortcuts, forms.

Payloads as in docs.slack.dev/reference/interaction-payloads. Each is sent once; the bot has three seconds.
"""

from typing import Any

from threadbot_sandbox.slack import forms, typed, views
from threadbot_sandbox.slack.answers import HOOK_LASTS, answer
from threadbot_sandbox.slack.blocks import OPTIONS, elements
from threadbot_sandbox.slack.channel import Channel
from threadbot_sandbox.slack.chat import whisper
from threadbot_sandbox.slack.delivery import Courier
from threadbot_sandbox.slack.errors import ApiError
from threadbot_sandbox.slack.method import Json
from threadbot_sandbox.slack.people import People
from threadbot_sandbox.slack.seed import APP, SLACKBOT, User
from threadbot_sandbox.slack.workspace import Hook, Workspace

TROUBLE = "We had some trouble connecting. Try again?"
LEAST_TYPED = 3
"""Characters before an external select asks the app, unless the app says otherwise."""


class Interactions:
    """Acts for whoever is named. What returns a bool tells whether the bot took notice in time."""

    def __init__(self, people: People, courier: Courier) -> None:
        self.people = people
        self.workspace = people.workspace
        self.courier = courier
        self._offered: dict[str, list[Json]] = {}

    # -- buttons and menus

    async def click(
        self,
        user: str,
        channel: str,
        message_ts: str,
        action_id: str,
        block_id: str | None = None,
        value: Any = None,
    ) -> bool:
        """Use a button or menu of a message, also of one that only this person sees."""
        who, place = self.people.who(user), self.people.where(user, channel)
        payload = self._at_message(place, who, message_ts) | {
            "actions": [self._action(who, self._blocks(place, who, message_ts), action_id, block_id, value)],
        }
        return await self._tell("block_actions", who, payload)

    async def click_view(
        self,
        user: str,
        view_id: str,
        action_id: str,
        block_id: str | None = None,
        value: Any = None,
        values: Json | None = None,
    ) -> bool:
        """Use a button or menu of a modal or of the Home tab; `values`: what stands in its inputs (see `submit`)."""
        who = self.people.who(user)
        view = self._filled(who, self._view(view_id), values or {})
        payload = {
            "container": {"type": "view", "view_id": view_id},
            "view": views.public(view),
            "actions": [self._action(who, view["blocks"], action_id, block_id, value)],
        }
        return await self._tell("block_actions", who, payload)

    async def suggest(
        self, user: str, place: str, action_id: str, value: str, message_ts: str | None = None
    ) -> list[Json]:
        """Type into an external select of a view (`place` is its id) or of a message; returns what the bot offers."""
        who = self.people.who(user)
        if message_ts is None:
            view = self._view(place)
            blocks, about = view["blocks"], {"view": views.public(view)}
        else:
            channel = self.people.where(user, place)
            blocks, about = self._blocks(channel, who, message_ts), self._at_message(channel, who, message_ts)
        block, element = _found(blocks, action_id, None)
        if len(value) < element.get("min_query_length", LEAST_TYPED):
            return []
        asked = {"action_id": action_id, "block_id": block.get("block_id", ""), "value": value}
        said = await self._ask("block_suggestion", who, about | asked)
        given = said if isinstance(said, dict) else {}
        options = [*given.get("options", ()), *(o for g in given.get("option_groups", ()) for o in g["options"])]
        if len(options) > OPTIONS:
            raise ApiError("too_many_options")
        self._offered[action_id] = options
        return options

    # -- forms

    async def submit(self, user: str, view_id: str, values: Json | None = None) -> Json | None:
        """Send a modal. Returns what is wrong with it, by block; None: the bot took it, and closed or changed it.

        `values` by block id or action id: a text, an option's value, an id, a list of these, a list of files as
        `say` takes them; what is not named stands as the bot set it.
        """
        who = self.people.who(user)
        view = self._filled(who, self._view(view_id), values or {})
        if problems := forms.wrong(view["blocks"], view["state"]["values"]):
            return problems
        payload = {"view": views.public(view), "response_urls": self._addresses(who, view)}
        receipt = await self.courier.once(
            "interactive", "view_submission", self._head("view_submission", who) | payload
        )
        if not receipt.acked:
            return {"": TROUBLE}
        return views.answered(self.workspace, view, receipt.answer if isinstance(receipt.answer, dict) else None)

    async def close_view(self, user: str, view_id: str, *, all: bool = False) -> None:
        """Cancel a modal, or with `all` the whole stack at once."""
        who, first = self.people.who(user), self._view(view_id)
        stack = [view for view in self.workspace.views.values() if view["_user"] == first["_user"]]
        for view in reversed(stack) if all else [first]:
            views.close(self.workspace, view["id"])
            if view["notify_on_close"]:
                await self._tell("view_closed", who, {"view": views.public(view), "is_cleared": all})

    # -- commands and shortcuts

    async def command(self, user: str, channel: str, command: str, text: str = "") -> bool:
        """Give a slash command. What the bot answers at once is shown to this person, or to all."""
        who, place = self.people.who(user), self.people.where(user, channel)
        _check_ours(self.workspace, who)
        if not self.workspace.app.has_command(command):
            whisper(self.workspace, place, who.id, _from_slackbot(f"{command} is not a valid command."), None)
            return False
        home = self.workspace.home
        payload = {
            "token": "deprecated",
            "team_id": home.team,
            "team_domain": home.domain,
            "channel_id": place.id,
            "channel_name": _known_as(place),
            "user_id": who.id,
            "user_name": who.name,
            "command": command,
            "text": typed.encode(text, self.workspace),
            "api_app_id": APP,
            "is_enterprise_install": str(home.org_wide).lower(),
            **({"enterprise_id": home.enterprise} if home.enterprise is not None else {}),
            "response_url": self._hook(place, who),
            "trigger_id": self.workspace.new_trigger(who.id),
        }
        receipt = await self.courier.once("slash_commands", command, payload)
        if not receipt.acked:
            failed = f"{command} failed with the error “operation_timeout”"
            whisper(self.workspace, place, who.id, _from_slackbot(failed), None)
        elif isinstance(receipt.answer, dict) and receipt.answer:
            answer(self.workspace, Hook(place.id, who.id, self.workspace.clock()), receipt.answer)
        return receipt.acked

    async def shortcut(self, user: str, channel: str | None, message_ts: str | None, callback_id: str) -> bool:
        """Use a shortcut of a message's menu; without a message, one of the composer's menu."""
        who = self.people.who(user)
        _check_ours(self.workspace, who)
        if not self.workspace.app.has_shortcut(callback_id, "global" if message_ts is None else "message"):
            raise ApiError("no_such_shortcut")
        payload: Json = {"callback_id": callback_id, "action_ts": self.workspace.next_ts()}
        if channel is None or message_ts is None:
            return await self._tell("shortcut", who, payload)
        place = self.people.where(user, channel)
        payload |= {
            "message_ts": message_ts,
            "message": self.people.message(place, message_ts),
            "channel": {"id": place.id, "name": _known_as(place)},
            "response_url": self._hook(place, who),
        }
        return await self._tell("message_action", who, payload)

    # -- parts

    async def _tell(self, type: str, who: User, payload: Json) -> bool:
        return (await self.courier.once("interactive", type, self._head(type, who) | payload)).acked

    async def _ask(self, type: str, who: User, payload: Json) -> Any:
        return (await self.courier.once("interactive", type, self._head(type, who) | payload)).answer

    def _head(self, type: str, who: User) -> Json:
        home = self.workspace.home
        org = {"id": home.enterprise, "name": home.name} if home.enterprise is not None else None
        return {
            "type": type,
            "user": {"id": who.id, "username": who.name, "name": who.name, "team_id": who.team},
            "api_app_id": APP,
            "token": "deprecated",
            "trigger_id": self.workspace.new_trigger(who.id),
            "team": None if home.org_wide else {"id": home.team, "domain": home.domain},
            "enterprise": org,
            "is_enterprise_install": home.org_wide,
        }

    def _at_message(self, place: Channel, who: User, ts: str) -> Json:
        """Where it was clicked. The app gets the message with it, but not one that only a person sees, nor, which the
        documents leave open, one that is streaming."""
        hidden = self.workspace.whispered.get(ts)
        message = hidden["message"] if hidden else self.people.message(place, ts)
        thread_ts = message.get("thread_ts")
        container: Json = {"type": "message", "message_ts": ts, "channel_id": place.id}
        container |= {"is_ephemeral": hidden is not None} | ({"thread_ts": thread_ts} if thread_ts else {})
        streaming = (place.id, ts) in self.workspace.streams
        bare = {key: value for key, value in message.items() if key != "channel"}
        shown = {} if hidden or streaming else {"message": bare}
        return {
            "container": container,
            "channel": {"id": place.id, "name": _known_as(place)},
            "state": {"values": forms.values(message.get("blocks", []), {}, self._offered)},
            "response_url": self._hook(place, who, message_ts=ts, thread_ts=thread_ts),
        } | shown

    def _blocks(self, place: Channel, who: User, ts: str) -> list[Json]:
        hidden = self.workspace.whispered.get(ts)
        if hidden is not None and hidden["user"] != who.id:
            raise ApiError("message_not_found")
        message: Json = hidden["message"] if hidden else self.people.message(place, ts)
        return list(message.get("blocks", []))

    def _action(self, who: User, blocks: list[Json], action_id: str, block_id: str | None, value: Any) -> Json:
        block, element = _found(blocks, action_id, block_id)
        if who.id not in element.get("visible_to_user_ids", [who.id]):
            raise ApiError("action_not_found")
        action: Json = {"type": element["type"], "action_id": action_id, "block_id": block.get("block_id", "")}
        return action | {"action_ts": self.workspace.next_ts()} | self._chosen(element, value)

    def _chosen(self, element: Json, value: Any) -> Json:
        """What an action says was pressed or chosen."""
        match element["type"]:
            case "feedback_buttons":
                pressed = {element[name].get("value") for name in ("positive_button", "negative_button")}
                if value not in pressed:
                    raise ApiError("option_not_found")
                return {"value": value}
            case "button" | "workflow_button" | "icon_button":
                words = {"text": element["text"]} if "text" in element else {}
                return words | ({"value": element["value"]} if "value" in element else {})
        return forms.filled(element, value, self._offered)

    def _filled(self, who: User, view: Json, given: Json) -> Json:
        for block, element in elements(view["blocks"]):
            for name in {block["block_id"], element["action_id"]} & given.keys():
                if element["type"] == "file_input":
                    given = given | {name: [self.people.keep(who, each).info for each in given[name] or ()]}
        known = {
            name for block, element in elements(view["blocks"]) for name in (block["block_id"], element["action_id"])
        }
        before = {name: value for name, value in view.get("_written", {}).items() if name in known}
        given = view["_written"] = before | given  # what was written stays, also when the app changes the view
        return view | {"state": {"values": forms.values(view["blocks"], given, self._offered)}}

    def _addresses(self, who: User, view: Json) -> list[Json]:
        """A `response_url` for each conversation that was chosen where the app asks for one."""
        found = []
        for block, element in elements(view["blocks"]):
            now = view["state"]["values"].get(block["block_id"], {}).get(element["action_id"], {})
            chosen = now.get("selected_conversation") or now.get("selected_channel")
            if element.get("response_url_enabled") and chosen:
                address = self._hook(self.workspace.channels[chosen], who)
                ids = {"block_id": block["block_id"], "action_id": element["action_id"]}
                found.append(ids | {"channel_id": chosen, "response_url": address})
        return found

    def _hook(self, place: Channel, who: User, **more: Any) -> str:
        return self.workspace.new_hook(Hook(place.id, who.id, self.workspace.clock() + HOOK_LASTS, **more))

    def _view(self, view_id: str) -> Json:
        for view in (*self.workspace.views.values(), *self.workspace.homes.values()):
            if view["id"] == view_id:
                return view
        raise ApiError("not_found")


def _found(blocks: list[Json], action_id: str, block_id: str | None) -> tuple[Json, Json]:
    for block, element in elements(blocks):
        if element["action_id"] == action_id and block_id in (None, block.get("block_id")):
            return block, element
    raise ApiError("action_not_found")


def _check_ours(workspace: Workspace, who: User) -> None:
    """Commands and shortcuts are for the people of the workspace that installed the app."""
    if workspace.is_stranger(who):
        raise ApiError("restricted_action")


def _from_slackbot(text: str) -> Json:
    """What Slack itself has to say, where no app answers."""
    return {"type": "message", "user": SLACKBOT, "username": "Slackbot", "text": text}


def _known_as(place: Channel) -> str:
    return {"im": "directmessage", "private": "privategroup"}.get(place.kind, place.name)
