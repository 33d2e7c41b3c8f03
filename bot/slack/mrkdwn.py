"""Slack's text format, read and written: mentions, channels and links between angle brackets; only `&`, `<` and `>` are
escaped (Slack docs: formatting message text). Nothing else in the bot knows it; text of ours is as
`conversation.mentions` tells.
"""

import re
from datetime import UTC, datetime

from bot.conversation import mentions
from bot.conversation.mentions import Mention

_TAG = re.compile(r"<([^<>\n]+)>")
_ID = re.compile(r"[A-Z0-9]+")
_ENTITY = re.compile("&(amp|lt|gt);")
_CHARACTERS = {"amp": "&", "lt": "<", "gt": ">"}
_GROUP = "!subteam^"
_AUDIENCES = {f"!{each}": mentions.all_of(each) for each in ("here", "channel", "everyone")}
_SEPARATORS = re.compile(r"[\s,:]*")
_IN_LABEL = re.compile(r"[\\\[\]]")
_IN_TARGET = str.maketrans({"(": "%28", ")": "%29", "<": "%3C", ">": "%3E", "\\": "%5C", " ": "%20"})
_MARKUP = re.compile(
    r"\\(?P<literal>[!-/:-@\[-`{-~])"
    r"|(?P<code>`[^`\n]+`)"
    r"|(?P<bold>\*\*)"
    r"|(?P<strike>~~)"
    r"|(?P<bullet>^- )"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<url>https?://[^\s()<>|]+)\)"
    r"|(?P<token>[@#]?\{[a-z]*:?[A-Z0-9]*\})"
    r"|(?P<tag>[&<>])",
    re.MULTILINE,
)
_MARKS = {"bold": "*", "strike": "~", "bullet": "• "}


def speaks_of(encoded: str, user: str) -> bool:
    return f"<@{user}>" in encoded or f"<@{user}|" in encoded


def decode(encoded: str) -> str:
    """Slack's text as ours. A link becomes `[label](url)` or the bare URL, a date its fallback. Labels of people,
    channels and groups are left out: their names are looked up when somebody reads the text."""
    decoded, plain, done = list[str](), list[str](), 0
    for tag in _TAG.finditer(encoded):
        plain.append(_unescaped(encoded[done : tag.start()]))
        done = tag.end()
        if token := _token(tag[1]):
            decoded += [mentions.literal("".join(plain)), token]
            plain.clear()
        else:
            plain.append(_words(tag[1]))
    plain.append(_unescaped(encoded[done:]))
    return "".join([*decoded, mentions.literal("".join(plain))])


def unaddressed(text: str, me: str) -> str:
    """Without the mention of the bot that opens or closes it: that only says who is meant."""
    own, text = mentions.person(me), text.strip()
    if text.startswith(own):
        opened = _SEPARATORS.match(text, len(own))
        text = text[opened.end() if opened else len(own) :]
    return text.removesuffix(own).rstrip()


def escaped(text: str) -> str:
    """Text for a `text` field, where `<…>` would be a tag."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def encode(text: str) -> str:
    """What the bot says of itself, as Slack takes it: mentions become tags, and Markdown becomes Slack's marks.

    Of Markdown there may be bold, italics, strikethrough, links to the web, lists and code, in which everything stands
    as it is. `@{here}` and the like are words: the bot does not call everybody.
    """
    return _MARKUP.sub(_marked, text)


def _unescaped(encoded: str) -> str:
    return _ENTITY.sub(lambda entity: _CHARACTERS[entity[1]], encoded) if "&" in encoded else encoded


def _token(tag: str) -> str | None:
    """The mention that a tag is; None for a link, a date, and what Slack does not document."""
    if tag[0] not in "@#!":
        return None
    target = tag.partition("|")[0]
    sign, id = target[:1], target[1:]
    if sign == "!":
        group = target.removeprefix(_GROUP)
        return mentions.group(group) if group != target and _ID.fullmatch(group) else _AUDIENCES.get(target)
    if not _ID.fullmatch(id):
        return None
    return mentions.person(id) if sign == "@" else mentions.channel(id)


def _words(tag: str) -> str:
    """What a tag says that mentions nobody."""
    target, _, label = _unescaped(tag).partition("|")
    if target.startswith("!date^"):
        return label or target.split("^")[1]
    if target.startswith(("!", "@", "#")):
        sign = "#" if target.startswith("#") else "@"
        return sign + (label or target[1:]).removeprefix(sign)
    if not label or label == target:
        return target
    label = _IN_LABEL.sub(r"\\\g<0>", label)
    return f"[{label}]({target.translate(_IN_TARGET)})"


def _marked(found: re.Match[str]) -> str:
    kind = str(found.lastgroup)
    if kind == "url":
        return f"<{escaped(found['url'])}|{escaped(found['label'])}>"
    if kind == "token" and (token := mentions.at(found[0], 0)):
        return _tag(token[0])
    return _MARKS.get(kind) or escaped(found[kind])


def _tag(mention: Mention) -> str:
    match mention.kind:
        case "person":
            return f"<@{mention.id}>"
        case "channel":
            return f"<#{mention.id}>"
        case "group":
            return f"<{_GROUP}{mention.id}>"
        case "all":
            return f"@{mention.id}"
        case "date":
            at = int(mention.id)
            fallback = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
            return f"<!date^{at}^{{date_short_pretty}} {{time}}|{fallback}>"
