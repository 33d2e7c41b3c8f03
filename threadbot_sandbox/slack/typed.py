"""What a person types, as Slack puts it on the wire: encoded text and its `rich_text` block."""

import re
from typing import Any

from threadbot_sandbox.slack.workspace import Workspace

Json = dict[str, Any]

BROADCASTS = ("here", "channel", "everyone")
URL = re.compile(r"https?://[^\s<>|]+[^\s<>|.,;:!?)\]]")
MARK = re.compile(r"<([^<>]+)>|:([a-z0-9_+-]+):")
CODE = re.compile(r"```\n?(.*?)\n?```|`([^`\n]+)`", re.DOTALL)


def encode(text: str, workspace: Workspace) -> str:
    """`@Name` and `#channel` become what Slack sends for them; `&`, `<` and `>` are escaped."""
    escaped = escape(text)
    escaped = URL.sub(lambda found: f"<{found[0]}>", escaped)
    return _names(workspace).sub(lambda found: _tag(found[0], workspace), escaped)


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def rich_text(encoded: str, block_id: str) -> Json:
    """The block that Slack's own clients send beside the text."""
    elements: list[Json] = []
    section: list[Json] = []
    at = 0
    for code in CODE.finditer(encoded):
        section += _inline(encoded[at : code.start()])
        at = code.end()
        if code[2] is not None:
            section.append({"type": "text", "text": unescape(code[2]), "style": {"code": True}})
            continue
        elements += [{"type": "rich_text_section", "elements": section}] if section else []
        preformatted = {"type": "text", "text": unescape(code[1])}
        elements.append({"type": "rich_text_preformatted", "elements": [preformatted]})
        section = []
    section += _inline(encoded[at:])
    elements += [{"type": "rich_text_section", "elements": section}] if section else []
    return {"type": "rich_text", "block_id": block_id, "elements": elements}


def _names(workspace: Workspace) -> re.Pattern[str]:
    """Longest first, so that a name is never taken for the start of another."""
    people = [name for user in workspace.users.values() for name in {user.name, user.real_name}]
    channels = [channel.name for channel in workspace.channels.values() if channel.kind in ("channel", "private")]
    at = "|".join(sorted(map(re.escape, [*people, *BROADCASTS]), key=len, reverse=True))
    hash_ = "|".join(sorted(map(re.escape, channels), key=len, reverse=True))
    return re.compile(rf"(?<![\w@#/<])(?:@(?:{at})|#(?:{hash_}))(?![\w-])", re.IGNORECASE)


def _tag(typed: str, workspace: Workspace) -> str:
    name = typed[1:]
    if typed.startswith("#"):
        channel = workspace.conversation(name.casefold())
        return f"<#{channel.id}|{channel.name if channel.kind == 'channel' else ''}>"
    if name.casefold() in BROADCASTS:
        return f"<!{name.casefold()}>"
    return f"<@{workspace.person(name).id}>"


def _inline(encoded: str) -> list[Json]:
    """The elements of a stretch of text without code."""
    elements: list[Json] = []
    at = 0
    for mark in MARK.finditer(encoded):
        if mark.start() > at:
            elements.append({"type": "text", "text": unescape(encoded[at : mark.start()])})
        at = mark.end()
        elements.append(_element(mark[1]) if mark[1] else {"type": "emoji", "name": mark[2]})
    if at < len(encoded):
        elements.append({"type": "text", "text": unescape(encoded[at:])})
    return elements


def _element(tag: str) -> Json:
    what, _, label = tag.partition("|")
    match what[0], what[1:]:
        case "@", user:
            return {"type": "user", "user_id": user}
        case "#", channel:
            return {"type": "channel", "channel_id": channel}
        case "!", word if word.startswith("subteam^"):
            return {"type": "usergroup", "usergroup_id": word.removeprefix("subteam^")}
        case "!", word:
            return {"type": "broadcast", "range": word}
    return {"type": "link", "url": unescape(what)} | ({"text": unescape(label)} if label else {})
