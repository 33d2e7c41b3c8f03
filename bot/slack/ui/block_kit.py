"""Text for people as Block Kit: for an answer that one person sees, a modal or the Home tab.

Here, and nowhere else, neutral Markdown becomes Slack's mrkdwn (Slack docs: formatting message text).
"""

import json
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Any

from bot.commands.budget_model import AskForMore, Cheaper, Decide, LiftFuse
from bot.commands.model import Delete
from bot.commands.privacy_model import ForgetMe
from bot.commands.usage_model import ShowUsage
from bot.commands.workspace_model import AdmitWorkspace
from bot.slack.mrkdwn import encode
from bot.slack.outbound import render
from bot.slack.ui import data_blocks, rich_text
from bot.wording.text import Button, Chart, Markdown, Part, Table, Text, Verbatim, Written

Json = dict[str, Any]

MAX_SECTION = 3_000  # characters (Slack docs: section block)
MAX_VERBATIM = 2_900  # characters in one piece of code: as much again would be hard to scroll through
MAX_BLOCKS = 20  # longer answers are cut, and say so
MAX_WRITTEN = 12_500  # characters in all blocks: a message takes 13,200, its buttons with them (field reports)
MAX_LABEL = 75  # characters on a button
DELETE, FORGET, FORGET_ANSWERS = "admin_delete", "admin_forget", "admin_forget_answers"
USAGE = "usage_csv"
USAGE_OF = {"me": "", "everyone": "all", "channel": "here", "person": "@{{{id}}}", "persona": "persona {id}"}
MORE, CHEAPER, DECIDE, FUSE = "budget_more", "budget_cheaper", "budget_decide", "fuse_lift"
ADMIT = "workspace_admit"


def mrkdwn(text: Markdown) -> str:
    """Our Markdown as Slack writes it."""
    return encode(text)


def answer(text: Text, more: Markdown) -> Json:
    """A message's content; `text` is for notifications and screen readers. `more` is said where some is cut off."""
    return {"response_type": "ephemeral", "text": summary(text), "blocks": blocks(text, more)}


def ways(text: Text, more: Markdown) -> list[Json]:
    """The same in each way that it can be shown, the best first: what is drawn may be refused."""
    return [answer(each, more) for each in ((text, text.plainly) if text.drawn else (text,))]


def summary(text: Text) -> str:
    """What is said first; all of it beside a drawing, which nobody hears."""
    said = [mrkdwn(part) for part in text.plainly.parts if isinstance(part, Markdown)]
    return "\n".join(said if text.drawn else said[:1])[:MAX_SECTION]


def blocks(text: Text, more: Markdown) -> list[Json]:
    found = list(laid_out(text.parts))
    fits = sum(size <= MAX_WRITTEN for size in accumulate(map(_written, found)))
    if fits < len(found) or len(found) > MAX_BLOCKS:
        found = [*found[: min(fits, MAX_BLOCKS - 1)], section(more)]
    return [*found, {"type": "actions", "elements": [_offer(each) for each in text.buttons]}] if text.buttons else found


def section(text: Markdown, accessory: Json | None = None) -> Json:
    return raw_section(mrkdwn(text)[:MAX_SECTION], accessory)


def small(text: Markdown) -> Json:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": mrkdwn(text)}]}


def sections(lines: Iterable[Markdown]) -> Iterator[Json]:
    """Lines that share as few sections as they fit in."""
    yield from map(raw_section, pieces("\n".join(map(mrkdwn, lines)), MAX_SECTION))


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(label: str, action: str, value: str = "") -> Json:
    element: Json = {"type": "button", "action_id": action, "text": plain(label[:MAX_LABEL])}
    return element | ({"value": value} if value else {})


def verbatim(text: str) -> Iterator[Json]:
    """Code blocks: what is in them is not read as formatting, and is copied as it is."""
    for piece in pieces(text, MAX_VERBATIM):
        inside = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": piece}]}
        yield {"type": "rich_text", "elements": [inside]}


def pieces(text: str, most: int) -> Iterator[str]:
    """Cut at the ends of lines where there are any; the lines' ends between the pieces are left out."""
    while len(text) > most:
        end = text.rfind("\n", 0, most + 1)
        cut = end if end > 0 else most
        yield text[:cut]
        text = text[cut + (end > 0) :]
    if text.strip():
        yield text


def raw_section(text: str, accessory: Json | None = None) -> Json:
    """Of text that is mrkdwn already."""
    block: Json = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return block | ({"accessory": accessory} if accessory else {})


def laid_out(parts: Iterable[Part]) -> Iterator[Json]:
    """Neighbouring lines share a section."""
    lines: list[Markdown] = []
    for part in parts:
        if isinstance(part, Markdown):
            lines.append(part)
            continue
        yield from sections(lines)
        yield from _other(part)
        lines = []
    yield from sections(lines)


def _other(part: Verbatim | Chart | Table | Written) -> Iterator[Json]:
    """What is no line of text."""
    match part:
        case Verbatim():
            yield from verbatim(part.text)
        case Written():
            yield from rich_text.blocks(render.shown(part.text))
        case Chart():
            drawn = data_blocks.chart(part)
            yield from [drawn] if drawn is not None else laid_out(part.plainly)
        case Table():
            laid = data_blocks.table(part)
            yield from [laid] if laid is not None else laid_out(part.plainly)


def _written(part: Any) -> int:
    """Characters of all texts in a block."""
    if isinstance(part, list):
        return sum(map(_written, part))
    if not isinstance(part, dict):
        return 0
    text = part.get("text")
    return (len(text) if isinstance(text, str) else 0) + sum(map(_written, part.values()))


def _offer(offered: Button) -> Json:
    style = {"style": "danger"} if offered.danger else {}
    match offered.offer.command:
        case Delete(name):
            return button(offered.label, DELETE, name) | style
        case ForgetMe(answers=answers):
            return button(offered.label, FORGET_ANSWERS if answers else FORGET) | style
        case ShowUsage(of, id, month):  # as it is written after the command
            return button(offered.label, USAGE, f"{USAGE_OF[of].format(id=id)} {month} csv".lstrip())
        case AskForMore(thread, newest, budget):
            named = [thread.root, newest, budget.kind, budget.id, budget.period]
            return button(offered.label, MORE, json.dumps(named)) | style
        case Cheaper(thread, newest):
            return button(offered.label, CHEAPER, json.dumps([thread.root, newest])) | style
        case Decide(id, verdict):
            return button(offered.label, f"{DECIDE}_{verdict}", json.dumps([id, verdict])) | style
        case LiftFuse():
            return button(offered.label, FUSE) | style
        case AdmitWorkspace(workspace, yes):
            return button(offered.label, f"{ADMIT}_{'yes' if yes else 'no'}", workspace) | style
