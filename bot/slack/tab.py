"""What do the buttons and menus of the Home tab do? Whoever uses them is asked for their rights again."""

import logging
from typing import Any

from aiohttp import ClientError
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from bot import admin, told
from bot.asked import Asker, Choose, OpenForm
from bot.persona import Persona
from bot.slack import forms, home, modals, refusals, views
from bot.slack.desk import Desk
from bot.slack.home import DIRECT, NOBODY
from bot.slack.text import escaped
from bot.thread import Face, Message, ThreadKey
from bot.told import Told

log = logging.getLogger(__name__)

Json = dict[str, Any]

NO_THREAD = "Slack did not let me begin a thread in your direct messages. Please write to me there."


class Tab:
    def __init__(self, desk: Desk) -> None:
        self._desk, self._world = desk, desk.world

    async def opened(self, event: Json) -> None:
        if event.get("tab") == "home":
            await home.publish(self._desk, str(event["user"]))

    async def mine(self, ack: AsyncAck, body: Json) -> None:
        """Somebody chooses who answers them in direct messages."""
        await ack()
        asker, name = self._asker(body), _chosen(body)
        choice = Choose("persona", None if name == NOBODY else name, "me")
        await self._desk.settled(admin.act(choice, asker, self._world))
        await home.publish(self._desk, asker.user)

    async def try_it(self, ack: AsyncAck, body: Json) -> None:
        """A thread in their direct messages, in which the persona answers."""
        await ack()
        asker, name = self._asker(body), _value(body)
        said = await self._desk.settled(self._begin(asker, name))
        if not said.changed:
            await self._desk.open(str(body.get("trigger_id") or ""), modals.notice("Not now", said))

    async def _begin(self, asker: Asker, name: str) -> Told:
        if refusal := await admin.refused(Choose("persona", name, "me"), asker, self._world):
            return refusal
        persona = await self._world.prefs.persona(name)
        thread = await self._post(asker.user, persona)
        if thread is None:
            return told.told(NO_THREAD)
        await self._world.prefs.pin(thread, persona)
        return told.told(told.named(persona), changed=True)

    async def _post(self, user: str, persona: Persona) -> ThreadKey | None:
        looks: Json = views.face(Face(persona.display_name, persona.icon))
        text = f"{persona.name} answers in this thread."
        try:
            posted = await self._desk.client.chat_postMessage(
                channel=user, text=text, blocks=home.hello(persona), **looks
            )
        except (SlackApiError, ClientError, TimeoutError, OSError) as error:
            log.info("no thread to try a persona in", extra={"user": user, "why": refusals.reason(error)})
            return None
        return ThreadKey(self._desk.me.team, str(posted["channel"]), str(posted["ts"]))

    async def suggested(self, ack: AsyncAck, body: Json) -> None:
        """A suggested prompt is asked, as if the person had written it."""
        message, channel = body["message"], str(body["channel"]["id"])
        thread = ThreadKey(self._desk.me.team, channel, str(message.get("thread_ts") or message["ts"]))
        asked, ts = _value(body), str(body["actions"][0]["action_ts"])
        if await self._world.inbox.first_time(thread, f"{thread.root}/suggested"):
            said = Message(ts, str(body["user"]["id"]), escaped(asked))
            await self._world.inbox.put(thread, said, addressed=True)
        await ack()
        rules = await self._world.prefs.rules(thread, str(body["user"]["id"]))
        shown = home.hello(rules.persona, asked)
        await self._desk.insist(
            "chat.update",
            lambda: self._desk.client.chat_update(channel=channel, ts=thread.root, text=asked, blocks=shown),
        )

    async def new(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        await forms.open_form(self._desk, self._asker(body), OpenForm("new"), str(body.get("trigger_id") or ""))

    async def edit(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        wanted = OpenForm("edit", _chosen(body))
        await forms.open_form(self._desk, self._asker(body), wanted, str(body.get("trigger_id") or ""))

    def _asker(self, body: Json) -> Asker:
        return Asker(str(body["user"]["id"]), self._desk.me.team, DIRECT)


def _value(body: Json) -> str:
    return str(body["actions"][0].get("value") or "")


def _chosen(body: Json) -> str:
    return str((body["actions"][0].get("selected_option") or {}).get("value") or "")
