"""Our text made harmless for Slack, and what it does made visible."""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter

from bot.markdown import inline
from bot.markdown.lookalikes import IGNORED, visible
from bot.markdown.split import size
from bot.slack.mrkdwn import escaped
from bot.slack.outbound import links

_BRACKET = re.compile(r"<|&(?:amp;)*(?:lt|LT|#0*60|#[xX]0*3[cC]);?")
_BLANKS = re.compile(rf"[\s{IGNORED}]{{0,80}}")
_NEAR = re.compile(r"[^<>]{0,80}")  # enough to see the beginning of a tag though entities spell it
_UNBROKEN = re.compile(r"[^\s<>]{0,3000}")  # Slack refuses longer addresses
_TRIGGER = re.compile(
    r"[@#][A-Z0-9]{2}"  # somebody, or a channel
    r"|(?i:@[uwb]|#[cdg])[A-Za-z0-9]{0,20}[0-9]"  # the same in small letters: hardly an id is without a digit
    r"|(?i:!(?:here|channel|everyone|group|subteam|date)\b)"
)
_ADDRESS = re.compile(r"(?i)[a-z][a-z0-9+.-]{0,80}:")  # where a bar follows, behind a label of its own
_ESCAPING = re.compile(r"\\(?=[!-/:-@[-`{-~])")
_PLAIN = str.maketrans({"[": "(", "]": ")", "<": "‹"})
_NEEDS_A_LOOK = re.compile(r"<|\]|\$|\\[(\[]")
_BANG = "ǃ"  # looks like the mark that makes an image of a link, and is none
MAX_COLUMNS = 20  # of a table in Slack
MAX_IMAGES = 50  # in one message; of more, none is looked at
MAX_ROUNDS = 3  # of changes, each of which may bring to light what stood within a label
MAX_ADDED = 500  # UTF-16 units
MAX_NOTIFICATION = 300
"""Characters of a notification. Escaped, none takes more than five bytes: Slack refuses an edit with more than 4,000
bytes in its `text`, blocks or not (Slack docs: chat.update; field reports for the bytes)."""


def harmless(markdown: str) -> str:
    """Text in which nothing pings, and no tag hides an address behind a label: Slack honours its own tags inside
    Markdown, and inside of code as well. Nor does one that an entity or a backslash hides until Markdown is read, nor
    one that begins with blanks or signs that are not seen. Never longer than what was given.
    """
    return _BRACKET.sub(lambda found: "‹" if _is_active(markdown, found.end()) else found.group(), markdown)


def _is_active(markdown: str, at: int) -> bool:
    blanks = _BLANKS.match(markdown, at)
    begins = blanks.end() if blanks else at
    near = _read(_NEAR.match(markdown, begins)).lstrip()
    if not _ADDRESS.match(near):
        return _TRIGGER.match(near) is not None
    return "|" in _read(_UNBROKEN.match(markdown, begins))


def _read(found: re.Match[str] | None) -> str:
    """What may be left of it once Markdown was read."""
    return visible(_ESCAPING.sub("", html.unescape(html.unescape(found.group())))) if found else ""


def shown(markdown: str, *, tables: bool = True) -> str:
    r"""An answer as it is sent to Slack: harmless, and what it does can be seen.

    - A link whose label names another host is told: `bank.com (https://evil.com)`. An image becomes a link. Where it
      cannot be told what is a link, brackets become parentheses.
    - HTML is text, by a backslash: what Slack does with tags and entities in Markdown is not documented.
    - Mathematics is code: only there its backslashes and underscores stay as they are.
    - A table with more columns than Slack takes is code; each is, where it has no `tables`.

    At most `MAX_ADDED` longer. What was shown of whole words stays as it is when more text follows.
    """
    text = _narrow(harmless(markdown), MAX_COLUMNS if tables else 0)
    if text.count("![") > MAX_IMAGES:  # the parser takes long for images within images
        text = text.replace("![", f"{_BANG}[")
    if not _NEEDS_A_LOOK.search(text):
        return text
    for changes in (_changes, _short_changes):
        better = _changed_all(text, changes)
        if better is not None and size(better) <= size(text) + MAX_ADDED:
            return better
    return text.translate(_PLAIN)


