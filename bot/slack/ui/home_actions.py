"""What do the buttons and menus of the Home tab do? Whoever uses them is asked for their rights again."""

import logging
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.commands import dispatch as admin
from bot.commands.model import Asker, Choose, OpenForm
from bot.conversation.ids import ThreadKey, just_after
from bot.conversation.mentions import literal
from bot.conversation.messages import Message
from bot.errors import BotError
from bot.personas.persona import Persona
from bot.policy import access as admission
from bot.slack import threads
from bot.slack.api.client import Lane
from bot.slack.api.errors import Refused
from bot.slack.mrkdwn import escaped
from bot.slack.ui import home_view as home
from bot.slack.ui import persona_actions as forms
from bot.slack.ui.home_view import NOBODY
from bot.slack.ui.respond import Desk, Request
from bot.turns.state import Face
from bot.wording import results as told
from bot.wording.results import Told

log = logging.getLogger(__name__)

Json = dict[str, Any]

NO_THREAD = "Slack did not let me begin a thread in your direct messages. Please write to me there."


class Tab:
    def __init__(self, desk: Desk) -> None:
        self._desk, self._world, self._faces = desk, desk.world, desk.faces

    async def opened(self, _ack: AsyncAck, body: Json) -> None:
        event = body["event"]
        if event.get("tab") == "home":
            await home.publish(self._desk, str(event.get("user")), opened=True)

    async def mine(self, ack: AsyncAck, body: Json) -> None:
        """Somebody chooses who answers them in direct messages."""
        await ack()
        said = Request.of(body)
        if not said.value:
            return
        choice = Choose("persona", None if said.value == NOBODY else said.value, "me")
        await self._desk.seen_to(admin.act(choice, self._desk.in_private(said.user), self._world), said.trigger)
        await home.publish(self._desk, said.user)

    async def try_it(self, ack: AsyncAck, body: Json) -> None:
        """A thread in their direct messages, in which the persona answers."""
        await ack()
        said = Request.of(body)
        work = self._begin(self._desk.in_private(said.user), said.value)
        await self._desk.seen_to(work, said.trigger, elsewhere=True)

    async def _begin(self, asker: Asker, name: str) -> Told:
        if refusal := await admin.refused(Choose("persona", name, "me"), asker, self._world):
            return refusal
        rules = await self._world.prefs.rules(asker.thread, asker.user)
        if line := await admission.refusal(asker.user, asker.thread, rules, self._world):
            return told.told(line)
        persona = await self._world.prefs.persona(name)
        thread = await self._post(asker.user, persona)
        if thread is None:
            return told.told(NO_THREAD)
        await self._world.prefs.pin(thread, persona)
        return told.told(f"{told.named(persona)} awaits you in a new thread: see *Messages*, above.", changed=True)

    async def _post(self, user: str, persona: Persona) -> ThreadKey | None:
        """The thread's first message, with the persona's face if Slack lets us. None when there is none."""
        face = Face(persona.display_name, persona.icon)
        looks: Json = self._faces.of(face)
        hello: Json = {"text": f"{persona.name} answers in this thread.", "blocks": home.hello(persona)}
        for way in (looks, {}) if looks else ({},):
            try:
                posted = await self._desk.client.call(
                    "chat.postMessage", lane=Lane.INTERACTIVE, channel=user, **hello, **way
                )
            except BotError as error:
                log.info("no thread to try a persona in", extra={"user": user, "why": error.detail})
                if isinstance(error, Refused):
                    continue
                return None
            if looks and not way:
                self._faces.refuse(face)
            return threads.thread(self._desk.me.workspace, str(posted["channel"]), str(posted["ts"]))
        return None

    async def suggested(self, ack: AsyncAck, body: Json) -> None:
        """A suggested prompt is asked, once, as if the person had written it."""
        await ack()
        said = Request.of(body)
        if said.user and said.channel and said.root and said.value:
            await self._desk.seen_to(self._ask(said), said.trigger)

    async def _ask(self, said: Request) -> Told:
        """It has its place right after the message with the buttons, so that only one of them is asked, and once."""
        thread = threads.thread(self._desk.me.workspace, said.channel, said.root)
        persona = (await self._world.prefs.rules(thread, said.user)).persona
        message = Message(just_after(thread.root), said.user, literal(said.value))
        if await self._world.inbox.put(thread, message, addressed=True) != "new":
            return told.told("I was asked already in this thread. Please write what else you want to know.")
        content: Json = {"text": escaped(said.value), "blocks": home.hello(persona, said.value), "parse": "none"}
        await self._desk.attempt(
            self._desk.client.call(
                "chat.update", lane=Lane.INTERACTIVE, channel=thread.channel, ts=thread.root, **content
            )
        )
        return told.told("I answer in the thread.", changed=True)

    async def new(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        said = Request.of(body)
        await forms.open_form(self._desk, self._desk.in_private(said.user), OpenForm("new"), said)

    async def edit(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        said = Request.of(body)
        wanted = OpenForm("edit", said.value)
        await forms.open_form(self._desk, self._desk.in_private(said.user), wanted, said)
