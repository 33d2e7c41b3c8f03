"""How is Slack's text read, and how is ours made harmless?

Slack encodes mentions, channels and links between angle brackets and escapes only `&`, `<` and `>`
(Slack docs: formatting message text).
"""

import html
import re
from collections.abc import Mapping

_TAG = re.compile(r"<([^<>\n]+)>")
_ACTIVE = re.compile(r"<(?=[@#][A-Z0-9]{2}|(?i:!(?:here|channel|everyone|group|subteam|date)\b))")


def mentions(text: str, user: str) -> bool:
    return f"<@{user}>" in text or f"<@{user}|" in text


def mentioned(text: str) -> set[str]:
    """The ids of the users that a text mentions."""
    tags = (tag.group(1) for tag in _TAG.finditer(text))
    return {tag[1:].partition("|")[0] for tag in tags if tag.startswith("@")}


def plain(text: str, names: Mapping[str, str], me: str) -> str:
    """Text as people read it. A mention of the bot that opens or closes it only says who is meant, and is left out."""
    own = rf"<@{me}(?:\|[^>]*)?>"
    text = re.sub(rf"^\s*{own}[\s,:]*|\s*{own}\s*$", "", text)
    return html.unescape(_TAG.sub(lambda tag: _spoken(tag.group(1), names), text)).strip()


def _spoken(tag: str, names: Mapping[str, str]) -> str:
    target, _, label = tag.partition("|")
    if target.startswith("@"):
        return f"@{names.get(target[1:]) or label or target[1:]}"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label if label.startswith("@") or target.startswith("!date") else f"@{label or target[1:].split('^')[0]}"
    return f"{label} ({target})" if label and label != target else target


def harmless(markdown: str) -> str:
    """Markdown in which nothing pings: Slack honours its own tags inside Markdown too. Its length does not change."""
    return _ACTIVE.sub("‹", markdown)


def escaped(text: str) -> str:
    """Text for a `text` field, where `<…>` would be a tag."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
