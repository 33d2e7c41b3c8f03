"""Clicks, shortcuts and small forms in threads: acknowledged in time, obeyed, and the one who gave them is told.

Slack waits three seconds and asks only once; what takes longer goes on after the acknowledgement.
"""

import asyncio
import logging
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot import wording
from bot.commands.model import Choose, Explain, PickPersona, Rate, ThreadCommand
from bot.commands.reports import Personas
from bot.conversation.ids import ThreadKey
from bot.slack.inbound.workspaces import at_desk
from bot.slack.outbound.ephemeral import whisper
from bot.slack.ui import answer_controls as controls
from bot.slack.ui import block_kit, notices
from bot.slack.ui import thread_modals as modals
from bot.slack.ui.respond import Desk, acknowledged, in_time
from bot.wording.text import Markdown, Text

log = logging.getLogger(__name__)

Json = dict[str, Any]
InThread = ThreadCommand | Choose | Explain

_MANIFEST = wording.of(wording.DEFAULT_LOCALE)
SHORTCUTS = ((modals.USE_PERSONA, _MANIFEST.label("notice.pick"), _MANIFEST.label("pick.about")),)
"""For the manifest: callback id, name and description of what a message's menu offers."""
MALFORMED = (KeyError, IndexError, TypeError, AttributeError, ValueError)


def register(app: AsyncApp) -> None:
    for action in controls.Action:
        app.action(str(action))(at_desk(lambda desk: Clicks(desk).clicked))
    app.shortcut(modals.USE_PERSONA)(at_desk(lambda desk: Clicks(desk).shortcut))
    app.view(modals.PICK)(at_desk(lambda desk: Clicks(desk).chosen))
    app.view(modals.REASON)(at_desk(lambda desk: Clicks(desk).reasoned))


class Clicks:
    """The listeners, and what carries out a command in a thread wherever it came from."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def carry_out(self, command: InThread, user: str, *, begun: bool = True) -> None:
        """Obey, and tell the one who asked what there is to tell. `begun`: somebody has replied in the thread."""
        outcome = await self._desk.do(command, self._desk.actor(user))
        await self._whisper(thread_of(command), user, outcome.text, begun=begun)

    async def clicked(self, ack: AsyncAck, body: Json) -> None:
        try:
            command, user = controls.clicked(body, self._desk.me), str(body["user"]["id"])
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
            command = PickPersona(controls.where(body, self._desk.me), controls.starter(body["message"]))
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
        actor = self._desk.actor(user)
        task, done = await in_time(self._desk.do(command, actor))
        if not done:
            await ack()
        outcome = await task
        shown = Text() if outcome.code == "rated" else outcome.text
        if done and shown.parts:
            view = notices.view("notice.bot", shown, self._desk.words(actor))
            await ack(response_action="update", view=view)
        elif done:
            await ack()
        else:
            await self._whisper(thread_of(command), user, shown)

    async def _pick(self, command: PickPersona, user: str, trigger: str) -> None:
        """Offer who could answer in the thread. The form opens before anything is looked up: it has three seconds."""
        actor = self._desk.actor(user)
        words = self._desk.words(actor)
        view_id = await self._desk.open(trigger, notices.loading("notice.pick", words))
        outcome = await self._desk.do(command, actor)
        if view_id is None:
            return await self._whisper(command.thread, user, Text((words.say("not-opened"),)))
        offered = outcome.result.shows if outcome.result is not None else None
        if isinstance(offered, Personas):
            view = modals.pick(command.thread, offered, words)
        else:
            view = notices.view("notice.pick", outcome.text, words)
        await self._desk.show(view_id, view)

    async def _ask_why(self, vote: Rate, user: str, trigger: str) -> None:
        """The form opens beside the counting of the vote; if there is nothing to count, it says so instead."""
        actor = self._desk.actor(user)
        words = self._desk.words(actor)
        opening = asyncio.ensure_future(self._desk.open(trigger, modals.reason(vote.thread, vote.newest, words)))
        outcome, view_id = await self._desk.do(vote, actor), await opening
        if view_id is None:
            await self._whisper(vote.thread, user, outcome.text)
        elif outcome.code != "rated":
            await self._desk.show(view_id, notices.view("notice.bot", outcome.text, words))

    async def _whisper(self, thread: ThreadKey, user: str, text: Text, *, begun: bool = True) -> None:
        """Tell one person alone, if there is anything to tell."""
        lines = [block_kit.mrkdwn(part) for part in text.parts if isinstance(part, Markdown)]
        if lines:
            await whisper(self._desk.client, thread, user, "\n".join(lines), begun=begun)


def thread_of(command: InThread) -> ThreadKey:
    where = command.where if isinstance(command, Choose | Explain) else command.thread
    assert isinstance(where, ThreadKey), "given in a thread"
    return where


async def _malformed(ack: AsyncAck, error: Exception) -> None:
    log.warning("malformed payload left out", extra={"why": type(error).__name__})
    await ack()
