"""Views that only say something (Slack docs: modals)."""

from collections.abc import Awaitable
from typing import Any

from bot.commands.model import Actor
from bot.slack.ui import block_kit
from bot.slack.ui.respond import Outcome, Responder, in_time
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
