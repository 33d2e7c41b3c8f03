"""Where an answer that broke off goes on.

A model that is to go on within a block of code often opens it once more. There it is open already.
"""

from dataclasses import dataclass, field

from bot.markdown import inline

FENCES = ("```", "~~~")
ENDS = (",", ";", ":", "!", "?")
"""Signs after which no word goes on, though a model that goes on leaves the blank out."""


@dataclass(slots=True)
class Joint:
    """`before` is what stands there; what comes is joined to it piece by piece."""

    before: str
    _fence: str | None = field(init=False)
    _held: str = ""
    _gap: bool = field(init=False)  # a blank is missing if a word comes

    def __post_init__(self) -> None:
        self._fence = _open_fence(self.before)
        self._gap = self.before.endswith(ENDS)

    def joined(self, text: str) -> str:
        """As much of what came as can be added now, without a fence that is open already."""
        if self._fence is None:
            gap, self._gap = self._gap and text[:1].isalpha(), self._gap and not text
            return f" {text}" if gap else text
        self._held += text
        begun = self._held.lstrip()
        if not begun or (begun[:1] in "`~" and "\n" not in begun):
            return ""
        return self.rest()

    def rest(self) -> str:
        """What was held back."""
        held, info, self._held, self._fence = self._held, self._fence, "", None
        if info is None:
            return held
        first, _, rest = held.lstrip().partition("\n")
        opens = first.startswith(FENCES) and (bool(first.strip("`~ ")) or (not info and held[:1] in "`~"))
        return rest if opens else held


def _open_fence(text: str) -> str | None:
    """The language of the block of code that the text ends in; None where it ends in none."""
    if not text.strip():
        return None
    token = next((token for token in reversed(inline.blocks(text)) if token.map and not token.level), None)
    if token is None or token.type != "fence" or token.map is None:
        return None
    lines = text.rstrip("\n").split("\n")[token.map[0] :]
    closed = len(lines) > 1 and lines[-1].strip().startswith(token.markup) and not lines[-1].strip(f"{token.markup} ")
    return None if closed else token.info.strip()
