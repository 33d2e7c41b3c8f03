"""Slash commands, the buttons under what they answer, and how these, the forms and the Home tab are heard."""

import asyncio
import re
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.commands import parse
from bot.commands.model import Actor, Command, Delete, Help, OpenForm
from bot.commands.privacy_model import ForgetHere, ForgetMe, ShowForgetting
from bot.commands.token_model import NewToken
from bot.commands.usage_model import ShowUsage
from bot.commands.workspace_model import OpenServer
from bot.slack import threads
from bot.slack.inbound.workspaces import with_responder
from bot.slack.ui import block_kit, budget_modal, home_settings, server_modal, token_actions, workspace_modals
from bot.slack.ui import home_view as home
from bot.slack.ui import persona_actions as forms
from bot.slack.ui import persona_modal as modals
from bot.slack.ui.budget_actions import Allowances
from bot.slack.ui.home_actions import Tab, WorkspaceSettings
from bot.slack.ui.persona_actions import Forms
from bot.slack.ui.respond import Outcome, Request, Responder
from bot.slack.ui.server_modal import Servers
from bot.slack.ui.token_actions import Tokens
from bot.slack.ui.workspace_actions import Workspaces
from bot.wording import results

Json = dict[str, Any]

FIRST_LOOK, LAST_LOOK, LOOKED_EVERY = 5.0, 1500.0, 1.0
"""Seconds until it is told how far something is, five times as many until it is told again; and between two looks."""
_TAG = re.compile(r"<(@|#|!subteam\^)([A-Z0-9]+)(?:\|[^<>]*)?>")
_LINK = re.compile(r"<?https?://[^/\s<>]+/archives/([A-Z0-9]+)/p(\d{10})(\d{6})(\?[^\s<>|]*)?(?:\|[^<>]*)?>?")
_ROOT = re.compile(r"[?&;]thread_ts=(\d+\.\d+)")
_TOKENS = {"@": "@{%s}", "#": "#{%s}", "!subteam^": "@{group:%s}"}


