"""Tells a model's thinking from its answer, where both come as one text.

A model whose server does not part them writes `<think>…</think>`, in several spellings. Some servers' templates have
written the opening tag already, so that only the closing one comes; some models never close it. A tag inside code is
text: people ask about it.
"""

import re
from dataclasses import dataclass, field
from io import StringIO

_WORDS = ("thinking", "thoughts", "thought", "think", "reasoning")
_WORD = "|".join(_WORDS)
_PART = "|".join(sorted({word[:n] for word in _WORDS for n in range(1, len(word) + 1)}, key=len, reverse=True))
_SPACE = "[a-z]{1,12}:"  # of names, as in <seed:think>
_TURN = r"(?:<\|start\|>assistant)?<\|channel\|>"  # OpenAI's Harmony, where a server leaves it as it is
_OPENING = (
    rf"{_TURN}(?:analysis|commentary)[^<>\n]{{0,40}}<\|message\|>|<\|channel>"
    rf"|< {{0,3}}(?:{_SPACE})?(?:{_WORD})(?: [^<>\n]{{0,80}})? {{0,3}}/?>"
    rf"|\[(?-i:THINK)\]|◁(?:{_WORD})▷|<\|(?:begin_of_|start_)?(?:{_WORD})\|>"
)
_CLOSING = (
    rf"(?:<\|(?:end|return)\|>)?{_TURN}final[^<>\n]{{0,40}}<\|message\|>|<channel\|>"
    rf"|< {{0,3}}/ {{0,3}}(?:{_SPACE})?(?:{_WORD}) {{0,3}}>"
    rf"|\[/(?-i:THINK)\]|◁/(?:{_WORD})▷|<\|(?:end_of_|end_|/)(?:{_WORD})\|>"
)
_TAG = re.compile(rf"(?P<open>{_OPENING})|(?P<close>{_CLOSING})|(?P<mark>`+|~+|\n)", re.IGNORECASE)
_UNFINISHED = re.compile(
    r"(?:(?:<\|(?:start|end|return|channel)\|>[^<>\n]{0,60}){1,4}(?:<\|?[a-z]{0,8}\|?)?|<channel\|?"
    rf"|</?[a-z]{{1,12}}|< {{0,3}}/? {{0,3}}(?:{_SPACE})?(?:{_PART})?"
    rf"|< {{0,3}}/? {{0,3}}(?:{_SPACE})?(?:{_WORD})(?: [^<>\n]{{0,82}})?/?"
    r"|<\|[/a-z_]{0,20}\|?|\[/?[THINK]{0,5}|◁/?[a-z]{0,9}|`{1,9}|~{1,9})\Z",
    re.IGNORECASE,
)
"""What may be the first part of a tag, or of a row of backticks."""
_LONGEST = 160  # characters of a tag
_BEFORE = re.compile(r"[\s>*+.)\d-]*")
"""What may stand before a fence in its line."""
_SIGNS = "<[◁`~\n"


@dataclass(slots=True)
class _Code:
    """Whether a place in a text is inside code: between fences, between backticks in a line, or in an indented line."""

    fence: str = ""
    ticks: int = 0  # of the span that is open in this line
    indent: int = 0  # of this line
    blank: bool = True  # it has nothing but blanks so far
    begun: bool = False  # it has words
    fenced: bool = False  # the fence began in this line

    @property
    def inside(self) -> bool:
        return bool(self.fence or self.ticks or (self.indent >= 4 and not self.begun))

    def pass_text(self, text: str) -> None:
        if not self.begun:
            if self.blank:
                rest = text.lstrip()
                self.indent += len(text[: len(text) - len(rest)].expandtabs(4))
                self.blank = not rest
            self.begun = not _BEFORE.fullmatch(text)

    def pass_mark(self, mark: str) -> None:
        if mark == "\n":
            self.ticks, self.indent, self.begun, self.fenced, self.blank = 0, 0, False, False, True
        elif not self.begun and len(mark) >= 3 and not self.ticks:
            self.begun, self.fenced = True, not self.fence
            if not self.fence:
                self.fence = mark
            elif mark.startswith(self.fence):
                self.fence = ""
        elif mark[0] == "`" and (not self.fence or self.fenced):
            self.ticks = self.ticks or len(self.fence)  # a fence with backticks behind it in its line is none
            self.fence, self.fenced, self.begun = "", False, True
            self.ticks = 0 if self.ticks == len(mark) else self.ticks or len(mark)
        else:
            self.begun = True


