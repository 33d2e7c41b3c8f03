"""Clicks, shortcuts and small forms in threads: acknowledged in time, obeyed, and the one who gave them is told.

Slack waits three seconds and asks only once; what takes longer goes on after the acknowledgement.
"""

import asyncio
import logging
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.commands.model import Choose, Explain, PickPersona, Rate, ThreadCommand
from bot.commands.reports import Personas
from bot.conversation.ids import ThreadKey
from bot.conversation.places import Ref
from bot.slack.inbound.workspaces import with_responder
from bot.slack.manifest import USE_PERSONA
from bot.slack.outbound.ephemeral import post_ephemeral
from bot.slack.ui import answer_controls as controls
from bot.slack.ui import block_kit, introduction, notices
from bot.slack.ui import thread_modals as modals
from bot.slack.ui.respond import Responder, acknowledged, in_time
from bot.wording.text import Markdown, Text

log = logging.getLogger(__name__)

Json = dict[str, Any]
InThread = ThreadCommand | Choose | Explain

FOR_ALL = ("following", "not-following")
"""What came of a command that everybody in the thread is told."""
MALFORMED = (KeyError, IndexError, TypeError, AttributeError, ValueError)


def register(app: AsyncApp) -> None:
    for action in controls.Action:
        app.action(str(action))(with_responder(lambda responder: Clicks(responder).clicked))
    app.shortcut(USE_PERSONA)(with_responder(lambda responder: Clicks(responder).shortcut))
    app.view(modals.PICK)(with_responder(lambda responder: Clicks(responder).chosen))
    app.view(modals.REASON)(with_responder(lambda responder: Clicks(responder).reasoned))


class Clicks:
    """The listeners, and what carries out a command in a thread wherever it came from."""

    def __init__(self, responder: Responder) -> None:
        self._responder = responder

    async def carry_out(self, command: InThread, user: str, *, begun: bool = True) -> None:
        """Obey, and tell the one who asked what there is to tell. `begun`: somebody has replied in the thread."""
        outcome = await self._responder.do(command, self._responder.actor(user))
        if outcome.changed and outcome.code in FOR_ALL:  # it concerns whoever writes there
            words = self._responder.words(self._responder.actor(user))
            said = words.say(f"{outcome.code}.all", user=Ref("user", user))
            if await introduction.tell_all(self._responder, thread_of(command), said):
                return
        await self._post_ephemeral(thread_of(command), user, outcome.text, begun=begun)

    async def clicked(self, ack: AsyncAck, body: Json) -> None:
        try:
            command, user = controls.clicked(body, self._responder.me), str(body["user"]["id"])
            trigger = str(body.get("trigger_id") or "")
        except MALFORMED as error:
            return await _malformed(ack, error)
        match command:
            case PickPersona():
                work = self._pick(command, user, trigger)
            case Rate(vote="down"):
                work = self._ask_why(command, user, trigger)
            case _:
                work = self.carry_out(command, user)
        await acknowledged(ack, work)

    async def shortcut(self, ack: AsyncAck, body: Json) -> None:
        try:
            command = PickPersona(controls.where(body, self._responder.me), controls.starter(body["message"]))
            user, trigger = str(body["user"]["id"]), str(body["trigger_id"])
        except MALFORMED as error:
            return await _malformed(ack, error)
        await acknowledged(ack, self._pick(command, user, trigger))

    async def chosen(self, ack: AsyncAck, body: Json) -> None:
        try:
            command, user = modals.chosen(body), str(body["user"]["id"])
        except MALFORMED as error:
            return await _malformed(ack, error)
        await self._submitted(ack, command, user)

    async def reasoned(self, ack: AsyncAck, body: Json) -> None:
        try:
            command, user = modals.reasoned(body), str(body["user"]["id"])
        except MALFORMED as error:
            return await _malformed(ack, error)
        if command.reason:
            await self._submitted(ack, command, user)
        else:
            await ack()

    async def _submitted(self, ack: AsyncAck, command: InThread, user: str) -> None:
        """Close the form. What there is to tell takes its place; thanks for a reason were said in its title."""
        actor = self._responder.actor(user)
        task, done = await in_time(self._responder.do(command, actor))
        if not done:
            await ack()
        outcome = await task
        shown = Text() if outcome.code == "rated" else outcome.text
        if done and shown.parts:
            view = notices.view("notice.bot", shown, self._responder.words(actor))
            await ack(response_action="update", view=view)
        elif done:
            await ack()
        else:
            await self._post_ephemeral(thread_of(command), user, shown)

    async def _pick(self, command: PickPersona, user: str, trigger: str) -> None:
        """Offer who could answer in the thread. The form opens before anything is looked up: it has three seconds."""
        actor = self._responder.actor(user)
        words = self._responder.words(actor)
        view_id = await self._responder.open(trigger, notices.loading("notice.pick", words))
        outcome = await self._responder.do(command, actor)
        if view_id is None:
            return await self._post_ephemeral(command.thread, user, Text((words.say("not-opened"),)))
        offered = outcome.result.shows if outcome.result is not None else None
        if isinstance(offered, Personas):
            view = modals.pick(command.thread, offered, words)
        else:
            view = notices.view("notice.pick", outcome.text, words)
        await self._responder.show(view_id, view)

    async def _ask_why(self, vote: Rate, user: str, trigger: str) -> None:
        """The form opens beside the counting of the vote; if there is nothing to count, it says so instead."""
        actor = self._responder.actor(user)
        words = self._responder.words(actor)
        opening = asyncio.ensure_future(self._responder.open(trigger, modals.reason(vote.thread, vote.newest, words)))
        outcome, view_id = await self._responder.do(vote, actor), await opening
        if view_id is None:
            await self._post_ephemeral(vote.thread, user, outcome.text)
        elif outcome.code != "rated":
            await self._responder.show(view_id, notices.view("notice.bot", outcome.text, words))

    async def _post_ephemeral(self, thread: ThreadKey, user: str, text: Text, *, begun: bool = True) -> None:
        """Tell one person alone, if there is anything to tell."""
        lines = [block_kit.mrkdwn(part) for part in text.parts if isinstance(part, Markdown)]
        if lines:
            await post_ephemeral(self._responder.client, thread, user, "\n".join(lines), begun=begun)


def thread_of(command: InThread) -> ThreadKey:
    where = command.where if isinstance(command, Choose | Explain) else command.thread
    assert isinstance(where, ThreadKey), "given in a thread"
    return where


async def _malformed(ack: AsyncAck, error: Exception) -> None:
    log.warning("malformed payload left out", extra={"why": type(error).__name__})
    await ack()
