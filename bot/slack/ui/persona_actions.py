"""The forms for personas: opening them, more room, more fields, preview, and what was sent.

The views are in `persona_modal`.
"""

from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.commands.model import Actor, Choose, OpenForm, Preview, ReadFile, Save
from bot.commands.reports import Form, Overtaken, Problems
from bot.conversation.places import Direct
from bot.errors import Problem
from bot.personas.persona import Persona
from bot.policy.preferences import PERSONA
from bot.slack import threads
from bot.slack.ui import block_kit, notices
from bot.slack.ui import home_view as home
from bot.slack.ui import persona_modal as modals
from bot.slack.ui.persona_modal import Draft
from bot.slack.ui.respond import Outcome, Request, Responder, in_time
from bot.wording import reports
from bot.wording.text import Text
from bot.wording.words import Words

Json = dict[str, Any]


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


async def open_form(responder: Responder, actor: Actor, wanted: OpenForm, said: Request) -> None:
    """A view opens first, and what it shows is found out then: the trigger does not wait."""
    words = responder.words(actor)
    view_id = await responder.open(said.trigger, notices.loading("notice.persona", words))
    if view_id is None:
        await responder.tell(said, Text((words.say("not-opened"),)), words)
        return
    outcome = await responder.do(wanted, actor)
    form = outcome.result.shows if outcome.result is not None else None
    if not isinstance(form, Form):
        refused = outcome.result is not None and (outcome.result.refused or outcome.code == "not-admitted")
        view = notices.view("notice.not-allowed" if refused else "notice.not-now", outcome.text, words)
    elif wanted.kind == "import":
        view = modals.import_form(Draft({}, where=said.channel), words)
    else:
        view = modals.form(replace(_draft(form), where=said.channel), words)
    await responder.show(view_id, view)


def _draft(form: Form) -> Draft:
    return modals.EMPTY if form.persona is None else modals.filled(form.persona, based_on=form.based_on)