def _narrow(markdown: str, most: int) -> str:
    """Tables with more columns are code."""
    lines = markdown.split("\n")
    if not any(line.count("|") >= most and "-" in line for line in lines):
        return markdown
    tables = [
        token for token in inline.blocks(markdown) if token.type == "table_open" and token.map and not token.level
    ]
    for first, end in reversed([table.map for table in tables if table.map]):
        columns = lines[first + 1].strip("| \t").count("|") + 1
        if columns > most and "```" not in "".join(lines[first:end]):
            lines[first:end] = ["```", *lines[first:end], "```"]
    return "\n".join(lines)


Change = tuple[int, int, str]  # start, end, and what stands there instead


def _changed_all(text: str, changes: Callable[[str, list[inline.Span]], Iterator[Change]]) -> str | None:
    """The text after all changes; None if links or images come to light again and again."""
    for _ in range(MAX_ROUNDS):
        spans = inline.spans(text)
        before, text = text, _changed(text, changes(text, spans))
        if text == before or not ("![" in text or any(_is_changed(span) for span in spans)):
            return text
    return None


def _changed(text: str, changes: Iterable[Change]) -> str:
    done, at = list[str](), 0
    for start, end, new in sorted(changes, key=itemgetter(0, 1)):  # of two for one place, the first that was given
        if start >= at:  # it does not lie within the one before
            done += [text[at:start], new]
            at = end
    return "".join(done) + text[at:]


def _is_changed(span: inline.Span) -> bool:
    """Whether a link or an image is written in another way, which may bring to light what stood in its label."""
    return span.kind == "image" or (span.kind == "link" and _is_misleading(span))


def _changes(text: str, spans: list[inline.Span]) -> Iterator[Change]:
    for span in spans:
        match span.kind:
            case "link" | "image" if _is_misleading(span):
                yield span.start, span.end, f"{span.label} ({span.target})"
            case "image" if text[max(span.start - 1, 0) : span.start] == "!":
                yield span.start - 1, span.end, f"{_BANG}[{span.label}]({span.target})"
            case "image":
                yield span.start, span.end, f"[{span.label}]({span.target})" if span.label.strip() else span.target
            case "tag":
                yield span.start, span.end, "\\<"
            case "math" if "`" not in text[max(span.start - 1, 0) : span.end + 1]:
                yield span.start, span.end, f"`{' '.join(span.label.split())}`"
    yield from _everywhere(text, spans)


def _everywhere(text: str, spans: list[inline.Span]) -> Iterator[Change]:
    """What is changed in the same way however little room there is."""
    for span in spans:
        if span.kind in ("unplaced", "math"):  # mathematics to us, and not to everybody
            yield span.start, span.end, text[span.start : span.end].translate(_PLAIN)
    for start, end in inline.formulas_with_fences(text):
        yield start, end, text[start:end].translate(_PLAIN)
    for start, end in inline.fences_of_formulas(text):
        yield start, end, "```"


def _short_changes(text: str, spans: list[inline.Span]) -> Iterator[Change]:
    """For a text that is full of them: such as make nothing longer."""
    for span in spans:
        match span.kind:
            case "link" | "image" if _is_changed(span):
                yield span.start, span.end, text[span.start : span.end].translate(_PLAIN)
            case "tag":
                yield span.start, span.end, "‹"
    yield from (change for change in _everywhere(text, spans) if change[2] != "```")


def _is_misleading(link: inline.Span) -> bool:
    return links.is_misleading(inline.words(link.label), link.target)


def notification(markdown: str) -> str:
    """The `text` beside the blocks, which notifications, screen readers and other apps read: the first words, nothing
    active."""
    beginning = markdown[: 4 * MAX_NOTIFICATION]  # markup and addresses are no words
    words = inline.words(beginning).strip()
    if len(words) <= MAX_NOTIFICATION and len(beginning) == len(markdown):
        return escaped(words)
    return f"{escaped(words[: MAX_NOTIFICATION - 1])}…"
