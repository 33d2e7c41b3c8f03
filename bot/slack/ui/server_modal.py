"""The form in which admins set a model's server of the workspace's own (Slack docs: modals, input block).

What was sent is replaced at once: the key stands in no view any more.
"""

import re
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.commands.model import Actor
from bot.commands.reports import ServerForm
from bot.commands.workspace_model import OpenServer, SetServer
from bot.slack.ui import block_kit as cards
from bot.slack.ui import home_view as home
from bot.slack.ui import notices
from bot.slack.ui.respond import Outcome, Request, Responder, in_time
from bot.wording.text import Text
from bot.wording.words import Words

Json = dict[str, Any]

FORM, VALUE = "server_form", "value"
URL, KEY, MODELS = "url", "key", "models"
LONGEST = {URL: 500, KEY: 500, MODELS: 3000}  # characters


def form(seen: ServerForm, words: Words) -> Json:
    written = {URL: seen.url, MODELS: ", ".join(seen.models)}
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": cards.plain(words.label("server.title")),
        "submit": cards.plain(words.label("button.save")),
        "close": cards.plain(words.label("button.cancel")),
        "blocks": [
            cards.section(words.say("server.about")),
            *(_field(name, written.get(name, ""), words) for name in (URL, KEY, MODELS)),
        ],
    }


def _field(name: str, written: str, words: Words) -> Json:
    element: Json = {"type": "plain_text_input", "action_id": VALUE, "max_length": LONGEST[name]}
    return {
        "type": "input",
        "block_id": name,
        "optional": name == KEY,
        "label": cards.plain(words.label(f"server.{name}")),
        "hint": cards.plain(words.label(f"server.{name}.hint")),
        "element": element | ({"initial_value": written} if written else {}),
    }


def read(view: Json) -> SetServer:
    """What the form asks for; empty for what it does not say."""
    models = dict.fromkeys(filter(None, re.split(r"[,\s]+", _written(view, MODELS))))
    return SetServer(_written(view, URL), tuple(models), _written(view, KEY))


def _written(view: Json, name: str) -> str:
    try:
        return str(view["state"]["values"][name][VALUE]["value"] or "").strip()
    except (KeyError, TypeError):
        return ""


async def show(responder: Responder, actor: Actor, said: Request) -> None:
    """Open the form for whoever may send it; say to others why not."""
    words = responder.words(actor)
    outcome = await responder.do(OpenServer(), actor)
    seen = outcome.result.shows if outcome.result is not None else None
    if not isinstance(seen, ServerForm):
        await responder.tell(said, outcome.text, words)
    elif await responder.open(said.trigger, form(seen, words)) is None:
        await responder.tell(said, Text((words.say("not-opened"),)), words)


class Servers:
    """The listeners. Rights are asked again each time."""

    def __init__(self, responder: Responder) -> None:
        self._responder = responder

    async def open(self, ack: AsyncAck, body: Json) -> None:
        """The button of the Home tab."""
        await ack()
        said = Request.of(body)
        await show(self._responder, self._responder.actor(said.user), said)

    async def sent(self, ack: AsyncAck, body: Json) -> None:
        """The server is tried, which may take longer than Slack waits: what comes of it takes the form's place."""
        said = Request.of(body)
        actor = self._responder.actor(said.user)
        words = self._responder.words(actor)
        task, done = await in_time(self._responder.do(read(said.view), actor))
        early = _view(task.result(), words) if done else notices.loading("notice.wait", words)
        await ack(response_action="update", view=early)
        outcome = await task
        if not done:
            await self._responder.show(str(said.view.get("id")), _view(outcome, words))
        if outcome.changed:
            await home.publish(self._responder, actor)


def _view(outcome: Outcome, words: Words) -> Json:
    return notices.view("notice.saved" if outcome.changed else "notice.not-saved", outcome.text, words)
