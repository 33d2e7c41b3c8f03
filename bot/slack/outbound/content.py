"""What a message of an answer holds, as Slack takes it (Slack docs: markdown block, context block, actions block)."""

from typing import Any

from bot.errors import Oversized
from bot.markdown.split import size
from bot.slack import mrkdwn
from bot.slack.outbound import render
from bot.slack.ui import answer_controls as views
from bot.turns.state import Shown

Json = dict[str, Any]

MAX_FOOTER = 600  # characters
MAX_PLAIN = 3_900  # bytes; Slack splits text without blocks near 4,000 (field reports)


def plain(shown: Shown, turn: views.Named) -> Json:
    """For a Slack that does not take the blocks. It would split longer text into messages that we do not know of:
    raises Oversized."""
    text = mrkdwn.escaped("\n\n".join(filter(None, (shown.text, shown.footer))))
    if (length := len(text.encode())) > MAX_PLAIN and size(shown.text) > 1:
        raise Oversized("plain text", max(1, size(shown.text) * (MAX_PLAIN - MAX_FOOTER) // length))
    return {"text": text}


async def ready(shown: Shown, *, tables: bool = True, told: bool = False) -> None:
    """Do beforehand what takes long in `edited`, or in `whole` if it is `told`."""
    await render.ready(shown.text, tables=tables, parts=shown.parts, told=told)


def edited(shown: Shown, turn: views.Named, *, tables: bool = True) -> Json:
    """The blocks alone: with a `text` beside them, Slack marks the message as "(edited)" (Slack docs: chat.update)."""
    text = render.shown(shown.text, tables=tables, parts=shown.parts)
    blocks: list[dict[str, Any]] = [{"type": "markdown", "text": text}]
    if shown.footer:
        footer = {
            "type": "plain_text",
            "text": shown.footer[:MAX_FOOTER],
            "emoji": False,
        }  # plain: nothing in it is parsed
        blocks.append({"type": "context", "elements": [footer]})
    blocks += views.controls(shown.controls, turn)
    return {"blocks": blocks}


def whole(shown: Shown, turn: views.Named, *, tables: bool = True) -> Json:
    """A message's blocks, and beside them the text that notifications and screen readers use."""
    return {**edited(shown, turn, tables=tables), "text": render.notification(shown.text)}
