"""What stands in place of what is hidden: the same for the same value through a conversation.

A secret leaves its kind in brackets, and never comes back. Personal data leaves its kind and a number, `[EMAIL_1]`, by
which it is known again when the model writes it. Values are numbered in the order in which they come.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.redaction.spans import Span

Find = Callable[[str], list[Span]]
_WITHOUT_SPACES = ("IBAN", "CARD", "PHONE")


@dataclass(slots=True)
class Mask:
    """Of one conversation. `values` are what the model may be given back, by their placeholders."""

    find: Find
    values: dict[str, str] = field(default_factory=dict)
    _placeholders: dict[tuple[str, str], str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    _secrets: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        """How many values are hidden, each counted once."""
        return len(self.values) + len(self._secrets)

    def __call__(self, text: str) -> str:
        """The text without what is to be hidden."""
        spans = self.find(text)
        if not spans:
            return text
        parts, at = [], 0
        for span in spans:
            parts += [text[at : span.start], self._instead(span, text[span.start : span.end])]
            at = span.end
        return "".join((*parts, text[at:]))

    def _instead(self, span: Span, value: str) -> str:
        if span.secret:
            self._secrets.add(value)
            return f"[{span.kind}]"
        known = (span.kind, _same(span.kind, value))
        if known not in self._placeholders:
            self._counts[span.kind] = self._counts.get(span.kind, 0) + 1
            placeholder = f"[{span.kind}_{self._counts[span.kind]}]"
            self._placeholders[known], self.values[placeholder] = placeholder, value
        return self._placeholders[known]


def _same(kind: str, value: str) -> str:
    """Two ways to write one value are one value."""
    small = value.casefold()
    return "".join(filter(str.isalnum, small)) if kind in _WITHOUT_SPACES else small


NOTHING: Mapping[str, str] = {}
