"""The operator's own patterns. RE2 reads them: however one is written, the time that it takes grows with the text's
length alone."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.redaction.spans import Span

MAX_PATTERNS = 100
MAX_PATTERN = 2000  # characters
RANK = 10  # what has a checksum of its own is surer
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}")
_TAKEN = ("API_KEY", "TOKEN", "PRIVATE_KEY", "PASSWORD")


@dataclass(frozen=True, slots=True)
class Patterns:
    """By the names that stand in place of what they find."""

    compiled: Mapping[str, Any]

    @classmethod
    def of(cls, written: object) -> "Patterns":
        """Raises ValueError, with the name of the pattern that is wrong and what is wrong with it."""
        if not isinstance(written, Mapping) or not written or len(written) > MAX_PATTERNS:
            raise ValueError(f"write NAME: pattern, a line for each, up to {MAX_PATTERNS}")
        import re2  # only who has patterns loads it

        options = re2.Options()
        options.log_errors = False
        return cls({name: _compiled(str(name), pattern, re2, options) for name, pattern in written.items()})

    def __call__(self, text: str) -> Iterable[Span]:
        return self._found(text)

    def _found(self, text: str) -> Iterator[Span]:
        for name, pattern in self.compiled.items():
            for found in pattern.finditer(text):
                if found.end() > found.start():
                    yield Span(found.start(), found.end(), name.upper(), RANK)


def _compiled(name: str, pattern: object, re2: Any, options: Any) -> Any:
    if not _NAME.fullmatch(name) or name.upper() in _TAKEN:
        raise ValueError(f"{name[:40]}: write a name of letters, digits and _, which none of the built-in secrets has")
    if not isinstance(pattern, str) or not 0 < len(pattern) <= MAX_PATTERN:
        raise ValueError(f"{name}: write a pattern of up to {MAX_PATTERN} characters, in quotes")
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as wrong:
        raise ValueError(f"{name}: RE2 does not take the pattern ({_reason(wrong)})") from None
    if compiled.search("") is not None:
        raise ValueError(f"{name}: the pattern finds something in nothing; write what has to stand there")
    return compiled


def _reason(wrong: Exception) -> str:
    reason = wrong.args[0] if wrong.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def none(_text: str) -> Iterable[Span]:
    """Without patterns."""
    return ()
