"""Text for people, before any surface has laid it out: paragraphs of neutral Markdown, verbatim passages, and numbers
as charts and tables.

Markdown here is `**bold**`, `_italic_`, `` `code` `` and lines that begin with `- `, with tokens that each surface
shows in its own way: `@{ID}` a person, `@{group:ID}` a user group, `#{ID}` a channel, `{date:SECONDS}` a moment. A
backslash takes the meaning from the sign after it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Literal

from bot.commands.result import Offer
from bot.conversation.places import Moment, Ref

_SPECIAL = re.compile(r"[\\`*_~\[{]|^-", re.MULTILINE)
_TOKENS = {"user": "@{%s}", "group": "@{group:%s}", "channel": "#{%s}"}


class Markdown(str):
    """Text in which formatting and tokens are ours; what people wrote in it is only read."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Shown letter by letter, with its line breaks. May be empty."""

    text: str


Said = Markdown | Verbatim


@dataclass(frozen=True, slots=True)
class Chart:
    """Numbers that are drawn: one after the other, or as shares of a whole. `series` says what they count, `plainly`
    tells the same where nothing can be drawn."""

    kind: Literal["bar", "line", "pie"]
    title: str
    series: str
    points: tuple[tuple[str, float], ...]
    plainly: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Number:
    value: float
    text: str


Cell = str | Number | Ref


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that their reader may sort. `plainly` as in `Chart`."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    plainly: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What the model wrote, in standard Markdown: shown as an answer of the bot is."""

    text: str


Part = Said | Chart | Table | Written


@dataclass(frozen=True, slots=True)
class Button:
    """What can be done next. `danger`: it cannot be undone."""

    label: str
    offer: Offer
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    parts: tuple[Part, ...] = ()
    buttons: tuple[Button, ...] = ()

    @property
    def drawn(self) -> bool:
        """Whether there is something in it that some surfaces cannot show."""
        return any(isinstance(part, Chart | Table) for part in self.parts)

    @property
    def plainly(self) -> "Text":
        """The same in words alone."""
        return Text(tuple(said for part in self.parts for said in _plainly(part)), self.buttons)


def _plainly(part: Part) -> tuple[Part, ...]:
    return part.plainly if isinstance(part, Chart | Table) else (part,)


def literal(text: str) -> Markdown:
    """What people wrote, so that nothing in it is formatting or a token."""
    return Markdown(_SPECIAL.sub(r"\\\g<0>", text))


def fill(template: str, values: Mapping[str, object]) -> Markdown:
    """A sentence with its fields filled in. What is no `Markdown` of ours is only read, in code too."""
    parts, in_code = list[str](), False
    for before, name, spec, _ in Formatter().parse(template):
        parts.append(before)
        in_code ^= before.count("`") % 2 == 1
        if name is not None:
            value = format(values[name], spec) if spec else values[name]
            parts.append(_in_code(value) if in_code else _written(value))
    return Markdown("".join(parts))


def fill_plainly(template: str, values: Mapping[str, object]) -> str:
    """The same for text without any formatting, such as a label."""
    return template.format_map(values)


def _written(value: object) -> str:
    match value:
        case Markdown():
            return value
        case Ref(kind, id):
            return _TOKENS[kind] % id
        case Moment(at):
            return f"{{date:{int(at)}}}"
    return literal(str(value))


def _in_code(value: object) -> str:
    """Code ends at the next backtick, and at the end of its line."""
    return " ".join(str(value).replace("`", "'").split())
