"""Our text made harmless for Slack, and what it does made visible.

A growing text is read part by part, and what was made of a part is kept: so each is read once, however often the text
is shown.
"""

import asyncio
import html
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

from bot.markdown import inline, settled
from bot.markdown.lookalikes import IGNORED, visible
from bot.markdown.split import marks, size
from bot.slack.mrkdwn import escaped
from bot.slack.outbound import links

_OPENING = r"(?:<|&(?:amp;)*(?:lt|LT|#0*60|#[xX]0*3[cC]);?)"
_BRACKET = re.compile(
    rf"{_OPENING}(?=[\s{IGNORED}]{{0,160}}"  # what comes then is hardly ever looked at more closely
    r"(?:[@#!&\\\u0080-\U0010ffff]|[A-Za-z][A-Za-z0-9+.-]{0,80}[:&\\\u0080-\U0010ffff]))"
)
_ENDS_OPEN = re.compile(rf"{_OPENING}[\s{IGNORED}]{{0,160}}\Z")
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
_MAY_CHANGE = re.compile(r"[<&|\]$]|\\[(\[]")
_BANG = "ǃ"  # looks like the mark that makes an image of a link, and is none
MAX_COLUMNS = 20  # of a table in Slack
MAX_IMAGES = 50  # in one message; of more, none is looked at
MAX_ROUNDS = 3  # of changes, each of which may bring to light what stood within a label
MAX_ADDED = 500  # UTF-16 units
MAX_KEPT = 2_000_000  # characters of parts that are not read again
HEAVY = 32  # marks in a part that is not read where others would wait for it
SLICE = 0.0005  # seconds
MAX_NOTIFICATION = 300
"""Characters of a notification. Escaped, none takes more than five bytes: Slack refuses an edit with more than 4,000
bytes in its `text`, blocks or not (Slack docs: chat.update; field reports for the bytes)."""
READ_OF_IT = 4 * MAX_NOTIFICATION
"""Characters that are read for it: markup and addresses are no words."""


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


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a text as it is shown: at its best, with short changes, and plain. None of what would not end."""

    plain: str
    best: str | None
    short: str | None = None

    def within(self, room: int) -> tuple[str, int]:
        """The best that is at most so much longer, and how much longer it is."""
        for text in (self.best, self.short):
            if text is not None and (added := size(text) - size(self.plain)) <= room:
                return text, max(added, 0)
        return self.plain.translate(_PLAIN), 0


class _Newest(dict[tuple[str, bool], _Part]):
    """The newest parts that were read, by what was written and whether there are tables."""

    characters = 0

    def keep(self, key: tuple[str, bool], part: _Part) -> None:
        if key not in self:
            self[key] = part
            self.characters += len(key[0])
        while self.characters > MAX_KEPT:
            oldest = next(iter(self))
            self.characters -= len(oldest[0])
            del self[oldest]


_known = _Newest()


def shown(markdown: str, *, tables: bool = True, parts: Sequence[str] = ()) -> str:
    r"""An answer as it is sent to Slack: harmless, and what it does can be seen.

    - A link whose label names another host is told: `bank.com (https://evil.com)`. An image becomes a link. Where it
      cannot be told what is a link, brackets become parentheses.
    - HTML is text, by a backslash: what Slack does with tags and entities in Markdown is not documented.
    - Mathematics is code: only there its backslashes and underscores stay as they are.
    - A table with more columns than Slack takes is code; each is, where it has no `tables`.

    At most `MAX_ADDED` longer. What was shown of whole words stays as it is when more text follows. `parts` are those
    of `markdown.settled`, if they are known.
    """
    done, room = list[str](), MAX_ADDED
    for part in _apart(markdown, parts):
        text, added = _part(part, tables).within(room) if _MAY_CHANGE.search(part) else (part, 0)
        done.append(text)
        room -= added
    return "".join(done)


async def ready(markdown: str, *, tables: bool = True, parts: Sequence[str] = (), told: bool = False) -> None:
    """Read what `shown` will need, and `notification` if it is `told`: a little at a time, and what takes long beside
    the loop, so that nothing else has to wait for it."""
    began = time.perf_counter()
    for part in _apart(markdown, parts):
        if (part, tables) in _known or not _MAY_CHANGE.search(part):
            continue
        if marks(part, HEAVY) > HEAVY:
            _keep(part, tables, await asyncio.to_thread(_seen, part, tables))
        else:
            _part(part, tables)
        if time.perf_counter() - began > SLICE:
            await asyncio.sleep(0)
            began = time.perf_counter()
    if told and marks(markdown[:READ_OF_IT], HEAVY) > HEAVY:
        await asyncio.to_thread(notification, markdown)


def _apart(markdown: str, parts: Sequence[str]) -> Iterator[str]:
    """The parts that can be read one by one: all of it, where what stands below may say what is a link."""
    parts = [markdown] if "]:" in markdown else parts or settled.parts(markdown)
    images, open_ = MAX_IMAGES, ""
    for number, part in enumerate(parts, start=1):
        part, open_ = open_ + part, ""
        if ("<" in part or "&" in part) and number < len(parts) and _ENDS_OPEN.search(part):
            open_ = part
            continue
        images -= part.count("![")
        yield part if images >= 0 else part.replace("![", f"{_BANG}[")  # the parser takes long for images within images


def _part(written: str, tables: bool) -> _Part:
    return _known.get((written, tables)) or _keep(written, tables, _seen(written, tables))


def _keep(written: str, tables: bool, part: _Part) -> _Part:
    _known.keep((written, tables), part)
    return part


def _seen(written: str, tables: bool) -> _Part:
    text = _narrow(harmless(written), MAX_COLUMNS if tables else 0)
    if not _NEEDS_A_LOOK.search(text):
        return _Part(text, text)
    best = _changed_all(text, _changes)
    if best is not None and size(best) <= size(text):
        return _Part(text, best)
    return _Part(text, best, _changed_all(text, _short_changes))


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
    beginning = markdown[:READ_OF_IT]
    return _told(beginning, len(beginning) == len(markdown))


@lru_cache(maxsize=128)
def _told(beginning: str, whole: bool) -> str:
    words = inline.words(beginning).strip()
    if len(words) <= MAX_NOTIFICATION and whole:
        return escaped(words)
    return f"{escaped(words[: MAX_NOTIFICATION - 1])}…"
