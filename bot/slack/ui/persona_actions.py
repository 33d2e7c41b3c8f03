"""What becomes of the forms for personas: opening, more room, preview, and what was sent? The views are in `modals`."""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.commands import dispatch as admin
from bot.commands import preview as trial
from bot.commands.model import Asker, OpenForm, Save
from bot.errors import BotError
from bot.personas import form as persona_form
from bot.personas import persona as personas
from bot.personas import yaml as persona_yaml
from bot.personas.persona import Invalid, Persona
from bot.policy.preferences import Conflict, Unknown
from bot.ports import World
from bot.slack.ui import home_view as home
from bot.slack.ui import persona_modal as modals
from bot.slack.ui.persona_modal import Draft
from bot.slack.ui.respond import BROKEN, LOADING, Desk, Request, soon
from bot.wording import results as told
from bot.wording.results import Told

log = logging.getLogger(__name__)

Json = dict[str, Any]

NOT_OPENED = "Slack did not let me open the form. Please try again."
TAKEN = "There is a persona of this name already; choose another name, or edit that one."


@dataclass(frozen=True, slots=True)
class Reply:
    """What a form that was sent is answered with: another view, or what is wrong at which field. `saved`: it is."""

    action: str
    view: Json = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    saved: bool = False

    @property
    def acknowledgement(self) -> Json:
        return {"response_action": self.action} | ({"errors": self.errors} if self.errors else {"view": self.view})


async def open_form(desk: Desk, asker: Asker, wanted: OpenForm, said: Request) -> None:
    """A view opens first, and what it shows is found out then: the trigger does not wait."""
    view_id = await desk.open(said.trigger, modals.notice("Persona", LOADING))
    if view_id is None:
        await desk.tell(said, told.told(NOT_OPENED))
        return
    await desk.show(view_id, await _form(wanted, asker, desk.world))


async def _form(wanted: OpenForm, asker: Asker, world: World) -> Json:
    try:
        if refusal := await admin.refused(wanted, asker, world):
            return modals.notice("Not allowed", refusal)
        if wanted.kind == "import":
            return modals.import_form(Draft({}))
        if wanted.kind == "new":
            return modals.form(modals.EMPTY)
        persona = await world.prefs.persona(wanted.name)
        if personas.key(persona.name) == personas.DEFAULT:
            return modals.notice(
                "Not here", told.told("This one comes from the operator's settings. Copy it, and edit the copy.")
            )
        return modals.form(modals.filled(persona, based_on=persona.version))
    except Unknown as unknown:
        return modals.notice("No such persona", admin.unknown(unknown, wanted.name))
    except BotError as trouble:
        return modals.notice("Not now", told.told(told.plain(str(trouble))))


