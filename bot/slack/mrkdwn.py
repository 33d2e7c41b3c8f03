"""Slack's text format: mentions, channels and links between angle brackets; only `&`, `<` and `>` are escaped
(Slack docs: formatting message text)."""

import html
import re
from collections.abc import Iterable, Mapping

GROUP = "!subteam^"
_TAG = re.compile(r"<([^<>\n]+)>")


def mentions(text: str, user: str) -> bool:
    return f"<@{user}>" in text or f"<@{user}|" in text


def mentioned(text: str) -> set[str]:
    """The ids of the users that a text mentions."""
    tags = (tag.group(1) for tag in _TAG.finditer(text))
    return {tag[1:].partition("|")[0] for tag in tags if tag.startswith("@")}


def unnamed(texts: Iterable[str]) -> tuple[set[str], set[str]]:
    """The ids of the channels and of the user groups that texts speak of without saying what they are called."""
    bare = [tag.group(1).rstrip("|") for text in texts for tag in _TAG.finditer(text)]
    channels = {tag[1:] for tag in bare if tag.startswith("#") and "|" not in tag}
    groups = {tag.removeprefix(GROUP) for tag in bare if tag.startswith(GROUP) and "|" not in tag}
    return channels, groups


def plain(text: str, names: Mapping[str, str], me: str) -> str:
    """Text as people read it; `names` are of users, channels and groups, by id.

    A mention of the bot that opens or closes it only says who is meant, and is left out.
    """
    own = rf"<@{me}(?:\|[^>]*)?>"
    text = re.sub(rf"^\s*{own}[\s,:]*|\s*{own}\s*$", "", text)
    return html.unescape(_TAG.sub(lambda tag: _spoken(tag.group(1), names), text)).strip()


def _spoken(tag: str, names: Mapping[str, str]) -> str:
    target, _, label = tag.partition("|")
    if target.startswith("@"):
        return f"@{names.get(target[1:]) or label or target[1:]}"
    if target.startswith("#"):
        return f"#{label or names.get(target[1:]) or target[1:]}"
    if target.startswith("!"):
        return _special(target, label, names)
    return f"{label} ({target})" if label and label != target else target


def _special(target: str, label: str, names: Mapping[str, str]) -> str:
    if target.startswith("!date^"):
        return label or target.split("^")[1]
    if target.startswith(GROUP):
        label = label or names.get(target.removeprefix(GROUP)) or target.removeprefix(GROUP)
    return f"@{(label or target[1:]).removeprefix('@')}"


def escaped(text: str) -> str:
    """Text for a `text` field, where `<…>` would be a tag."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
