"""How far a growing text is settled: what stands before such a place is read the same, whatever comes after it.

Only what is certain by looking at single lines is told: a line that begins without an indent after a blank one, a
heading, an item of a list. Where a fence stands in a quote or an item, the parser is asked. Settled parts can be read
one by one, and only once. What defines links for the whole text (`[a]: b`) is the reader's to look for.
"""

import re

from bot.markdown import inline

_BLANKS = " \t\r"
_FENCE = re.compile(r"[\s>*+\-\d.)]*(?:`{3}|~{3}|\$\$\s*$|\\\[\s*$)")
_OPENS = re.compile(r"(`{3,})[^`]*$|(~{3,})|(\$\$|\\\[)\s*$")
_BEGINS = re.compile(r"#{1,6}[ \t]|[-+*][ \t]+[^ \t\r]")
_NUMBER = re.compile(r"\d{1,9}[.)] +[^ \t\r]")
_MAX_ASKED = 2_000  # characters that the parser is asked about
_ASKED_AGAIN = 400  # more characters, after which it is asked again


class Settled:
    """Reads a text again and again as it grows, from where it had come."""

    def __init__(self) -> None:
        self._clear("")

    def _clear(self, read: str) -> None:
        self._parts: list[str] = []
        self._read = read  # all lines that were looked at
        self._at = 0  # where the part begins that may still change
        self._closing = ""  # what closes the fence or the formula that is open at the top
        self._sure = True  # no fence may be open but that
        self._blank = False  # the line before is
        self._numbered = 0  # where the content begins of the numbered item that the part is, as far as that is certain
        self._asked = 0

    @property
    def code(self) -> bool:
        """Whether the text ends in a fence or a formula of several lines."""
        return bool(self._closing)

    @property
    def at(self) -> int:
        """Where the last part begins."""
        return self._at

    def parts(self, text: str) -> tuple[str, ...]:
        """The text in its settled parts and what comes after them. The same for a text however it has grown."""
        if not text.startswith(self._read):
            self._clear("")
        start = len(self._read)
        while (end := text.find("\n", start) + 1) > 0:
            self._look(text, start, text[start : end - 1])
            start = end
        self._read = text[:start]
        return (*self._parts, text[self._at :]) if self._at < len(text) else tuple(self._parts)

    def _look(self, text: str, start: int, line: str) -> None:
        end = start + len(line) + 1
        if self._closing:
            if self._closes(line):
                self._cut(text, end)
            return
        if not line.strip(_BLANKS):
            self._blank = True
            return
        indent = len(line) - len(line.lstrip(_BLANKS))
        if not indent and (start == self._at or self._begins(text, end, line)):
            self._cut(text, start)
            number = _NUMBER.match(line)
            self._numbered = number.end() - 1 if number else 0
        elif indent < self._numbered:
            self._numbered = 0
        self._blank = False
        if _FENCE.match(line):
            self._fence(text, start, line)

    def _begins(self, text: str, end: int, line: str) -> bool:
        """Whether something begins with this line that is in nothing which stands before it."""
        if self._sure:
            return self._blank or bool(_BEGINS.match(line)) or (self._numbered > 0 and bool(_NUMBER.match(line)))
        if not self._blank or end - self._at > _MAX_ASKED or end - self._at < self._asked:
            return False
        self._asked = end - self._at + _ASKED_AGAIN
        first = text.count("\n", self._at, end) - 1
        return any(
            token.map and not token.level and token.map[0] == first for token in inline.blocks(text[self._at : end])
        )

    def _fence(self, text: str, start: int, line: str) -> None:
        opens = _OPENS.match(line)
        if opens is None:
            self._sure = self._sure and line[0] == "`"  # code within a line
        elif self._sure:
            self._cut(text, start)
            self._closing = opens[1] or opens[2] or inline.closing(opens[3])

    def _closes(self, line: str) -> bool:
        bare = line.strip(_BLANKS)
        if self._closing[0] not in "`~":
            return bare == self._closing
        indent = len(line) - len(line.lstrip(_BLANKS))
        return (
            indent < 4
            and "\t" not in line[:indent]
            and bare.startswith(self._closing)
            and not bare.strip(self._closing[0])
        )

    def _cut(self, text: str, at: int) -> None:
        if at > self._at:
            self._parts.append(text[self._at : at])
        self._at, self._asked, self._sure, self._closing, self._numbered = at, 0, True, "", 0


def parts(text: str) -> tuple[str, ...]:
    """The parts of a text that has grown to this."""
    return Settled().parts(text)
