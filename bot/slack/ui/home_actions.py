"""The buttons and menus of the Home tab. Rights are asked again for each."""

import logging
from collections.abc import Sequence
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.commands.model import Actor, AskSuggested, Choose, Command, OpenForm, ShowAccess, TryPersona
from bot.commands.reports import WhoIsAnswered
from bot.conversation.ids import ThreadKey
from bot.conversation.mentions import literal
from bot.conversation.places import Direct
from bot.errors import BotError
from bot.personas.persona import Persona
from bot.policy.preferences import PERSONA
from bot.slack import threads
from bot.slack.api.client import Lane
from bot.slack.api.errors import Refused
from bot.slack.mrkdwn import escaped
from bot.slack.ui import home_settings, notices, workspace_modals
from bot.slack.ui import home_view as home
from bot.slack.ui import persona_actions as forms
from bot.slack.ui.home_view import NOBODY
from bot.slack.ui.respond import Outcome, Request, Responder
from bot.turns.state import Face
from bot.wording.text import Text
from bot.wording.words import Words

log = logging.getLogger(__name__)

Json = dict[str, Any]


class Tab:
    def __init__(self, responder: Responder) -> None:
        self._responder, self._faces = responder, responder.faces

    async def opened(self, _ack: AsyncAck, body: Json) -> None:
        event = body["event"]
        if event.get("tab") == "home":
            await home.publish(self._responder, self._responder.actor(str(event.get("user"))), opened=True)

    async def mine(self, ack: AsyncAck, body: Json) -> None:
        """Somebody chooses who answers them in direct messages."""
        await ack()
        said = Request.of(body)
        if not said.value:
            return
        actor = self._responder.actor(said.user)
        choice = Choose(PERSONA.name, None if said.value == NOBODY else said.value, "person", Direct())
        await notices.see_to(self._responder, self._responder.do(choice, actor), actor, said.trigger)
        await home.publish(self._responder, actor)

    async def try_it(self, ack: AsyncAck, body: Json) -> None:
        """A thread in their direct messages, in which the persona answers."""
        await ack()
        said = Request.of(body)
        actor = self._responder.actor(said.user)
        await notices.see_to(self._responder, self._begin(actor, said.value), actor, said.trigger, elsewhere=True)

    async def _begin(self, actor: Actor, name: str) -> Outcome:
        words, outcome = self._responder.words(actor), await self._responder.do(TryPersona(name), actor)
        persona = outcome.result.values.get("persona") if outcome.result is not None else None
        if not isinstance(persona, Persona):
            return outcome
        thread = await self._post(actor.user, persona, words)
        if thread is None:
            return Outcome(Text((words.say("try.no-thread"),)))
        chosen = await self._responder.do(Choose(PERSONA.name, persona.name, "thread", thread), actor)
        return Outcome(Text((words.say("try.ready", persona=persona),)), chosen.result) if chosen.changed else chosen

    async def _post(self, user: str, persona: Persona, words: Words) -> ThreadKey | None:
        """The thread's first message, with the persona's face if Slack lets us. None when there is none."""
        face = Face(persona.display_name, persona.icon)
        looks: Json = self._faces.of(face)
        notification = words.label("try.notification", name=persona.name)
        hello: Json = {"text": escaped(notification), "blocks": home.hello(persona, words)}
        for way in (looks, {}) if looks else ({},):
            try:
                posted = await self._responder.client.call(
                    "chat.postMessage", lane=Lane.INTERACTIVE, channel=user, **hello, **way
                )
            except BotError as error:
                log.info("no thread to try a persona in", extra={"user": user, "why": error.detail})
                if isinstance(error, Refused):
                    continue
                return None
            if looks and not way:
                self._faces.refuse(face)
            return threads.thread(self._responder.me.workspace, str(posted["channel"]), str(posted["ts"]))
        return None

    async def suggested(self, ack: AsyncAck, body: Json) -> None:
        """A suggested prompt is asked, once, as if the person had written it."""
        await ack()
        said = Request.of(body)
        if not (said.user and said.channel and said.root and said.value):
            return
        actor = self._responder.actor(said.user)
        thread = threads.thread(self._responder.me.workspace, said.channel, said.root)
        work = self._responder.do(AskSuggested(thread, literal(said.value)), actor)
        outcome = await notices.see_to(self._responder, work, actor, said.trigger)
        persona = outcome.result.values.get("persona") if outcome.result is not None else None
        if isinstance(persona, Persona):
            blocks = home.hello(persona, self._responder.words(actor), said.value)
            content: Json = {"text": escaped(said.value), "blocks": blocks, "parse": "none"}
            await self._responder.attempt(
                self._responder.client.call(
                    "chat.update", lane=Lane.INTERACTIVE, channel=thread.channel, ts=thread.root, **content
                )
            )

    async def new(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        said = Request.of(body)
        await forms.open_form(self._responder, self._responder.actor(said.user), OpenForm("new"), said)

    async def edit(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        said = Request.of(body)
        await forms.open_form(self._responder, self._responder.actor(said.user), OpenForm("edit", said.value), said)


class WorkspaceSettings:
    """What admins change of the workspace."""

    def __init__(self, responder: Responder) -> None:
        self._responder = responder

    async def set(self, ack: AsyncAck, body: Json) -> None:
        """A menu; what was chosen shows by itself."""
        await ack()
        said = Request.of(body)
        choice = home_settings.chosen(said.action, said.value)
        if choice is None:
            return
        actor = self._responder.actor(said.user)
        await notices.see_to(self._responder, self._responder.do(choice, actor), actor, said.trigger)
        await home.publish(self._responder, actor)

    async def name_model(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        said = Request.of(body)
        words = self._responder.words(self._responder.actor(said.user))
        await self._responder.open(said.trigger, workspace_modals.model(words))

    async def model_named(self, ack: AsyncAck, body: Json) -> None:
        await self._done(ack, body, list(workspace_modals.named(Request.of(body).view)))

    async def access(self, ack: AsyncAck, body: Json) -> None:
        """A view opens first, and what it shows is found out then: the trigger does not wait."""
        await ack()
        said = Request.of(body)
        actor = self._responder.actor(said.user)
        words = self._responder.words(actor)
        view_id = await self._responder.open(said.trigger, notices.loading("access.form.title", words))
        if view_id is None:
            return
        outcome = await self._responder.do(ShowAccess(), actor)
        seen = outcome.result.shows if outcome.result is not None else None
        if isinstance(seen, WhoIsAnswered):
            view = workspace_modals.access(seen.access, words)
        else:
            view = notices.view("notice.not-now", outcome.text, words)
        await self._responder.show(view_id, view)

    async def access_sent(self, ack: AsyncAck, body: Json) -> None:
        await self._done(ack, body, list(workspace_modals.wanted(Request.of(body).view)))

    async def _done(self, ack: AsyncAck, body: Json, wanted: Sequence[Command]) -> None:
        said = Request.of(body)
        actor = self._responder.actor(said.user)
        if await notices.do_all(self._responder, ack, said, wanted, actor, "access.form.nothing"):
            await home.publish(self._responder, actor)
