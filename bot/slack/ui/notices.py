"""Views that only say something (Slack docs: modals)."""

from collections.abc import Awaitable, Sequence
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.commands.model import Actor, Command
from bot.slack.ui import block_kit
from bot.slack.ui.respond import Outcome, Request, Responder, in_time
from bot.wording.text import Text
from bot.wording.words import Words

Json = dict[str, Any]

NOTICE = "notice"
MAX_TITLE = 24  # characters


def view(title: str, text: Text, words: Words, close: str = "button.close") -> Json:
    """`title` and `close` are codes of words."""
    return {
        "type": "modal",
        "callback_id": NOTICE,
        "title": block_kit.plain(words.label(title)[:MAX_TITLE]),
        "close": block_kit.plain(words.label(close)),
        "blocks": block_kit.blocks(Text(text.plainly.parts), words.say("more")),
    }


def loading(title: str, words: Words) -> Json:
    return view(title, Text((words.say("loading"),)), words)


async def see_to(
    responder: Responder, work: Awaitable[Outcome], actor: Actor, trigger_id: str, *, elsewhere: bool = False
) -> Outcome:
    """What a click brings shows by itself; what it does not bring, brings late or `elsewhere`, is told in a view.

    Not done in time, the view opens empty: the trigger does not wait.
    """
    words = responder.words(actor)
    task, done = await in_time(work)
    late = None if done else await responder.open(trigger_id, loading("notice.wait", words))
    outcome = await task
    notice = view("notice.done" if outcome.changed else "notice.not-now", outcome.text, words)
    if late is not None:
        await responder.show(late, notice)
    elif done and (elsewhere or not outcome.changed):
        await responder.open(trigger_id, notice)
    return outcome


async def do_all(
    responder: Responder, ack: AsyncAck, said: Request, wanted: Sequence[Command], actor: Actor, nothing: str
) -> bool:
    """Do what a form asks for, each with its own rights, and tell in its place what came of it; `nothing` is the code
    of what is said where it asks for nothing. Whether anything has changed."""
    words = responder.words(actor)

    async def work() -> list[Outcome]:
        return [await responder.do(command, actor) for command in wanted]

    def shown(outcomes: Sequence[Outcome]) -> Json:
        lines = tuple(outcome.text.parts[0] for outcome in outcomes if outcome.text.parts)
        title = "notice.saved" if any(outcome.changed for outcome in outcomes) else "notice.not-saved"
        return view(title, Text(lines or (words.say(nothing),)), words)

    outcomes = await responder.in_place(ack, said, work(), shown, loading("notice.wait", words))
    return any(outcome.changed for outcome in outcomes)