class Forms:
    """The listeners. Rights are asked anew each time: a form outlives a right that was taken away."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._world = desk, desk.world

    async def more_room(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        view = Request.of(body).view
        draft, warning = modals.with_more_room(modals.read(view)), modals.warning(view)
        make = modals.import_form if view.get("callback_id") == modals.IMPORT else modals.form
        shown = make(draft, warning)
        await self._desk.show(str(view.get("id")), shown, view.get("hash"))

    async def preview(self, ack: AsyncAck, body: Json) -> None:
        """What the draft answers, in a view above the form. One at a time for each person."""
        await ack()
        said, asker = Request.of(body), self._asker(body)
        waiting = modals.notice("Preview", told.told("The draft is answering…"), close="Back")
        view_id = await self._desk.open(said.trigger, waiting, push=True)
        if view_id is None:
            return
        draft = modals.read(said.view)  # shown again, so that nothing typed is lost under the preview
        await self._desk.show(str(said.view.get("id")), modals.form(draft, modals.warning(said.view)))
        if asker.user in self._desk.trying:
            shown = told.told("I am still answering your last question. Please wait a moment.")
        else:
            self._desk.trying.add(asker.user)
            try:
                shown = await self._preview(draft, asker)
            finally:
                self._desk.trying.discard(asker.user)
        await self._desk.show(view_id, modals.notice("Preview", shown, close="Back"))

    async def _preview(self, draft: Draft, asker: Asker) -> Told:
        try:
            question = draft.written.get(modals.QUESTION) or modals.DEFAULT_QUESTION
            return await trial.answer(persona_form.check(draft.fields), question, asker, self._world)
        except Invalid as wrong:
            lines = [
                f"• {told.plain(told.label(name))}: {told.plain(problem)}" for name, problem in wrong.errors.items()
            ]
            return told.told("This draft cannot answer yet:", *lines)
        except BotError as trouble:
            return told.told(told.plain(str(trouble)))
        except Exception:
            log.exception("a preview failed")
            return told.told(BROKEN)

    async def imported(self, ack: AsyncAck, body: Json) -> None:
        """The YAML is read, and shown as a form: nothing is saved yet."""
        view = Request.of(body).view
        await self._answer(ack, view, self._imported(view, self._asker(body)))

    async def _imported(self, view: Json, asker: Asker) -> Reply:
        if refusal := await admin.refused(OpenForm("import"), asker, self._world):
            return Reply("push", modals.notice("Not allowed", refusal))
        persona = persona_yaml.from_yaml(modals.read(view).written.get("yaml", ""))
        return Reply("update", await self._as_form(persona))

    async def _as_form(self, persona: Persona) -> Json:
        try:
            there = await self._world.prefs.persona(persona.name)
        except Unknown:
            return modals.form(modals.filled(persona, based_on=None))
        warning = f"{told.named(there)} is there already. What you save becomes its next version."
        return modals.form(modals.filled(persona, based_on=there.version), warning)

    async def saved(self, ack: AsyncAck, body: Json) -> None:
        view, asker = Request.of(body).view, self._asker(body)
        if (await self._answer(ack, view, self._saved(view, asker))).saved:
            await home.publish(self._desk, asker.user)

    async def _saved(self, view: Json, asker: Asker) -> Reply:
        draft = modals.read(view)
        try:
            save = Save(persona_form.check(draft.fields), draft.based_on if draft.name else None)
            said = await admin.act(save, asker, self._world)
        except Conflict as conflict:
            return await self._overtaken(view, draft, conflict)
        if not said.changed:
            return Reply("push", modals.notice("Not saved", said))
        return Reply("update", modals.notice("Saved", said), saved=True)

    async def _answer(self, ack: AsyncAck, view: Json, work: Awaitable[Reply]) -> Reply:
        """Acknowledge with what becomes of the form, or show it later: what was typed is not lost in either case."""
        task = asyncio.ensure_future(self._settled(view, work))
        if await soon(task):
            await ack(**task.result().acknowledgement)
            return task.result()
        await ack(response_action="update", view=modals.notice("One moment", LOADING))
        reply = await task
        await self._desk.show(str(view.get("id")), reply.view or modals.again(view, reply.errors))
        return reply

    async def _settled(self, view: Json, work: Awaitable[Reply]) -> Reply:
        try:
            return await work
        except Invalid as invalid:
            wrong = invalid.errors
        except BotError as trouble:
            wrong = {"": str(trouble)}
        except Exception:
            log.exception("a form failed")
            wrong = {"": BROKEN}
        return Reply("errors", errors=modals.errors(view, wrong))

    async def _overtaken(self, view: Json, draft: Draft, conflict: Conflict) -> Reply:
        """Somebody was faster. What was typed stays, and may be saved over it, now knowingly."""
        if not draft.name:
            return Reply("errors", errors=modals.errors(view, {"name": TAKEN}))
        warning = await self._who_was_faster(draft.name, conflict)
        based_on = conflict.current.version if conflict.current else None
        return Reply("update", modals.form(modals.based_on(draft, based_on), warning))

    async def _who_was_faster(self, name: str, conflict: Conflict) -> str:
        latest = next(iter(await self._world.prefs.history(name)), None)
        who = (
            f"<@{latest.by}> {'changed' if conflict.current else 'deleted'} it {told.when(latest.at)}" if latest else ""
        )
        kept = "What you wrote stands below; saving it makes the next version."
        return f"{who or 'Somebody else has changed it meanwhile'}. {kept} `/persona history {told.plain(name)}`"

    def _asker(self, body: Json) -> Asker:
        return self._desk.asker(replace(Request.of(body), channel=""))  # a form is in no channel
