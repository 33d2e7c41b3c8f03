"""Our text made harmless for Slack, and what it does made visible."""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from bot.markdown import inline
from bot.markdown.split import size
from bot.slack.mrkdwn import escaped

_BRACKET = re.compile(r"<|&(?:amp;)*(?:lt|LT|#0*60|#[xX]0*3[cC]);?")
_UNBROKEN = re.compile(r"[^\s<>]{0,3000}")  # Slack refuses longer addresses
_TRIGGER = re.compile(
    r"[@#][A-Z0-9]{2}"  # somebody, or a channel
    r"|(?i:!(?:here|channel|everyone|group|subteam|date)\b)"
)
_ADDRESS = re.compile(r"(?i)[a-z][a-z0-9+.-]*:")  # where a bar follows, behind a label of its own
_FAR_ENOUGH = 80  # characters, to see the beginning of a tag though entities spell it
_HIDING = re.compile(r"\\(?=[!-/:-@[-`{-~])|[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_NEEDS_A_LOOK = re.compile(r"<|\]|\$|\\[(\[]")
_HOST = re.compile(
    r"(?<![\w.-])(?:[\w-]+\.)+"
    r"(?!(?:js|ts|json|html?|css|txt|ya?ml|toml|xml)\b)"  # files and libraries; no top-level domains
    r"[^\W\d_]{2,}(?![\w@-])"
)
MAX_ADDED = 500  # UTF-16 units
MAX_TOLD = 3_900  # characters; Slack refuses an edit with more than 4,000 in its `text`


def harmless(markdown: str) -> str:
    """Text in which nothing pings, and no tag hides an address behind a label: Slack honours its own tags inside
    Markdown, and inside of code as well. Nor does one that an entity or a backslash hides until Markdown is read.
    Never longer than what was given.
    """
    return _BRACKET.sub(lambda found: "‹" if _is_active(markdown, found.end()) else found.group(), markdown)


def _is_active(markdown: str, at: int) -> bool:
    begins = _read(_UNBROKEN.match(markdown, at, at + _FAR_ENOUGH))
    if not _ADDRESS.match(begins):
        return _TRIGGER.match(begins) is not None
    return "|" in _read(_UNBROKEN.match(markdown, at))


def _read(found: re.Match[str] | None) -> str:
    """What may be left of it once Markdown was read."""
    return _HIDING.sub("", html.unescape(html.unescape(found.group()))) if found else ""


def shown(markdown: str) -> str:
    r"""An answer as it is sent to Slack: harmless, and what it does can be seen.

    - A link whose label names another host is told: `bank.com (https://evil.com)`. An image becomes a link.
    - HTML is text, by a backslash: what Slack does with tags and entities in Markdown is not documented.
    - Mathematics is code: only there its backslashes and underscores stay as they are.

    At most `MAX_ADDED` longer. What was shown of whole words stays as it is when more text follows.
    """
    text = harmless(markdown)
    if not _NEEDS_A_LOOK.search(text):
        return text
    better = _changed(text, _changes(text))
    return better if size(better) <= size(text) + MAX_ADDED else _changed(text, _short_changes(text))


Change = tuple[int, int, str]  # start, end, and what stands there instead


def _changed(text: str, changes: Iterable[Change]) -> str:
    done, at = list[str](), 0
    for start, end, new in sorted(changes):
        if start >= at:  # it does not lie within the one before
            done += [text[at:start], new]
            at = end
    return "".join(done) + text[at:]


def _changes(text: str) -> Iterator[Change]:
    for span in inline.spans(text):
        match span.kind:
            case "link" | "image" if _is_misleading(span):
                yield span.start, span.end, f"{span.label} ({span.target})"
            case "image":
                yield span.start, span.end, f"[{span.label}]({span.target})" if span.label.strip() else span.target
            case "tag":
                yield span.start, span.end, "\\<"
            case "math" if "`" not in span.label:
                yield span.start, span.end, f"`{' '.join(span.label.split())}`"
    for start, end in inline.fences_of_formulas(text):
        yield start, end, "```"


def _short_changes(text: str) -> Iterator[Change]:
    """For a text that is full of them: such as make nothing longer."""
    for span in inline.spans(text):
        match span.kind:
            case "link" | "image" if _is_misleading(span):
                yield span.start, span.end, span.label
            case "image":
                yield span.start, span.start + 1, ""
            case "tag":
                yield span.start, span.end, "‹"


def _is_misleading(link: inline.Span) -> bool:
    """Whether the label names a host that the link does not lead to."""
    said = unicodedata.normalize("NFKC", _HIDING.sub("", inline.words(link.label)))
    host = urlsplit(link.target).hostname or link.target.partition(":")[2].rpartition("@")[2]
    return any(_bare(named.group()) != _bare(host) for named in _HOST.finditer(said))


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.")


def notification(markdown: str) -> str:
    """The `text` beside the blocks, which notifications, screen readers and other apps read: words, nothing active."""
    words = escaped(inline.words(markdown[:MAX_TOLD]).strip())
    if len(words) <= MAX_TOLD and len(markdown) <= MAX_TOLD:
        return words
    told = words[: MAX_TOLD - 1]
    return (told[: told.rfind("&")] if "&" in told[-5:] else told) + "…"
