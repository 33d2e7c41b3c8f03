"""Tokens for programs: each is shown once, in a view that goes when it is closed, and never in a message."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.commands.model import Actor
from bot.commands.token_model import NewToken, RevokeToken
from bot.slack.ui import block_kit, notices
from bot.slack.ui import home_view as home
from bot.slack.ui.respond import Outcome, Request, Responder
from bot.usage import amounts
from bot.usage.budgets import NOTHING
from bot.wording import tokens
from bot.wording.text import Text
from bot.wording.words import Words

Json = dict[str, Any]

FORM, NAME, BUDGET, VALUE = "token_form", "name", "budget", "value"
MAX_NAME = 64  # characters


def form(words: Words) -> Json:
    """What a new token is to be called."""
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": block_kit.plain(words.label("notice.token")),
        "submit": block_kit.plain(words.label("button.send")),
        "close": block_kit.plain(words.label("button.cancel")),
        "blocks": [
            _field(NAME, "token.field", "token.hint", words),
            _field(BUDGET, "token.budget.field", "token.budget.hint", words, optional=True),
        ],
    }


def _field(name: str, label: str, hint: str, words: Words, *, optional: bool = False) -> Json:
    return {
        "type": "input",
        "block_id": name,
        "optional": optional,
        "label": block_kit.plain(words.label(label)),
        "hint": block_kit.plain(words.label(hint)),
        "element": {"type": "plain_text_input", "action_id": VALUE, "max_length": MAX_NAME},
    }


def view(outcome: Outcome, words: Words) -> Json:
    """The token, or why there is none."""
    made = outcome.result is not None and outcome.code == "token.made"
    text = Text(tokens.made(outcome.result, words)) if made and outcome.result is not None else outcome.text
    return notices.view("notice.token" if made else "notice.not-now", text, words)


async def show(responder: Responder, actor: Actor, wanted: NewToken, said: Request) -> None:
    """A view opens first, and the token is made then: one that cannot be shown is not made."""
    words = responder.words(actor)
    view_id = await responder.open(said.trigger, notices.loading("notice.token", words))
    if view_id is None:
        await responder.tell(said, Text((words.say("not-opened"),)), words)
        return
    outcome = await responder.do(wanted, actor)
    await responder.show(view_id, view(outcome, words))
    if outcome.changed:
        await home.publish(responder, actor)


class Tokens:
    """The listeners. Rights are asked again each time."""

    def __init__(self, responder: Responder) -> None:
        self._responder = responder

    async def new(self, ack: AsyncAck, body: Json) -> None:
        """The button of the Home tab."""
        await ack()
        said = Request.of(body)
        await self._responder.open(said.trigger, form(self._responder.words(self._responder.actor(said.user))))

    async def sent(self, ack: AsyncAck, body: Json) -> None:
        """The form with the name: the token takes its place."""
        said = Request.of(body)
        actor = self._responder.actor(said.user)
        words, budget = self._responder.words(actor), _value(said.view, BUDGET)
        numbers = amounts.numbers(budget.split()) if budget else NOTHING
        if numbers is None:
            await ack(response_action="errors", errors={BUDGET: words.label("token.budget.wrong")})
            return
        making = self._responder.do(NewToken(_value(said.view, NAME), numbers), actor)
        meanwhile = notices.loading("notice.token", words)
        outcome = await self._responder.in_place(ack, said, making, lambda made: view(made, words), meanwhile)
        if outcome.changed:
            await home.publish(self._responder, actor)

    async def revoke(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        said = Request.of(body)
        actor = self._responder.actor(said.user)
        await notices.see_to(self._responder, self._responder.do(RevokeToken(said.value), actor), actor, said.trigger)
        await home.publish(self._responder, actor)


def _value(view: Json, name: str) -> str:
    try:
        return str(view["state"]["values"][name][VALUE]["value"] or "").strip()
    except (KeyError, TypeError):
        return ""
