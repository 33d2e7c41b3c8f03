r"""Mentions in a text: people, channels, user groups, and everybody who is there.

Text in the core is Markdown. A mention in it is a token:

    @{U1}  a person      #{C1}  a channel      @{group:S1}  a user group      @{here}  @{channel}  @{everyone}

and `{date:1763700000}`, in what the bot says of itself, is a moment (seconds since 1970) in the reader's own time.
Text that only looks like a token has a backslash before its brace, `@\{U1}`, which Markdown reads as `@{U1}`; where
somebody wrote backslashes there, it has one more than they wrote. So every text can be written, and read back as it
was.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["person", "channel", "group", "all", "date"]

_TOKEN = re.compile(
    r"(?:([@#])|(?<!\\))(\\*+)"
    r"\{((?:group:)?[A-Z0-9]+|here|channel|everyone|date:[0-9]{1,11})\}"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """`id` is that of the person, channel or group; "here", "channel" or "everyone"; or the seconds of a date."""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class Mentioned:
    """The ids of all whom some texts mention."""

    people: frozenset[str]
    channels: frozenset[str]
    groups: frozenset[str]


def person(id: str) -> str:
    return f"@{{{id}}}"


def channel(id: str) -> str:
    return f"#{{{id}}}"


def group(id: str) -> str:
    return f"@{{group:{id}}}"


def all_of(audience: Literal["here", "channel", "everyone"]) -> str:
    return f"@{{{audience}}}"


def literal(text: str) -> str:
    """A text that mentions nobody, whatever it looks like."""
    done, written = 0, list[str]()
    for found in _tokens(text):
        written += text[done : found.start()], _shifted(found, "\\") if _read(found) else found[0]
        done = found.end()
    return "".join([*written, text[done:]])


def parts(text: str) -> Iterator[str | Mention]:
    """The mentions of a text and what stands between them, as it was written. No part is empty."""
    done, since = 0, list[str]()
    for found in _tokens(text):
        mention = _read(found)
        since.append(text[done : found.start()])
        done = found.end()
        if mention is None or found[2]:
            since.append(_shifted(found) if mention else found[0])
            continue
        if before := "".join(since):
            yield before
        since.clear()
        yield mention
    if rest := "".join([*since, text[done:]]):
        yield rest


def at(text: str, start: int) -> tuple[Mention, int] | None:
    """The mention that begins at a place of a text, and where it ends."""
    found = _TOKEN.match(text, start)
    mention = _read(found) if found and not found[2] else None
    return (mention, found.end()) if found and mention else None


def replaced(text: str, by: Callable[[Mention], str]) -> str:
    """The text as it was written, with something in place of each mention."""
    return "".join(part if isinstance(part, str) else by(part) for part in parts(text))


def called(mention: Mention, names: Mapping[str, str]) -> str:
    """What people read in its place. `names` as for `named`."""
    match mention.kind:
        case "person" | "group":
            return f"@{names.get(mention.id, mention.id)}"
        case "channel":
            return f"#{names.get(mention.id, mention.id)}"
        case "all":
            return f"@{mention.id}"
        case "date":
            return mention.id


def named(text: str, names: Mapping[str, str]) -> str:
    """The text as people read it. `names` are of people, channels and groups, by id, without "@" and "#"; what has none
    there is told by its id."""
    return replaced(text, lambda mention: called(mention, names))


def mentioned(texts: Iterable[str]) -> Mentioned:
    found = {part for text in texts for part in parts(text) if isinstance(part, Mention)}

    def ids(kind: Kind) -> frozenset[str]:
        return frozenset(mention.id for mention in found if mention.kind == kind)

    return Mentioned(ids("person"), ids("channel"), ids("group"))


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """What looks like a token, with its backslashes. Searched by its brace: most texts have none, and are long."""
    brace = text.find("{")
    while brace >= 0:
        start = brace
        while start and text[start - 1] == "\\":
            start -= 1
        if start and text[start - 1] in "@#":
            start -= 1
        if found := _TOKEN.match(text, start):
            yield found
        brace = text.find("{", brace + 1)


def _read(found: re.Match[str]) -> Mention | None:
    """What it mentions, or would without its backslashes; None if that is nothing."""
    sign, body = found[1], found[3]
    kind, colon, id = body.partition(":")
    match sign, kind:
        case None, "date":
            return Mention("date", id)
        case "@", "here" | "channel" | "everyone":
            return Mention("all", body)
        case "@", "group":
            return Mention("group", id)
        case "@", _ if not colon:
            return Mention("person", body)
        case "#", _ if body.isupper() or body.isdigit():
            return Mention("channel", body)
    return None


def _shifted(found: re.Match[str], more: str = "") -> str:
    """With one backslash less before its brace, or one `more`."""
    slashes = found[2] + more if more else found[2][1:]
    return f"{found[1] or ''}{slashes}{{{found[3]}}}"
