"""Slash commands, the buttons under what they answer, and how these, the forms and the Home tab are heard."""

import re
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.commands import parse
from bot.commands.model import Command, Delete, ForgetMe, Help, OpenForm
from bot.slack import threads
from bot.slack.inbound.workspaces import at_desk
from bot.slack.ui import block_kit
from bot.slack.ui import home_view as home
from bot.slack.ui import persona_actions as forms
from bot.slack.ui import persona_modal as modals
from bot.slack.ui.home_actions import Tab
from bot.slack.ui.persona_actions import Forms
from bot.slack.ui.respond import Desk, Request
from bot.wording import results

Json = dict[str, Any]

_TAG = re.compile(r"<(@|#|!subteam\^)([A-Z0-9]+)(?:\|[^<>]*)?>")
_LINK = re.compile(r"<?https?://[^/\s<>]+/archives/([A-Z0-9]+)/p(\d{10})(\d{6})(\?[^\s<>|]*)?(?:\|[^<>]*)?>?")
_ROOT = re.compile(r"[?&;]thread_ts=(\d+\.\d+)")
_TOKENS = {"@": "@{%s}", "#": "#{%s}", "!subteam^": "@{group:%s}"}


def register(app: AsyncApp) -> None:
    """Before other listeners of `app_home_opened`: the first one that fits is the only one."""
    for command in parse.VERBS:
        app.command(command)(at_desk(lambda desk: Front(desk).command))
    app.action(block_kit.DELETE)(at_desk(lambda desk: Front(desk).delete))
    app.action(block_kit.FORGET)(at_desk(lambda desk: Front(desk).forget))
    app.view(modals.FORM)(at_desk(lambda desk: Forms(desk).saved))
    app.view(modals.IMPORT)(at_desk(lambda desk: Forms(desk).imported))
    app.action(modals.MORE_ROOM)(at_desk(lambda desk: Forms(desk).more_room))
    app.action(modals.PREVIEW)(at_desk(lambda desk: Forms(desk).preview))
    app.event("app_home_opened")(at_desk(lambda desk: Tab(desk).opened))
    app.action(home.MINE)(at_desk(lambda desk: Tab(desk).mine))
    app.action(home.TRY)(at_desk(lambda desk: Tab(desk).try_it))
    app.action(home.NEW)(at_desk(lambda desk: Tab(desk).new))
    app.action(home.EDIT)(at_desk(lambda desk: Tab(desk).edit))
    app.action(re.compile(rf"{home.SUGGESTED}_\d"))(at_desk(lambda desk: Tab(desk).suggested))


def neutral(text: str) -> str:
    """What somebody wrote after a slash command, with our tokens for what Slack encodes, and for links to threads
    (Slack docs: slash commands, escaping)."""
    return _TAG.sub(lambda tag: _TOKENS[tag[1]] % tag[2], _LINK.sub(_thread, text))


def _thread(link: re.Match[str]) -> str:
    """A link to a message in a thread names the thread; one to the first message has no `thread_ts`."""
    channel, seconds, fraction, query = link.groups()
    root = _ROOT.search(query or "")
    return f"#{{{channel}}}/{root[1] if root else f'{seconds}.{fraction}'}"


class Front:
    """The listeners of commands, and of the buttons under their answers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def command(self, ack: AsyncAck, body: Json) -> None:
        said = Request.of(body)
        actor = self._desk.actor(said.user, said.place)
        thread_of = partial(threads.thread, self._desk.me.workspace)
        match parse.read(str(body.get("command")), neutral(str(body.get("text") or "")), said.place, thread_of):
            case Help() as wanted:
                words = self._desk.words(actor)
                await ack(**block_kit.answer(results.help(wanted, words), words.say("more")))
            case OpenForm() as wanted:
                await ack()
                await forms.open_form(self._desk, actor, wanted, said)
            case command:
                if (await self._desk.answer(command, actor, ack, said)).changed:
                    await home.publish(self._desk, actor)

    async def delete(self, ack: AsyncAck, body: Json) -> None:
        """Delete a persona although it is in use: the button was the question."""
        await ack()
        said = Request.of(body)
        await self._do(Delete(said.value, anyway=True), said)

    async def forget(self, ack: AsyncAck, body: Json) -> None:
        """Forget all that somebody said: again the button was the question."""
        await ack()
        await self._do(ForgetMe(sure=True), Request.of(body))

    async def _do(self, command: Command, said: Request) -> None:
        actor = self._desk.actor(said.user, said.place)
        outcome = await self._desk.do(command, actor)
        await self._desk.tell(said, outcome.text, self._desk.words(actor), instead=True)
        if outcome.changed:
            await home.publish(self._desk, actor)