@dataclass(slots=True)
class Parted:
    """What is new. `void`: what was given before was thinking as well. `thought` counts the characters of thinking."""

    text: str = ""
    void: bool = False
    thought: int = 0


@dataclass(slots=True)
class Thinking:
    """Fed with what a model says, piece by piece; gives the answer in it.

    `hidden`: the model is known to think without an opening tag, so nothing is given before the closing one, or the
    end. `unmarked`: there was a closing tag without an opening one.
    """

    hidden: bool = False
    unmarked: bool = False
    _inside: bool = False
    _said: bool = False  # words of the answer
    _blank: list[str] = field(default_factory=list)  # what came before them
    _stripping: bool = False  # thinking came before them, and the blanks between are left out
    _held: str = ""  # what may be the beginning of a tag
    _last: str = ""  # the sign before it
    _code: _Code = field(default_factory=_Code)
    _doubtful: StringIO | None = None  # thinking that is text if it is never closed

    def __post_init__(self) -> None:
        if self.hidden:
            self._inside, self._doubtful = True, StringIO()

    def feed(self, piece: str) -> Parted:
        """What is certain by now. Takes time in proportion to the piece."""
        if self._said and not self._held and not self._inside and not any(sign in piece for sign in _SIGNS):
            self._code.pass_text(piece)
            return Parted(piece)
        text, self._held = self._held + piece, ""
        if unfinished := _UNFINISHED.search(text, max(len(text) - _LONGEST, 0)):
            text, self._held = text[: unfinished.start()], text[unfinished.start() :]
        return self._read(text)

    def end(self) -> Parted:
        """Nothing more will come."""
        text, self._held = self._held, ""
        parted = self._read(text)
        if self._inside and self._doubtful is not None:  # it was no thinking
            parted.text, parted.thought = parted.text + self._doubtful.getvalue(), 0
        elif not self._said:
            parted.text = "".join(self._blank)
        return parted

    def _read(self, text: str) -> Parted:
        parted, parts, start = Parted(), list[str](), 0
        for found in _TAG.finditer(text):
            self._pass(text[start : found.start()], parts, parted)
            start = found.end()
            quoted = self._code.inside
            if found["close"] and self._inside:  # thoughts are sloppy: a backtick that is never closed hides nothing
                quoted = self._last == "`"
            if found["mark"]:
                self._code.pass_mark(found.group())
                self._keep(found.group(), parts, parted)
            elif quoted or (found["open"] and self._inside):
                self._pass(found.group(), parts, parted)
            elif found["open"]:
                self._open(found.group())
            else:
                self._close(parts, parted)
        self._pass(text[start:], parts, parted)
        parted.text = "".join(parts)
        return parted

    def _open(self, tag: str) -> None:
        self._last = ">"
        if tag.endswith("/>"):
            return
        self._inside, self._blank = True, []
        if self._code.begun:  # in the middle of a line: perhaps it is spoken of
            self._doubtful = StringIO()
            self._doubtful.write(tag)

    def _close(self, parts: list[str], parted: Parted) -> None:
        if not self._inside:  # there was no opening tag: all until here was thinking
            parted.void, self._said = True, False
            parted.thought += sum(map(len, parts))
            parts.clear()
        self.unmarked = self.unmarked or self.hidden or not self._inside
        self._inside = self.hidden = False
        self._stripping = not self._said
        self._last, self._doubtful, self._code = ">", None, _Code()

    def _pass(self, text: str, parts: list[str], parted: Parted) -> None:
        """Words that are no tag."""
        if text:
            self._code.pass_text(text)
            self._keep(text, parts, parted)

    def _keep(self, text: str, parts: list[str], parted: Parted) -> None:
        self._last = text[-1]
        if self._inside:
            parted.thought += len(text)
            if self._doubtful is not None:
                self._doubtful.write(text)
        elif self._said:
            parts.append(text)
        elif text.isspace():
            self._blank += [] if self._stripping else [text]
        else:
            parts += [*self._blank, text.lstrip() if self._stripping else text]
            self._said, self._stripping, self._blank = True, False, []
