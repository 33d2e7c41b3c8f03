"""Which slash commands are there, and how are they, the forms and the Home tab heard?"""

import re
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.commands import dispatch as admin
from bot.commands import parse as slash
from bot.commands.model import Asker, Command, Delete, Forget, ForgetLink, Help, OpenForm
from bot.slack import threads
from bot.slack.inbound.workspaces import at_desk
from bot.slack.ui import block_kit as cards
from bot.slack.ui import home_view as home
from bot.slack.ui import persona_actions as forms
from bot.slack.ui import persona_modal as modals
from bot.slack.ui.home_actions import Tab
from bot.slack.ui.persona_actions import Forms
from bot.slack.ui.respond import Desk, Request
from bot.wording import results as told

Json = dict[str, Any]

COMMANDS = (
    ("/persona", "Who answers here, and who else could", "list | show NAME | use NAME | new | edit NAME | help"),
    ("/threadbot", "Settings, usage and rights", "settings | model | policy | footer | usage | forget | admins | help"),
)
"""For the manifest: command, description, usage hint. Both want `should_escape`."""


def register(app: AsyncApp) -> None:
    """Before other listeners of `app_home_opened`: the first one that fits is the only one."""
    for command, _, _ in COMMANDS:
        app.command(command)(at_desk(lambda desk: Front(desk).command))
    app.action(cards.OFFERED["delete"])(at_desk(lambda desk: Front(desk).delete))
    app.action(cards.OFFERED["forget"])(at_desk(lambda desk: Front(desk).forget))
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


class Front:
    """The listeners of commands, and of the buttons under their answers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def command(self, ack: AsyncAck, body: Json) -> None:
        said = Request.of(body)
        asker = self._desk.asker(said)
        match slash.read(str(body.get("command")), str(body.get("text") or "")):
            case Help(command, problem, verb):
                await ack(**cards.answer(told.helped(problem, slash.usages(command, verb))))
            case OpenForm() as wanted:
                await ack()
                await forms.open_form(self._desk, asker, wanted, said)
            case ForgetLink(channel, root):
                thread = threads.thread(self._desk.me.workspace, channel, root)
                await self._act(Forget(thread), asker, ack, said)
            case command:
                await self._act(command, asker, ack, said)

    async def _act(self, command: Command, asker: Asker, ack: AsyncAck, said: Request) -> None:
        done = await self._desk.answer(admin.act(command, asker, self._desk.world), ack, said)
        if done.changed:
            await home.publish(self._desk, asker.user)

    async def delete(self, ack: AsyncAck, body: Json) -> None:
        """Delete a persona although it is in use: the button was the question."""
        await ack()
        said = Request.of(body)
        await self._do(Delete(said.value, anyway=True), said)

    async def forget(self, ack: AsyncAck, body: Json) -> None:
        """Forget all that somebody said: again the button was the question."""
        await ack()
        await self._do(Forget(sure=True), Request.of(body))

    async def _do(self, wanted: Command, said: Request) -> None:
        done = await self._desk.settled(admin.act(wanted, self._desk.asker(said), self._desk.world))
        await self._desk.tell(said, done, instead=True)
        if done.changed:
            await home.publish(self._desk, said.user)
