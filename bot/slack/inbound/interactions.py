"""What do we do with clicks, shortcuts and small forms in threads? Acknowledge in time, act, and tell who asked.

Slack waits three seconds and asks only once; what takes longer goes on after the acknowledgement.
"""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.commands import threads as commands
from bot.commands.threads import Command, Rate, UsePersona
from bot.conversation.ids import ThreadKey
from bot.errors import BotError
from bot.slack import mrkdwn
from bot.slack.inbound.workspaces import at_desk
from bot.slack.outbound.ephemeral import whisper
from bot.slack.ui import answer_controls as views
from bot.slack.ui import thread_modals as dialogs
from bot.slack.ui.respond import BROKEN, SOON, Desk

log = logging.getLogger(__name__)

Json = dict[str, Any]

SHORTCUTS = ((dialogs.USE_PERSONA, "Use another persona", "Choose who answers in this thread"),)
"""For the manifest: callback id, name and description of what a message's menu offers."""
MALFORMED = (KeyError, IndexError, TypeError, AttributeError, ValueError)
LOADING = "One moment…"


def register(app: AsyncApp) -> None:
    for action in views.ACTIONS:
        app.action(action)(at_desk(lambda desk: Clicks(desk).clicked))
    app.shortcut(dialogs.USE_PERSONA)(at_desk(lambda desk: Clicks(desk).shortcut))
    app.view(dialogs.PERSONA)(at_desk(lambda desk: Clicks(desk).chosen))
    app.view(dialogs.REASON)(at_desk(lambda desk: Clicks(desk).reasoned))


class Clicks:
    """The listeners, and what carries out a command wherever it came from."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def carry_out(self, command: Command, *, begun: bool = True) -> None:
        """Act, and tell the one who asked what there is to tell. What is no trouble of ours to expect is logged.

        `begun`: somebody has replied in the thread.
        """
        if (told := await self._settled(command)) is not None:
            await whisper(self._desk.client, command.thread, command.user, mrkdwn.tagged(told), begun=begun)

    async def clicked(self, ack: AsyncAck, body: Json) -> None:
        try:
            command, trigger = views.clicked(body, self._desk.me), str(body.get("trigger_id") or "")
            starter = views.starter(body["message"])
        except MALFORMED as error:
            return await _malformed(ack, error)
        if command == "persona":
            work = self._choose(views.where(body, self._desk.me), str(body["user"]["id"]), starter, trigger)
        elif isinstance(command, Rate) and command.vote == "down":
            work = self._ask_why(command, trigger)
        else:
            work = self.carry_out(command)
        await _promptly(ack, work)

    async def shortcut(self, ack: AsyncAck, body: Json) -> None:
        try:
            thread, user = views.where(body, self._desk.me), str(body["user"]["id"])
            starter, trigger = views.starter(body["message"]), str(body["trigger_id"])
        except MALFORMED as error:
            return await _malformed(ack, error)
        await _promptly(ack, self._choose(thread, user, starter, trigger))

    async def chosen(self, ack: AsyncAck, body: Json) -> None:
        try:
            command = dialogs.chosen(body)
        except MALFORMED as error:
            return await _malformed(ack, error)
        await self._submitted(ack, command, show=True)

    async def reasoned(self, ack: AsyncAck, body: Json) -> None:
        try:
            command = dialogs.reasoned(body)
        except MALFORMED as error:
            return await _malformed(ack, error)
        if command.reason:
            await self._submitted(ack, command, show=False)
        else:
            await ack()

    async def _submitted(self, ack: AsyncAck, command: Command, *, show: bool) -> None:
        """Close the form. What there is to tell takes its place, if `show` or if it is not what was hoped for."""
        task = asyncio.ensure_future(self._settled(command))
        done, _ = await asyncio.wait({task}, timeout=SOON)
        if not done:
            await ack()
        told = await task
        shown = told is not None and (show or told != commands.THANKS)
        if done and shown:
            await ack(response_action="update", view=dialogs.notice(told or ""))
        elif done:
            await ack()
        elif shown:
            await whisper(self._desk.client, command.thread, command.user, mrkdwn.tagged(told or ""))

    async def _choose(self, thread: ThreadKey, user: str, starter: str | None, trigger: str) -> None:
        """Offer who could answer in the thread. The form opens before anything is looked up: it has three seconds."""
        view_id = await self._desk.open(trigger, dialogs.notice(LOADING, "Use another persona"))
        try:
            view = await self._choice(UsePersona(thread, user, "", starter))
        except BotError as trouble:
            view = dialogs.notice(str(trouble))
        if view_id is not None:
            await self._desk.show(view_id, view)
        else:
            await whisper(self._desk.client, thread, user, "Slack did not let me open the form. Please try again.")

    async def _choice(self, wish: UsePersona) -> Json:
        world = self._desk.world
        if refusal := await commands.refused(wish, world, own=await commands.owns(wish, world)):
            return dialogs.notice(refusal, "Use another persona")
        rules = await world.prefs.rules(wish.thread, wish.user)
        return dialogs.persona(wish.thread, wish.starter, await world.prefs.personas(), rules.persona.name)

    async def _ask_why(self, vote: Rate, trigger: str) -> None:
        """The form opens beside the counting of the vote; if there is nothing to count, it says so instead."""
        opening = asyncio.ensure_future(self._desk.open(trigger, dialogs.reason(vote.thread, vote.newest)))
        told, view_id = await self._settled(vote), await opening
        if view_id is None:
            await whisper(self._desk.client, vote.thread, vote.user, mrkdwn.tagged(told or ""))
        elif told != commands.THANKS:
            await self._desk.show(view_id, dialogs.notice(told or ""))

    async def _settled(self, command: Command) -> str | None:
        try:
            return await commands.act(command, self._desk.world)
        except BotError as trouble:
            return str(trouble) or BROKEN
        except Exception:
            log.exception("a command failed", extra={"in_thread": str(command.thread)})
            return BROKEN


async def _promptly(ack: AsyncAck, work: Awaitable[None]) -> None:
    """Acknowledge when the work is done, or before Slack grows impatient; the work goes on."""
    task = asyncio.ensure_future(work)
    await asyncio.wait({task}, timeout=SOON)
    await ack()
    await task


async def _malformed(ack: AsyncAck, error: Exception) -> None:
    log.warning("malformed payload left out", extra={"why": type(error).__name__})
    await ack()