class Forms:
    """The listeners. Rights are asked again each time: a form outlives a right that was taken away."""

    def __init__(self, responder: Responder) -> None:
        self._responder = responder

    async def more_room(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        view, words = Request.of(body).view, self._words(body)
        draft, warning = modals.with_more_room(modals.read(view)), modals.warning(view)
        make = modals.import_form if view.get("callback_id") == modals.IMPORT else modals.form
        await self._responder.show(str(view.get("id")), make(draft, words, warning), view.get("hash"))

    async def all_fields(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        view, words = Request.of(body).view, self._words(body)
        form = modals.form(modals.with_all_fields(modals.read(view)), words, modals.warning(view))
        await self._responder.show(str(view.get("id")), form, view.get("hash"))

    async def preview(self, ack: AsyncAck, body: Json) -> None:
        """What the draft answers, in a view above the form. One at a time for each person."""
        await ack()
        said, words = Request.of(body), self._words(body)
        waiting = notices.view("notice.preview", Text((words.say("preview.running"),)), words, close="button.back")
        view_id = await self._responder.open(said.trigger, waiting, push=True)
        if view_id is None:
            refused = block_kit.mrkdwn(words.say("preview.not-opened"))
            await self._responder.show(str(said.view.get("id")), modals.form(modals.read(said.view), words, refused))
            return
        draft = modals.read(said.view)  # shown again, so that nothing typed is lost under the preview
        await self._responder.show(str(said.view.get("id")), modals.form(draft, words, modals.warning(said.view)))
        shown = await self._preview(draft, self._responder.actor(said.user), words)
        await self._responder.show(view_id, notices.view("notice.preview", shown, words, close="button.back"))

    async def _preview(self, draft: Draft, actor: Actor, words: Words) -> Text:
        if actor.user in self._responder.previewing:
            return Text((words.say("preview.busy"),))
        self._responder.previewing.add(actor.user)
        try:
            question = draft.written.get(modals.QUESTION) or words.label("form.question.default")
            outcome = await self._responder.do(Preview(draft.fields, question), actor)
        finally:
            self._responder.previewing.discard(actor.user)
        problems = _problems(outcome)
        if not problems:
            return outcome.text
        return Text((words.say("preview.invalid"), *reports.problems(problems, "preview.problem", words)))

    async def imported(self, ack: AsyncAck, body: Json) -> None:
        """The YAML is read, and shown as a form: nothing is saved yet."""
        view, actor, words = Request.of(body).view, self._actor(body), self._words(body)
        await self._answer(ack, view, words, self._imported(view, actor, words))

    async def _imported(self, view: Json, actor: Actor, words: Words) -> Reply:
        outcome = await self._responder.do(ReadFile(modals.read(view).written.get("yaml", "")), actor)
        form = outcome.result.shows if outcome.result is not None else None
        if outcome.result is None or not isinstance(form, Form):
            return self._refused(view, outcome, words, "notice.not-allowed")
        there = outcome.result.values.get("there")
        warning = words.say("form.exists", persona=there) if isinstance(there, Persona) else None
        form_again = replace(_draft(form), where=modals.read(view).where)
        return Reply("update", modals.form(form_again, words, block_kit.mrkdwn(warning) if warning else ""))

    async def saved(self, ack: AsyncAck, body: Json) -> None:
        view, actor, words = Request.of(body).view, self._actor(body), self._words(body)
        if (await self._answer(ack, view, words, self._saved(view, actor, words))).saved:
            await home.publish(self._responder, actor)

    async def _saved(self, view: Json, actor: Actor, words: Words) -> Reply:
        draft = modals.read(view)
        outcome = await self._responder.do(Save(draft.fields, draft.based_on if draft.name else None), actor)
        if outcome.result is not None and isinstance(outcome.result.shows, Overtaken):
            return self._overtaken(draft, outcome.result.shows, words)
        if outcome.code == "persona.taken":
            return Reply("errors", errors=modals.errors(view, {"name": Problem("wrong.taken")}, words))
        if outcome.changed:
            return Reply("update", self._saved_view(draft, outcome, words), saved=True)
        return self._refused(view, outcome, words, "notice.not-saved")

    def _saved_view(self, draft: Draft, outcome: Outcome, words: Words) -> Json:
        """It says so, and offers to let the persona answer where the form was asked for."""
        view = notices.view("notice.saved", outcome.text, words)
        persona = outcome.result.values.get("persona") if outcome.result is not None else None
        if draft.where and isinstance(persona, Persona):
            use = block_kit.button(words.label("button.use-here"), modals.USE_HERE, f"{draft.where} {persona.name}")
            view["blocks"] = [*view["blocks"], {"type": "actions", "elements": [use]}]
        return view

    async def use_here(self, ack: AsyncAck, body: Json) -> None:
        """The persona that was saved answers where the form was asked for."""
        await ack()
        said, words = Request.of(body), self._words(body)
        channel, _, name = said.value.partition(" ")
        place = threads.place(channel)
        choice = Choose(PERSONA.name, name, "person" if isinstance(place, Direct) else "channel", place)
        outcome = await self._responder.do(choice, self._responder.actor(said.user, place))
        title = "notice.done" if outcome.changed else "notice.not-now"
        await self._responder.show(str(said.view.get("id")), notices.view(title, outcome.text, words))

    def _refused(self, view: Json, outcome: Outcome, words: Words, title: str) -> Reply:
        """What is wrong at the fields; what is wrong with none of them, in a view above or at the long text."""
        if problems := _problems(outcome):
            return Reply("errors", errors=modals.errors(view, problems, words))
        if outcome.result is not None:
            return Reply("push", notices.view(title, outcome.text, words))
        return Reply("errors", errors=modals.at_long_text(view, block_kit.summary(outcome.text)))

    def _overtaken(self, draft: Draft, overtaken: Overtaken, words: Words) -> Reply:
        """Somebody was faster. What was typed stays, and may be saved over it, now knowingly."""
        warning = block_kit.mrkdwn(reports.overtaken(overtaken, words))
        based_on = overtaken.current.version if overtaken.current else None
        return Reply("update", modals.form(modals.based_on(draft, based_on), words, warning))

    async def _answer(self, ack: AsyncAck, view: Json, words: Words, work: Awaitable[Reply]) -> Reply:
        """Acknowledge with what becomes of the form, or show it later: what was typed is not lost in either case."""
        task, done = await in_time(work)
        if done:
            await ack(**task.result().acknowledgement)
            return task.result()
        await ack(response_action="update", view=notices.loading("notice.wait", words))
        reply = await task
        await self._responder.show(str(view.get("id")), reply.view or modals.again(view, reply.errors, words))
        return reply

    def _actor(self, body: Json) -> Actor:
        return self._responder.actor(Request.of(body).user)

    def _words(self, body: Json) -> Words:
        return self._responder.words(self._actor(body))


def _problems(outcome: Outcome) -> dict[str, Problem]:
    shows = outcome.result.shows if outcome.result is not None else None
    return dict(shows.fields) if isinstance(shows, Problems) else {}
