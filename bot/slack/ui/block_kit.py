"""How is what one person is told laid out? As blocks, for an answer that only they see, a modal or the Home tab."""

from collections.abc import Iterable, Iterator
from typing import Any

from bot.slack import mrkdwn
from bot.wording.results import Offer, Told, Verbatim

Json = dict[str, Any]

SECTION = 3_000  # characters (Slack docs: section block)
VERBATIM = 2_900  # characters in one piece of code: as much again would be hard to scroll through
MOST = 20  # blocks: longer answers are cut, and say so
LABEL = 75  # characters on a button
CUT = "_… there is more; ask for less at once._"
OFFERED = {"delete": "admin_delete", "forget": "admin_forget"}


def answer(told: Told) -> Json:
    """A message's content; `text` is for notifications and screen readers."""
    return {"response_type": "ephemeral", "text": summary(told), "blocks": blocks(told)}


def summary(told: Told) -> str:
    return mrkdwn.tagged(next((part for part in told.parts if isinstance(part, str)), "")[:SECTION])


def blocks(told: Told) -> list[Json]:
    found = list(_laid_out(told.parts))
    if len(found) > MOST:
        found = [*found[: MOST - 1], section(CUT)]
    return [*found, {"type": "actions", "elements": [_button(each) for each in told.offers]}] if told.offers else found


def section(text: str, accessory: Json | None = None) -> Json:
    block: Json = {"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn.tagged(text)}}
    return block | ({"accessory": accessory} if accessory else {})


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(label: str, action: str, value: str = "") -> Json:
    element: Json = {"type": "button", "action_id": action, "text": plain(label[:LABEL])}
    return element | ({"value": value} if value else {})


def verbatim(text: str) -> Iterator[Json]:
    """Code blocks: what is in them is not read as formatting, and is copied as it is."""
    for piece in pieces(text, VERBATIM):
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


def _laid_out(parts: Iterable[str | Verbatim]) -> Iterator[Json]:
    """Neighbouring lines share a section."""
    lines = ""
    for part in parts:
        if isinstance(part, str) and len(lines) + len(part) < SECTION:
            lines = f"{lines}\n{part}" if lines else part
            continue
        yield from map(section, pieces(lines, SECTION))
        lines = ""
        if isinstance(part, Verbatim):
            yield from verbatim(part.text)
        else:
            lines = part
    yield from map(section, pieces(lines, SECTION))


def _button(offer: Offer) -> Json:
    style = {"style": "danger"} if offer.danger else {}
    return button(offer.label, OFFERED[offer.deed], offer.value) | style