def register(app: AsyncApp) -> None:
    """Before other listeners of `app_home_opened`: the first one that fits is the only one."""
    for command in parse.VERBS:
        app.command(command)(with_responder(lambda responder: Front(responder).command))
    app.action(block_kit.DELETE)(with_responder(lambda responder: Front(responder).delete))
    app.action(block_kit.FORGET)(with_responder(lambda responder: Front(responder).forget))
    app.action(block_kit.FORGET_ANSWERS)(with_responder(lambda responder: Front(responder).forget_answers))
    app.action(block_kit.USAGE)(with_responder(lambda responder: Front(responder).usage_file))
    app.action(home_settings.BUDGETS)(with_responder(lambda responder: Allowances(responder).form))
    app.view(budget_modal.FORM)(with_responder(lambda responder: Allowances(responder).sent))
    app.action(block_kit.MORE)(with_responder(lambda responder: Allowances(responder).more))
    app.action(block_kit.CHEAPER)(with_responder(lambda responder: Allowances(responder).cheaper))
    app.action(re.compile(rf"{block_kit.DECIDE}_\w+"))(with_responder(lambda responder: Allowances(responder).decide))
    app.action(f"{block_kit.ADMIT}_yes")(with_responder(lambda responder: Workspaces(responder).approve))
    app.action(f"{block_kit.ADMIT}_no")(with_responder(lambda responder: Workspaces(responder).refuse))
    app.action(home.SERVER)(with_responder(lambda responder: Servers(responder).open))
    app.view(server_modal.FORM)(with_responder(lambda responder: Servers(responder).sent))
    app.action(block_kit.FUSE)(with_responder(lambda responder: Allowances(responder).lift))
    app.view(modals.FORM)(with_responder(lambda responder: Forms(responder).saved))
    app.view(modals.IMPORT)(with_responder(lambda responder: Forms(responder).imported))
    app.action(modals.MORE_ROOM)(with_responder(lambda responder: Forms(responder).more_room))
    app.action(modals.ALL_FIELDS)(with_responder(lambda responder: Forms(responder).all_fields))
    app.action(modals.USE_HERE)(with_responder(lambda responder: Forms(responder).use_here))
    app.action(modals.PREVIEW)(with_responder(lambda responder: Forms(responder).preview))
    app.event("app_home_opened")(with_responder(lambda responder: Tab(responder).opened))
    app.action(home.MINE)(with_responder(lambda responder: Tab(responder).mine))
    app.action(re.compile(rf"{home_settings.SET}_\w+"))(
        with_responder(lambda responder: WorkspaceSettings(responder).set)
    )
    app.action(home_settings.NAME_MODEL)(with_responder(lambda responder: WorkspaceSettings(responder).name_model))
    app.view(workspace_modals.MODEL_FORM)(with_responder(lambda responder: WorkspaceSettings(responder).model_named))
    app.action(home_settings.ACCESS)(with_responder(lambda responder: WorkspaceSettings(responder).access))
    app.view(workspace_modals.ACCESS_FORM)(with_responder(lambda responder: WorkspaceSettings(responder).access_sent))
    app.action(home.TRY)(with_responder(lambda responder: Tab(responder).try_it))
    app.action(home.TOKEN)(with_responder(lambda responder: Tokens(responder).new))
    app.action(home.REVOKE)(with_responder(lambda responder: Tokens(responder).revoke))
    app.view(token_actions.FORM)(with_responder(lambda responder: Tokens(responder).sent))
    app.action(home.NEW)(with_responder(lambda responder: Tab(responder).new))
    app.action(home.EDIT)(with_responder(lambda responder: Tab(responder).edit))
    app.action(re.compile(rf"{home.SUGGESTED}_\d"))(with_responder(lambda responder: Tab(responder).suggested))


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

    def __init__(self, responder: Responder) -> None:
        self._responder = responder

    async def command(self, ack: AsyncAck, body: Json) -> None:
        said = Request.of(body)
        actor = self._responder.actor(said.user, said.place)
        match self._read(str(body.get("command")), neutral(str(body.get("text") or "")), said):
            case Help() as wanted:
                words = self._responder.words(actor)
                await ack(**block_kit.answer(results.help(wanted, words), words.say("more")))
            case OpenForm() as wanted:
                await ack()
                await forms.open_form(self._responder, actor, wanted, said)
            case NewToken() as wanted:
                await ack()
                await token_actions.show(self._responder, actor, wanted, said)
            case OpenServer():
                await ack()
                await server_modal.show(self._responder, actor, said)
            case command:
                outcome = await self._responder.answer(command, actor, ack, said)
                if outcome.changed:
                    await home.publish(self._responder, actor)
                await self._follow(outcome, actor, said)

    def _read(self, command: str, text: str, said: Request) -> Command | Help:
        return parse.read(command, text, said.place, partial(threads.thread, self._responder.me.workspace))

    async def usage_file(self, ack: AsyncAck, body: Json) -> None:
        """What was used, as a file. The report that the button stands under stays."""
        await ack()
        said = Request.of(body)
        command = self._read("/threadbot", f"usage {said.value}", said)
        if isinstance(command, ShowUsage):
            await self._do(command, said, instead=False)

    async def delete(self, ack: AsyncAck, body: Json) -> None:
        """Delete a persona although it is in use: the button was the question."""
        await ack()
        said = Request.of(body)
        await self._do(Delete(said.value, anyway=True), said)

    async def forget(self, ack: AsyncAck, body: Json) -> None:
        """Forget all that somebody said: again the button was the question."""
        await ack()
        await self._do(ForgetMe(sure=True), Request.of(body))

    async def forget_answers(self, ack: AsyncAck, body: Json) -> None:
        """The same, with the answers."""
        await ack()
        await self._do(ForgetMe(sure=True, answers=True), Request.of(body))

    async def _do(self, command: Command, said: Request, *, instead: bool = True) -> None:
        actor = self._responder.actor(said.user, said.place)
        outcome = await self._responder.do(command, actor)
        await self._responder.tell(said, outcome.text, self._responder.words(actor), instead=instead)
        if outcome.changed:
            await home.publish(self._responder, actor)
        await self._follow(outcome, actor, said)

    async def _follow(self, outcome: Outcome, actor: Actor, said: Request) -> None:
        """Tell how far it is with what takes longer, a few times, and when it is done: a `response_url` takes five
        answers in half an hour."""
        pause, words = FIRST_LOOK, self._responder.words(actor)
        while outcome.code == "forget.under-way" and pause < LAST_LOOK and outcome.result is not None:
            wanted = outcome.result.values["what"]
            assert isinstance(wanted, ForgetMe | ForgetHere), "what takes longer"
            give_up = asyncio.get_running_loop().time() + pause
            while outcome.code == "forget.under-way" and asyncio.get_running_loop().time() < give_up:
                await asyncio.sleep(LOOKED_EVERY)
                outcome = await self._responder.do(ShowForgetting(wanted), actor)
            await self._responder.tell(said, outcome.text, words, instead=True)
            pause *= 5
