"""Whom a message calls: by name, by group, or everyone who is there.

What Slack leaves open is decided the harder way: a tag counts wherever it stands, in Markdown too, and bare words
such as "@here" count where Slack may read them as tags (text that is not `verbatim`, edits without `parse: none`).
"""

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

TAG = re.compile(r"<(?:@([UW]\w+)|!(here|channel|everyone|group)|!subteam\^(S\w+))(?:\|[^>]*)?>")
BARE = re.compile(r"(?<![\w@<!])@(here|channel|everyone)\b")


def pinged(message: Json) -> set[str]:
    """User ids, group ids, and "here", "channel" or "everyone"."""
    found = set(_tags(message.get("text", "")))
    for block in message.get("blocks", ()):
        found |= set(_of(block))
    return found


def linked(text: str) -> str:
    """Text as Slack stores it when it is told to find names in it (`link_names`, `parse`)."""
    return BARE.sub(lambda found: f"<!{found[1]}>", text)


def _of(part: Any) -> Iterator[str]:
    match part:
        case {"type": "markdown", "text": str(text)}:
            yield from _tags(text)
        case {"type": "mrkdwn", "text": str(text)}:
            yield from _tags(text if part.get("verbatim") else linked(text))
        case {"type": "user", "user_id": str(name)} | {"type": "usergroup", "usergroup_id": str(name)}:
            yield name
        case {"type": "broadcast", "range": str(name)}:
            yield name
        case dict():
            for value in part.values():
                yield from _of(value)
        case list():
            for value in part:
                yield from _of(value)


def _tags(text: str) -> Iterator[str]:
    for user, broadcast, group in TAG.findall(text):
        yield user or group or ("channel" if broadcast == "group" else broadcast)
